package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.search.BradleyTerry.Game;
import dev.stride.search.BradleyTerry.Interval;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BradleyTerryTest {
    private static List<Game> games(int first, int second, int won, int tied, int lost) {
        List<Game> games = new ArrayList<>();
        for (int i = 0; i < won + tied + lost; i++) {
            games.add(new Game(first, second, i < won ? 1 : i < won + tied ? 0.5 : 0, "prompt " + i));
        }
        return games;
    }

    private static double[] numbers(BradleyTerry fit) {
        List<Double> numbers = new ArrayList<>();
        for (int i = 0; i < fit.size(); i++) {
            for (Interval interval : List.of(fit.score(i), fit.share(i), fit.difference(i, (i + 1) % fit.size()))) {
                Collections.addAll(numbers, interval.value(), interval.low(), interval.high());
            }
        }
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** Games of planted strengths; every vote on a prompt of its own. */
    private static List<Game> planted(double[] strengths, int count, Random random) {
        List<Game> games = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            int first = random.nextInt(strengths.length);
            int second = (first + 1 + random.nextInt(strengths.length - 1)) % strengths.length;
            double p = 1 / (1 + Math.exp(strengths[second] - strengths[first]));
            games.add(new Game(first, second, random.nextDouble() < p ? 1 : 0, "prompt " + k));
        }
        return games;
    }

    @Test
    void twoContenders_areTheLogOddsWithHalfAWinMore() {
        BradleyTerry fit = BradleyTerry.fit(2, games(0, 1, 13, 4, 3));
        double expected = Math.log((15 + 0.5) / (5 + 0.5));
        // the rounds end when the gradient is below 1e-10
        assertThat(fit.difference(0, 1).value()).isCloseTo(expected, within(1e-9));
        assertThat(fit.probability(0, 1)).isCloseTo(15.5 / 21, within(1e-9));
        assertThat(fit.share(0).value()).isCloseTo(15.5 / 21, within(1e-9));
        assertThat(fit.score(0).value()).isCloseTo(expected / 2, within(1e-9));
    }

    @Test
    void twoContenders_haveTheErrorOfLogOdds_whenVotesAreIndependent() {
        // every vote is on its own prompt, and none is tied: information n p q with n of 40 + 1
        BradleyTerry fit = BradleyTerry.fit(2, games(0, 1, 24, 0, 16));
        double p = 24.5 / 41;
        double half = 1.959964 / Math.sqrt(41 * p * (1 - p));
        Interval difference = fit.difference(0, 1);
        // the clustered error is larger by the factor 40/39 of its correction at most
        assertThat(difference.high() - difference.value()).isBetween(half, half * 1.02);
    }

    @Test
    void noVotes_leaveAllInTheMiddleWithAWideInterval() {
        BradleyTerry fit = BradleyTerry.fit(4, List.of());
        for (int i = 0; i < 4; i++) {
            assertThat(fit.score(i).value()).isZero();
            assertThat(fit.share(i).value()).isEqualTo(0.5);
            assertThat(fit.share(i).low()).isBetween(0.0, 0.1);
            assertThat(fit.share(i).high()).isBetween(0.9, 1.0);
        }
    }

    @Test
    void unbeaten_staysFinite_andItsIntervalHoldsMore() {
        BradleyTerry few = BradleyTerry.fit(3, games(0, 1, 5, 0, 0));
        assertThat(few.score(0).value()).isFinite().isPositive();
        assertThat(few.difference(0, 1).high()).isFinite();
        assertThat(few.difference(0, 1).low()).isLessThan(few.difference(0, 1).value() - 1);
        assertThat(few.share(0).high()).isLessThan(1);
        BradleyTerry many = BradleyTerry.fit(3, games(0, 1, 500, 0, 0));
        assertThat(many.score(0).value()).isFinite().isGreaterThan(few.score(0).value());
    }

    @Test
    void sides_doNotMatter() {
        List<Game> games = planted(new double[] {-1, 0.2, 0.8}, 200, new Random(1));
        List<Game> swapped = games.stream()
                .map(game -> new Game(game.second(), game.first(), 1 - game.won(), game.prompt()))
                .toList();
        assertThat(numbers(BradleyTerry.fit(3, swapped))).containsExactly(numbers(BradleyTerry.fit(3, games)));
    }

    @Test
    void order_doesNotMatter() {
        Random random = new Random(2);
        List<Game> games = new ArrayList<>(planted(new double[] {-1, 0.2, 0.8, 0}, 300, random));
        games.addAll(games(1, 2, 3, 5, 2));
        double[] before = numbers(BradleyTerry.fit(4, games));
        for (int i = 0; i < 5; i++) {
            Collections.shuffle(games, random);
            assertThat(numbers(BradleyTerry.fit(4, games))).containsExactly(before);
        }
    }

    @Test
    void ties_pullTogether() {
        BradleyTerry plain = BradleyTerry.fit(2, games(0, 1, 8, 0, 2));
        BradleyTerry tied = BradleyTerry.fit(2, games(0, 1, 8, 10, 2));
        assertThat(tied.difference(0, 1).value())
                .isPositive()
                .isLessThan(plain.difference(0, 1).value());
    }

    @Test
    void severalVotesOnAPrompt_sayLessThanOnSeveralPrompts() {
        List<Game> apart = new ArrayList<>();
        List<Game> together = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            double won = i / 6 % 5 < 3 ? 1 : 0;
            apart.add(new Game(0, 1, won, "prompt " + i));
            together.add(new Game(0, 1, won, "prompt " + i / 6));
        }
        Interval wide = BradleyTerry.fit(2, together).difference(0, 1);
        Interval narrow = BradleyTerry.fit(2, apart).difference(0, 1);
        assertThat(wide.value()).isEqualTo(narrow.value());
        // six equal votes on each of ten prompts are ten observations: the error is the root of 6 times as large
        assertThat((wide.high() - wide.low()) / (narrow.high() - narrow.low()))
                .isBetween(0.95 * Math.sqrt(6), 1.1 * Math.sqrt(6));
    }

    @Test
    void plantedStrengths_areFound_andIntervalsHoldThemNineteenTimesOfTwenty() {
        double[] strengths = {-0.9, -0.3, 0, 0.4, 0.8};
        Random random = new Random(3);
        int held = 0;
        int heldShares = 0;
        int intervals = 0;
        double[] sums = new double[5];
        int rounds = 400;
        for (int round = 0; round < rounds; round++) {
            BradleyTerry fit = BradleyTerry.fit(5, planted(strengths, 200, random));
            for (int i = 0; i < 5; i++) {
                Interval score = fit.score(i);
                sums[i] += score.value();
                held += score.low() <= strengths[i] && strengths[i] <= score.high() ? 1 : 0;
                double share = 0;
                for (int j = 0; j < 5; j++) {
                    share += j == i ? 0 : 1 / (1 + Math.exp(strengths[j] - strengths[i])) / 4;
                }
                heldShares +=
                        fit.share(i).low() <= share && share <= fit.share(i).high() ? 1 : 0;
                intervals++;
            }
        }
        assertThat(intervals).isEqualTo(2000);
        // the larger of two errors is taken, so slightly more than 95 % is expected; 2,000 intervals tell 1 % apart
        assertThat(held / 2000.0).isBetween(0.94, 0.98);
        assertThat(heldShares / 2000.0).isBetween(0.94, 0.98);
        for (int i = 0; i < 5; i++) {
            // error of a mean of 400 fits, each about 0.2; the tie of weight 1/4 pulls by about 1 %
            assertThat(sums[i] / rounds).isCloseTo(strengths[i], within(0.04));
        }
    }

    @Test
    void badGames_areRefused() {
        assertThatThrownBy(() -> new Game(1, 1, 1, "p")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Game(0, 1, 0.7, "p")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BradleyTerry.fit(1, List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
