package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NumbersTest {
    @Test
    void scientific_hasNoTrailingZeros() {
        assertThat(Numbers.scientific(2e-5)).isEqualTo("2e-5");
        assertThat(Numbers.scientific(Math.nextUp(2e-5))).isEqualTo("2e-5");
        assertThat(Numbers.scientific(1.25e-4)).isEqualTo("1.25e-4");
        assertThat(Numbers.scientific(9.999e-6)).isEqualTo("1e-5");
        assertThat(Numbers.scientific(6.309e-5, 2)).isEqualTo("6.3e-5");
        assertThat(Numbers.scientific(123456)).isEqualTo("1.23e5");
        assertThat(Numbers.scientific(-3e-3)).isEqualTo("-3e-3");
        assertThat(Numbers.scientific(0)).isEqualTo("0");
        assertThat(Numbers.scientific(Double.NaN)).isEqualTo("NaN");
    }

    @Test
    void compact_isPlainWhereThatIsShort() {
        assertThat(Numbers.compact(0)).isEqualTo("0");
        assertThat(Numbers.compact(0.1)).isEqualTo("0.1");
        assertThat(Numbers.compact(3.5)).isEqualTo("3.5");
        assertThat(Numbers.compact(40_000)).isEqualTo("40000");
        assertThat(Numbers.compact(3 * 0.1)).isEqualTo("0.3");
        assertThat(Numbers.compact(2e-5)).isEqualTo("2e-5");
    }

    @Test
    void fixed_sayWhatIsMissingOrNotFinite() {
        assertThat(Numbers.fixed(3.14159, 2)).isEqualTo("3.14");
        assertThat(Numbers.fixed(null, 2)).isEqualTo("–");
        assertThat(Numbers.fixed(Double.NaN, 2)).isEqualTo("NaN");
    }

    @Test
    void noNumberButZero_isPrintedAsZeros() {
        int seen = 0;
        for (int exponent = -30; exponent <= 30; exponent++) {
            for (double digits : new double[] {1, 1.04, 2.5, 4.999, 5, 9.96, -3.3}) {
                double value = digits * Math.pow(10, exponent);
                List<String> texts = new ArrayList<>(List.of(Numbers.scientific(value), Numbers.compact(value)));
                for (int decimals = 0; decimals <= 4; decimals++) {
                    texts.add(Numbers.fixed(value, decimals));
                }
                for (String text : texts) {
                    double back = Double.parseDouble(text);
                    assertThat(Math.abs(back / value - 1))
                            .as("%s of %s", text, value)
                            .isLessThan(0.5);
                    seen++;
                }
                if (value > 0) {
                    assertThat(Numbers.duration(value)).as("%s", value).containsPattern("[1-9]");
                }
                assertThat(Numbers.compact(value)).as("length").hasSizeLessThan(12);
            }
        }
        assertThat(seen).isEqualTo(61 * 7 * 7);
        assertThat(Numbers.fixed(3e-5, 4)).isEqualTo("3e-5");
        assertThat(Numbers.fixed(0.00123, 4)).isEqualTo("0.0012");
        assertThat(Numbers.fixed(0.0, 4)).isEqualTo("0");
    }

    @Test
    void duration_inTheUnitsPeopleUse() {
        assertThat(Numbers.duration(0.31)).isEqualTo("0.3 s");
        assertThat(Numbers.duration(42.4)).isEqualTo("42 s");
        assertThat(Numbers.duration(59.7)).isEqualTo("1 min 00 s");
        assertThat(Numbers.duration(185.0)).isEqualTo("3 min 05 s");
        assertThat(Numbers.duration(3599.6)).isEqualTo("1 h 00 min");
        assertThat(Numbers.duration(7620.0)).isEqualTo("2 h 07 min");
        assertThat(Numbers.duration(null)).isEqualTo("–");
    }

    @Test
    void pixels_haveAtMostTwoDecimals() {
        assertThat(Numbers.pixels(12)).isEqualTo("12");
        assertThat(Numbers.pixels(12.345678)).isEqualTo("12.35");
        assertThat(Numbers.pixels(1e-9)).isEqualTo("0");
    }
}
