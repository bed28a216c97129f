package dev.stride.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.recipe.RangeAnswer.Outcome;
import dev.stride.recipe.RangeCurve.End;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Range tests read from curves whose answer is known.
 *
 * <p>The synthetic curve is 2.5 - 0.8 / (1 + e^(-4 (x + 4.5))) + 3 max(0, x + 2.5)^2 over x = log10 of the rate, at 100
 * rates 1e-7 x 1e8^(i/100): a fall that is steepest at 3.2e-5 and a rise from 3.2e-3 on. The suggestions of fastai's
 * functions on it were computed with their Python, in double precision.
 */
class RangeTestTest {
    private static final int POINTS = 100;
    private static final String SCHEDULE = "cosine to 0, warm-up 12 of 189 updates";
    private static final double HALF_DECADE = Math.sqrt(10);

    private static final DoubleUnaryOperator CURVE =
            x -> 2.5 - 0.8 / (1 + Math.exp(-4 * (x + 4.5))) + 3 * Math.max(0, x + 2.5) * Math.max(0, x + 2.5);

    @ParameterizedTest
    @CsvSource({
        "0,    73, 3.01995e-5, 3.01995e-5, 1.0e-5,     3.01995e-4",
        "0.98, 93, 5.24807e-5, 7.58578e-5, 5.24807e-5, 6.30957e-4"
    })
    void suggestions_ofTheSyntheticCurve_areFastais(
            double beta, int stop, double valley, double steep, double slide, double minimum) {
        RangeCurve curve = stopped(CURVE, beta);
        assertThat(curve.size()).as("the index of the loss that ended it").isEqualTo(stop);
        assertThat(curve.end()).isEqualTo(End.LOSS_ROSE);
        RangeCurve trimmed = RateSuggestions.trimmed(curve, POINTS);
        assertThat(trimmed.size()).isEqualTo(stop - 10 - 5);
        assertThat(printed(RateSuggestions.valley(trimmed))).isEqualTo(valley);
        assertThat(printed(RateSuggestions.steep(trimmed))).isEqualTo(steep);
        assertThat(printed(RateSuggestions.slide(trimmed))).isEqualTo(slide);
        assertThat(printed(RateSuggestions.minimum(trimmed))).isEqualTo(minimum);
        // the rates themselves, which the printed digits name: 1e-7 x 10^(0.08 i)
        assertThat(RateSuggestions.slide(trimmed)).isCloseTo(grid(index(slide)), within(1e-9 * slide));
        assertThat(RateSuggestions.valley(trimmed)).isCloseTo(grid(index(valley)), within(1e-9 * valley));
        assertThat(RateSuggestions.steep(trimmed)).isCloseTo(grid(index(steep)), within(1e-9 * steep));
        assertThat(RateSuggestions.minimum(trimmed)).isCloseTo(grid(index(minimum * 10)) / 10, within(1e-9 * minimum));
    }

