package dev.stride.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.recipe.MovedShare.Format;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The share of weights that move against a direct simulation of rounding. */
class MovedShareTest {
    private static final int WEIGHTS = 40_000;

    /** 40,000 draws of a share of 50 % deviate by 0.25 %; four of those and the neglected edges stay below this. */
    private static final double TOLERANCE = 0.01;

    @Test
    void atRate_aTableOfRates_isThatOfTheSimulation() {
        int compared = 0;
        for (double rate : new double[] {1e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3}) {
            for (Format format : new Format[] {Format.BF16, Format.FP16, Format.FP32}) {
                double update = rate * Math.sqrt(0.1 / 1.9);
                assertThat(MovedShare.atRate(format, rate, 0.9))
                        .as("%s at %s", format, rate)
                        .isCloseTo(simulated(format, update), within(TOLERANCE));
                compared++;
            }
        }
        assertThat(compared).isEqualTo(18);
    }

    /** Published figures for 40,000 weights of spread 0.02: updates of the whole rate, and of 0.23 of it. */
    @Test
    void of_theKnownTable_isMetWithinAPoint() {
        double[][] table = {
            {1e-5, 0.156, 0.038, 0.30}, {3e-5, 0.30, 0.076, 0.57}, {1e-4, 0.88, 0.30, 0.998}, {3e-4, 1, 0.88, 1}
        };
        for (double[] row : table) {
            double rate = row[0];
            assertThat(MovedShare.of(Format.BF16, rate, 0.02)).isCloseTo(row[1], within(TOLERANCE));
            assertThat(MovedShare.atRate(Format.BF16, rate, 0.9)).isCloseTo(row[2], within(TOLERANCE));
            assertThat(MovedShare.atRate(Format.FP16, rate, 0.9)).isCloseTo(row[3], within(TOLERANCE));
            assertThat(MovedShare.atRate(Format.FP32, rate, 0.9)).isCloseTo(1, within(1e-6));
        }
    }

    @Test
    void of_smallerThanEverySpacing_isNothing() {
        assertThat(MovedShare.of(Format.FP16, 2e-8, 0.02)).isZero(); // half of the smallest fp16 number is 2.98e-8
        assertThat(MovedShare.of(Format.FP16, 3.1e-8, 0.02)).isPositive();
        assertThat(MovedShare.of(Format.BF16, 0, 0.02)).isZero();
    }

    @Test
    void erf_knownValues() {
        assertThat(MovedShare.erf(0)).isCloseTo(0, within(1e-8));
        assertThat(MovedShare.erf(0.5)).isCloseTo(0.5204998778, within(2e-7));
        assertThat(MovedShare.erf(1)).isCloseTo(0.8427007929, within(2e-7));
        assertThat(MovedShare.erf(5)).isCloseTo(1, within(2e-7));
    }

    private static double simulated(Format format, double update) {
        Random random = new Random(11);
        int moved = 0;
        for (int i = 0; i < WEIGHTS; i++) {
            double weight = rounded(format, 0.02 * random.nextGaussian());
            double sign = random.nextBoolean() ? 1 : -1;
            moved += rounded(format, weight + sign * update) != weight ? 1 : 0;
        }
        return (double) moved / WEIGHTS;
    }

    /** To the nearest number of the format, ties to even; float32 by Java's own conversion. */
    private static double rounded(Format format, double value) {
        return switch (format) {
            case FP32 -> (float) value;
            case BF16 -> {
                int bits = Float.floatToIntBits((float) value);
                int up = bits + 0x7fff + ((bits >>> 16) & 1);
                yield Float.intBitsToFloat(up & 0xffff0000);
            }
            case FP16 -> {
                double spacing = Math.scalb(1.0, Math.max(-14, Math.getExponent(value)) - 10);
                yield Math.rint(value / spacing) * spacing;
            }
        };
    }
}
