package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.search.Comparison.Outcome;
import dev.stride.search.Comparison.Part;
import dev.stride.search.Contender.Rated;
import dev.stride.search.Contender.RowScores;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final Comparison LOSS = Comparison.of("loss", false, 10 / 3.0, 1);

    /** Losses of rows that are unlike among themselves; token counts from 5 to 40. */
    private static RowScores losses(int rows, double mean, double deviation, long seed) {
        Random hard = new Random(99);
        Random own = new Random(seed);
        List<Double> sums = new ArrayList<>();
        List<Double> tokens = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            double count = 5 + hard.nextInt(36);
            double loss = mean + hard.nextGaussian() + deviation * own.nextGaussian();
            sums.add(loss * count);
            tokens.add(count);
        }
        return new RowScores(sums, tokens);
    }

    private static Contender one(double lr, double mean, int rows) {
        return Contender.of(Rates.name(lr), lr, "loss", List.of(losses(rows, mean, 0.2, Math.round(lr * 1e9))));
    }

    private static double[] share(List<Double> values) {
        return values.stream().mapToDouble(v -> v).toArray();
    }

    @Test
    void compare_clearBest_isDecidedWithANarrowInterval() {
        Outcome outcome = LOSS.compare(List.of(one(1e-3, 3, 120), one(1e-4, 2, 120), one(1e-5, 2.5, 120)));
        SweepAnswer answer = outcome.answer();
        assertThat(answer.lr()).isEqualTo(1e-4);
        assertThat(answer.decided()).isTrue();
        assertThat(answer.low()).isEqualTo(1e-4);
        assertThat(answer.high()).isEqualTo(1e-4);
        assertThat(answer.confidence()).isEqualTo(1);
        assertThat(answer.p()).isLessThan(0.01);
        assertThat(answer.rowsNeeded()).isZero();
        assertThat(answer.rows()).isEqualTo(120);
        assertThat(answer.asGood()).isEmpty();
    }

    @Test
    void compare_scores_areWeightedByTokensAsTheValidationLossIs() {
        RowScores rows = new RowScores(List.of(10.0, 2.0), List.of(5.0, 10.0));
        Outcome outcome = LOSS.compare(List.of(Contender.of("1e-4", 1e-4, "loss", List.of(rows))));
        assertThat(outcome.scores()).containsExactly(12 / 15.0);
        assertThat(outcome.answer().decided()).isFalse();
        assertThat(outcome.answer().p()).isNaN();
        assertThat(outcome.answer().against()).isEmpty();
    }

    @Test
    void compare_neighbourAsGood_isAnInterval() {
        Outcome outcome =
                LOSS.compare(List.of(one(1e-5, 3, 120), one(1e-4, 2, 120), one(3e-4, 2.005, 120), one(1e-3, 4, 120)));
        SweepAnswer answer = outcome.answer();
        assertThat(answer.decided()).isTrue();
        assertThat(answer.low()).isEqualTo(1e-4);
        assertThat(answer.high()).isEqualTo(3e-4);
        assertThat(answer.asGood()).hasSize(1);
        assertThat(answer.against()).isIn("1e-5", "1e-3");
        assertThat(answer.rowsNeeded()).isGreaterThan(120);
    }

    @Test
    void compare_allEqualOrAFarOneAsGood_isUndecided() {
        // one of 20 such pairs would differ by chance
        int told = 0;
        for (int round = 0; round < 20; round++) {
            told += LOSS.compare(pair(60, 900 + round, 0)).answer().decided() ? 1 : 0;
        }
        assertThat(told).isLessThanOrEqualTo(4);
        int undecided = 0;
        for (int round = 0; round < 20; round++) {
            List<Contender> far = new ArrayList<>(pair(120, 300 + round, 0));
            far.add(Contender.of("3e-4", 3e-4, "loss", List.of(losses(120, 2.5, 0.2, 5))));
            SweepAnswer answer = LOSS.compare(far).answer();
            if (!answer.decided()) {
                assertThat(answer.p()).isGreaterThanOrEqualTo(0.05);
                assertThat(answer.low()).as("a worse one lies between").isEqualTo(answer.high());
                undecided++;
            }
        }
        assertThat(undecided).isGreaterThanOrEqualTo(16);
        RowScores same = losses(40, 2, 0, 1);
        SweepAnswer none = LOSS.compare(List.of(
                        Contender.of("1e-4", 1e-4, "loss", List.of(same)),
                        Contender.of("3e-4", 3e-4, "loss", List.of(same))))
                .answer();
        assertThat(none.decided()).isFalse();
        assertThat(none.p()).isEqualTo(1);
        assertThat(none.rowsNeeded())
                .as("no number of rows tells equal ones apart")
                .isZero();
        assertThat(none.lr()).as("of equal ones the lower rate").isEqualTo(1e-4);
    }

    /** Where five rates are equal, a best one is told from all of them in far less than 5 % of sweeps. */
    @Test
    void compare_noDifference_isSeldomDecided() {
        int decided = 0;
        int sweeps = 150;
        Comparison quick = new Comparison(LOSS.parts(), 10 / 3.0, 1, 400);
        for (int round = 0; round < sweeps; round++) {
            List<Contender> contenders = new ArrayList<>();
            for (int c = 0; c < 5; c++) {
                RowScores rows = losses(60, 2, 0.5, 1000L * round + c);
                contenders.add(Contender.of("r" + c, Math.pow(10, -5 + c / 2.0), "loss", List.of(rows)));
            }
            decided += quick.compare(contenders).answer().decided() ? 1 : 0;
        }
        assertThat(decided).isLessThan(sweeps / 20);
    }

    /** The number of rows that is asked for gives about the power that it promises. */
    @Test
    void compare_rowsNeeded_giveThePromisedPower() {
        double needed = 0;
        int asked = 0;
        for (int round = 0; round < 40; round++) {
            SweepAnswer answer = LOSS.compare(pair(100, round, 0.03)).answer();
            if (answer.rowsNeeded() > 0 && answer.lr() == 1e-4) {
                needed += Math.log(answer.rowsNeeded());
                asked++;
            }
        }
        assertThat(asked).isGreaterThan(15);
        // rows of equal weight would need 7.84 x 2 x 0.2^2 / 0.03^2 = 697; those with more tokens count more here, and
        // a
        // pair is asked only where its own difference came out small or its p large
        assertThat(Math.exp(needed / asked)).isBetween(350.0, 2500.0);
        int told = 0;
        for (int round = 0; round < 60; round++) {
            told += LOSS.compare(pair(850, 500 + round, 0.03)).p().get(1) < 0.05 ? 1 : 0;
        }
        // 697 rows x 1.2 for the unequal weights: 80 % of 60 is 48 with a standard deviation of 3.1
        assertThat(told).isBetween(38, 57);
    }

    private static List<Contender> pair(int rows, long seed, double difference) {
        return List.of(
                Contender.of("1e-4", 1e-4, "loss", List.of(losses(rows, 2, 0.2, 2 * seed))),
                Contender.of("1e-3", 1e-3, "loss", List.of(losses(rows, 2 + difference, 0.2, 2 * seed + 1))));
    }

    @Test
    void compare_seedsThatDisagree_areLessSureThanOne() {
        List<RowScores> agree = List.of(losses(100, 2, 0.1, 1), losses(100, 2, 0.1, 2), losses(100, 2, 0.1, 3));
        List<RowScores> disagree = List.of(losses(100, 1.7, 0.1, 1), losses(100, 2, 0.1, 2), losses(100, 2.3, 0.1, 3));
        List<RowScores> other = List.of(losses(100, 2.1, 0.1, 4), losses(100, 2.1, 0.1, 5), losses(100, 2.1, 0.1, 6));
        SweepAnswer sure = LOSS.compare(
                        List.of(Contender.of("1e-4", 1e-4, "loss", agree), Contender.of("1e-3", 1e-3, "loss", other)))
                .answer();
        SweepAnswer unsure = LOSS.compare(List.of(
                        Contender.of("1e-4", 1e-4, "loss", disagree), Contender.of("1e-3", 1e-3, "loss", other)))
                .answer();
        assertThat(sure.p()).isLessThan(0.01);
        assertThat(unsure.p()).isGreaterThan(0.2);
        assertThat(unsure.confidence()).isLessThan(sure.confidence());
        assertThat(unsure.seeds()).isEqualTo(3);
    }

    @Test
    void compare_combinedScore_isTheWeightedMeanOfScaledParts() {
        Comparison combined = new Comparison(
                List.of(new Part("loss", false, 1), new Part("bleu-4", true, 2), new Part("people", true, 1)),
                3,
                1,
                500);
        List<Contender> contenders = new ArrayList<>();
        double[][] values = {{3, 0.1, -1}, {2, 0.5, 0}, {2.5, 0.6, 1}};
        for (int c = 0; c < 3; c++) {
            Contender.Seed seed = new Contender.Seed(Map.of(
                    "loss", losses(50, values[c][0], 0, 1),
                    "bleu-4", RowScores.of(List.of(values[c][1], values[c][1]))));
            double people = values[c][2];
            double lr = Math.pow(10, c - 5);
            contenders.add(new Contender(
                    "r" + c, lr, List.of(seed), Map.of("people", new Rated(people, people - 0.2, people + 0.2))));
        }
        Outcome outcome = combined.compare(contenders);
        // by hand: (0 + 0 + 0) / 4, (1 + 2 x 0.8 + 0.5) / 4, (0.5 + 2 + 1) / 4
        assertThat(share(outcome.scores())[0]).isCloseTo(0, within(1e-9));
        assertThat(share(outcome.scores())[1]).isCloseTo(3.1 / 4, within(1e-9));
        assertThat(share(outcome.scores())[2]).isCloseTo(3.5 / 4, within(1e-9));
        assertThat(outcome.answer().value()).isEqualTo("r2");
        assertThat(outcome.answer().rows()).isEqualTo(2);
    }

    @Test
    void compare_sameSeed_isTheSameAnswerInAnyOrder() {
        List<Contender> contenders = new ArrayList<>(List.of(one(1e-5, 3, 50), one(1e-4, 2, 50), one(1e-3, 2.02, 50)));
        Outcome first = LOSS.compare(contenders);
        java.util.Collections.reverse(contenders);
        assertThat(LOSS.compare(contenders)).isEqualTo(first);
    }

    @Test
    void compare_otherRowsOrMissingParts_areRefused() {
        assertThatThrownBy(() -> LOSS.compare(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LOSS.compare(List.of(one(1e-5, 3, 50), one(1e-4, 3, 51))))
                .hasMessageContaining("1e-4 has 51 rows of loss, another one 50");
        assertThatThrownBy(() -> Comparison.of("bleu-4", true, 3, 1).compare(List.of(one(1e-5, 3, 50))))
                .hasMessageContaining("1e-5 has no scores of bleu-4");
        assertThatThrownBy(() -> new RowScores(List.of(Double.NaN), List.of(1.0)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void holm_pValues_areStepDown() {
        double[] corrected = Comparison.holm(new double[] {0.01, 1, 0.04, 0.03}, 1);
        assertThat(Arrays.stream(corrected).boxed().toList()).containsExactly(0.03, 1.0, 0.06, 0.06);
    }
}