    /**
     * A finder on the linear axis divides by tiny differences of the rate, so one loss that is 0.02 too low at 1.1e-7 makes
     * it answer 1.1e-7 (Lightning issue 1767 and others).
     */
    @ParameterizedTest
    @CsvSource({"0, false", "0.98, false", "0, true", "0.98, true"})
    void answer_syntheticCurve_isWithinHalfADecadeOfTheSteepestPoint(double beta, boolean dip) {
        int low = dip ? index(1.1e-7) : -1;
        RangeCurve curve =
                stopped(x -> CURVE.applyAsDouble(x) - (low >= 0 && Math.abs(x - x(low)) < 1e-9 ? 0.02 : 0), beta);
        RangeAnswer answer = RangeTest.answer(List.of(curve, curve, curve), SCHEDULE);
        assertThat(answer.outcome()).isEqualTo(Outcome.ANSWER);
        assertThat(rate(answer.suggestion())).isBetween(3e-5 / HALF_DECADE, 3e-5 * HALF_DECADE);
        assertThat(rate(answer.ceiling())).isBetween(1e-3, 1e-1);
        assertThat(rate(answer.suggestion())).isLessThanOrEqualTo(rate(answer.ceiling()) / 10);
        assertThat(answer.confidenceWord()).isEqualTo("high");
        assertThat(answer.sentence()).contains(SCHEDULE, "Use a peak of about", "never one above", "high (1.00)");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.03, 0.06})
    void answer_noisyPasses_staysWithinHalfADecade(double noise) {
        SplittableRandom random = new SplittableRandom(5);
        int answers = 0;
        for (int trial = 0; trial < 50; trial++) {
            List<RangeCurve> passes = new ArrayList<>();
            for (int pass = 0; pass < RangeTest.PASSES; pass++) {
                passes.add(stopped(x -> CURVE.applyAsDouble(x) + noise * random.nextGaussian(), RangeTest.STOP_BETA));
            }
            RangeAnswer answer = RangeTest.answer(passes, SCHEDULE);
            if (answer.isAnswer()) {
                answers++;
                assertThat(rate(answer.suggestion())).isBetween(3e-5 / HALF_DECADE, 3e-5 * HALF_DECADE);
                assertThat(answer.noise()).isBetween(0.4 * noise, 1.1 * noise + 0.01);
            }
        }
        assertThat(answers).isGreaterThan(45);
    }

    @Test
    void answer_noise_lowersTheConfidence() {
        SplittableRandom random = new SplittableRandom(7);
        List<Double> confidences = new ArrayList<>();
        for (double noise : new double[] {0, 0.03, 0.3}) {
            double sum = 0;
            for (int trial = 0; trial < 20; trial++) {
                List<RangeCurve> passes = new ArrayList<>();
                for (int pass = 0; pass < RangeTest.PASSES; pass++) {
                    passes.add(
                            stopped(x -> CURVE.applyAsDouble(x) + noise * random.nextGaussian(), RangeTest.STOP_BETA));
                }
                sum += RangeTest.answer(passes, SCHEDULE).confidence() / 20;
            }
            confidences.add(sum);
        }
        assertThat(confidences.get(0)).isEqualTo(1, within(1e-12));
        assertThat(confidences.get(1)).isBetween(0.5, 0.95);
        assertThat(confidences.get(2)).isLessThan(0.7 * confidences.get(1));
    }

    /** The loss falls best right before it diverges: the suggestion stays a factor of ten away. */
    @Test
    void answer_steepestAtTheEdge_isATenthOfTheCeiling() {
        RangeCurve curve =
                stopped(x -> 2.5 - 0.8 / (1 + Math.exp(-8 * (x + 2.8))) + (x > -2.3 ? 40 * (x + 2.3) : 0), 0);
        RangeAnswer answer = RangeTest.answer(List.of(curve, curve, curve), SCHEDULE);
        assertThat(answer.isAnswer()).isTrue();
        assertThat(rate(answer.suggestion())).isEqualTo(rate(answer.ceiling()) / 10);
        assertThat(rate(answer.steepest())).isGreaterThan(rate(answer.suggestion()));
        assertThat(answer.sentence()).contains("a tenth of that");
    }

    @Test
    void answer_flatCurveThatDiverges_isNone() {
        SplittableRandom random = new SplittableRandom(3);
        List<RangeCurve> passes = new ArrayList<>();
        for (int pass = 0; pass < RangeTest.PASSES; pass++) {
            passes.add(stopped(x -> 2.5 + 0.05 * random.nextGaussian() + (x > -1.5 ? 100 * (x + 1.5) : 0), 0.8));
        }
        RangeAnswer answer = RangeTest.answer(passes, SCHEDULE);
        assertNone(answer, Outcome.FLAT, "fell at no rate from 1e-7");
        assertThat(answer.ceiling())
                .as("a loss that fell nowhere has no fall to give back")
                .isNull();
    }

    @Test
    void answer_curveThatOnlyFalls_isNone() {
        RangeCurve curve = stopped(x -> 2.5 - 0.8 / (1 + Math.exp(-4 * (x + 4.5))), 0);
        assertThat(curve.end()).isEqualTo(End.HIGHEST_RATE);
        assertNone(
                RangeTest.answer(List.of(curve, curve, curve), SCHEDULE), Outcome.NO_DIVERGENCE, "Raise --find-high");
    }

    @Test
    void answer_passesThatDisagree_isNone() {
        List<RangeCurve> passes = new ArrayList<>();
        for (double middle : new double[] {-6, -4.5, -3}) {
            passes.add(stopped(x -> 2.5 - 0.8 / (1 + Math.exp(-8 * (x - middle))) + (x > -1 ? 40 * (x + 1) : 0), 0));
        }
        assertNone(RangeTest.answer(passes, SCHEDULE), Outcome.TOO_NOISY, "the passes disagree");
    }

    @Test
    void answer_passesThatEndAtOnce_isNone() {
        RangeCurve none = new RangeCurve(List.of(), List.of(), End.NOT_FINITE);
        assertNone(RangeTest.answer(List.of(none, none, none), SCHEDULE), Outcome.TOO_SHORT, "at the very first rate");
        RangeCurve few = new RangeCurve(List.of(1e-3, 2e-3), List.of(2.0, 3.0), End.LOSS_ROSE);
        assertNone(RangeTest.answer(List.of(few, few, few), SCHEDULE), Outcome.TOO_SHORT, "Lower --find-low");
    }

    @Test
    void median_unequalPasses_endsWhereMostHaveEnded() {
        List<Double> rates = RangeTest.rates(1e-3, 1, 4);
        RangeCurve whole = new RangeCurve(rates, List.of(3.0, 2.0, 1.0, 5.0), End.HIGHEST_RATE);
        RangeCurve rose = new RangeCurve(rates.subList(0, 3), List.of(4.0, 1.0, 2.0), End.LOSS_ROSE);
        RangeCurve ended = new RangeCurve(rates.subList(0, 1), List.of(5.0), End.NOT_FINITE);
        RangeCurve median = RangeCurve.median(List.of(whole, rose, ended));
        assertThat(median.losses()).containsExactly(4.0, 2.0, 2.0);
        assertThat(median.end()).isEqualTo(End.LOSS_ROSE);
        assertThat(RangeCurve.median(List.of(whole))).isEqualTo(whole);
        assertThat(RangeCurve.median(List.of(whole, whole, ended))).isEqualTo(whole);
    }

    /** A loss that starts high can diverge for long without being four times its lowest value. */
    @Test
    void stop_fallenLossAboveItsStart_endsThePass() {
        RangeStop stop = new RangeStop(0, 4, 3);
        for (double loss : new double[] {8, 8.1, 7.9, 8.2, 8, 7.4}) {
            assertThat(stop.endsWith(loss)).as("it has not fallen by a tenth").isFalse();
        }
        assertThat(stop.endsWith(8.5)).isFalse();
        assertThat(stop.endsWith(6)).isFalse();
        assertThat(stop.endsWith(7.8)).isFalse();
        assertThat(stop.endsWith(8)).isTrue();
        RangeStop multipleAlone = new RangeStop(0, 4, 0);
        for (double loss : new double[] {8, 4, 15.9}) {
            assertThat(multipleAlone.endsWith(loss)).isFalse();
        }
        assertThat(multipleAlone.endsWith(16.1)).isTrue();
        assertThat(new RangeStop(0, 4, 0).endsWith(Double.NaN)).isTrue();
    }

    @Test
    void draw_answer_marksSuggestionAndCeiling() {
        RangeCurve curve = stopped(CURVE, 0);
        RangeAnswer answer = RangeTest.answer(List.of(curve), SCHEDULE);
        String drawing = RangeTest.draw(List.of(curve), answer, 78, 12);
        assertThat(drawing.lines()).hasSize(12 + 3).allMatch(line -> line.length() <= 78);
        assertThat(drawing).contains("▲ suggestion 3e-5", "╳ ceiling 6.3e-3", "1e-7");
        assertThat(drawing.lines().findFirst().orElseThrow())
                .as("what diverges is at the top")
                .endsWith("•");
        assertThat(drawing.lines().toList().get(12).indexOf('▲'))
                .isLessThan(drawing.lines().toList().get(12).indexOf('╳'));
        assertThat(RangeTest.draw(List.of(), answer, 78, 12)).isEmpty();
    }

    @Test
    void rates_firstAndLast_areTheEnds() {
        List<Double> rates = RangeTest.rates(1e-7, 1, 8);
        assertThat(rates).hasSize(8);
        assertThat(rates.get(0)).isEqualTo(1e-7);
        assertThat(rates.get(7)).isEqualTo(1);
        assertThat(rates.get(3)).isCloseTo(1e-4, within(1e-13));
        assertThatThrownBy(() -> RangeTest.rates(1, 1, 8)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void curve_wrongPoints_isRefused() {
        assertThatThrownBy(() -> new RangeCurve(List.of(1.0, 1.0), List.of(1.0, 1.0), End.LOSS_ROSE))
                .hasMessageContaining("rise");
        assertThatThrownBy(() -> new RangeCurve(List.of(1.0), List.of(Double.NaN), End.LOSS_ROSE))
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> new RangeCurve(List.of(1.0), List.of(), End.LOSS_ROSE))
                .hasMessageContaining("0 losses");
    }

    private static void assertNone(RangeAnswer answer, Outcome outcome, String words) {
        assertThat(answer.outcome()).as(answer.sentence()).isEqualTo(outcome);
        assertThat(answer.suggestion()).isNull();
        assertThat(answer.confidence()).isZero();
        assertThat(answer.sentence()).startsWith("No answer: ").contains(words);
        assertThat(answer.toJson().get("suggestion").isNull()).isTrue();
    }

    /** The curve over the grid, smoothed as fastai smooths, up to the loss that ends a pass. */
    private static RangeCurve stopped(DoubleUnaryOperator loss, double beta) {
        RangeStop stop = new RangeStop(beta, RangeTest.STOP_MULTIPLE, 0);
        boolean asShown = beta == 0 || beta == 0.98;
        List<Double> rates = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        for (int i = 0; i < POINTS; i++) {
            double here = loss.applyAsDouble(x(i));
            if (stop.endsWith(here)) {
                return new RangeCurve(rates, losses, End.LOSS_ROSE);
            }
            rates.add(grid(i));
            losses.add(asShown ? stop.smoothed() : here);
        }
        return new RangeCurve(rates, losses, End.HIGHEST_RATE);
    }

    private static double grid(int i) {
        return 1e-7 * Math.pow(1e8, i / 100.0);
    }

    private static double x(int i) {
        return Math.log10(grid(i));
    }

    /** The nearest rate of the grid. */
    private static int index(double rate) {
        return (int) Math.round(Math.log10(rate / 1e-7) / 0.08);
    }

    private static double printed(double rate) {
        return Double.parseDouble(String.format(java.util.Locale.ROOT, "%.5e", rate));
    }

    private static double rate(@Nullable Double rate) {
        return Objects.requireNonNull(rate);
    }
}
