package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HalvingPrunerTest {
    private final HalvingPruner rule = new HalvingPruner(2, 1.0 / 8);

    @Test
    void eightTrialsTogether_leaveFourTwoAndOne() {
        // trial i is better than trial i + 1 at all times
        List<Integer> alive = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5, 6, 7));
        int[] reached = new int[8];
        List<String> counts = new ArrayList<>();
        for (int evaluation = 1; evaluation <= 12; evaluation++) {
            for (int i : alive) {
                reached[i] = evaluation;
            }
            List<TrialCurve> curves = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                double[] values = new double[reached[i]];
                for (int j = 0; j < values.length; j++) {
                    values[j] = 5 + i - 0.1 * j;
                }
                curves.add(Trials.losses("trial-" + i, 6, values));
            }
            int before = alive.size();
            alive.removeIf(i -> rule.decide(
                            curves.get(i),
                            curves.stream().filter(c -> c != curves.get(i)).toList())
                    .prune());
            if (alive.size() < before) {
                counts.add(evaluation * 6 + ":" + alive.size());
            }
        }
        assertThat(counts).containsExactly("12:4", "18:2", "36:1");
        assertThat(alive).containsExactly(0);
    }

    @Test
    void firstAtARung_goesOn_andTheSecondIsStoppedIfWorse() {
        TrialCurve bad = Trials.losses("lr-1e-5", 6, 7, 6.9);
        TrialCurve good = Trials.losses("lr-1e-3", 6, 4, 3);
        TrialCurve notBegun = Trials.losses("lr-1e-4", 6);
        assertThat(rule.decide(bad, List.of(notBegun, Trials.losses("lr-1e-3", 6, 4)))
                        .prune())
                .as("nobody else is at step 9 or later")
                .isFalse();
        assertThat(rule.decide(good, List.of(bad, notBegun)).prune()).isFalse();
        Decision second = rule.decide(bad, List.of(good, notBegun));
        assertThat(second.prune()).isTrue();
        assertThat(second.reason())
                .contains("6.900 at step 12 is number 2 of the 2 trials that have reached 12.5 %")
                .contains("the best has 3.000");
        assertThat(second.predicted()).isNaN();
    }

    @Test
    void othersAheadOfTheRung_countWithWhatTheyHadThere() {
        TrialCurve ahead = Trials.losses("ahead", 6, 4, 3.5, 1, 0.5);
        TrialCurve trial = Trials.losses("trial", 6, 4, 3.4);
        assertThat(rule.decide(trial, List.of(ahead)).prune()).isFalse();
    }

    @Test
    void ties_goOn() {
        TrialCurve trial = Trials.losses("a", 6, 4, 3);
        assertThat(rule.decide(trial, List.of(Trials.losses("b", 6, 4, 3), Trials.losses("c", 6, 4, 3)))
                        .prune())
                .isFalse();
    }

    @Test
    void betweenRungs_nothingIsStopped() {
        TrialCurve trial = Trials.losses("a", 6, 9, 9, 9, 9);
        Decision decision = rule.decide(trial, List.of(Trials.losses("b", 6, 1, 1, 1, 1)));
        assertThat(decision.prune()).isFalse();
        assertThat(decision.reason()).contains("No rung").contains("step 24");
    }

    @Test
    void atTheEnd_nothingIsStopped() {
        TrialCurve trial = Trials.losses("a", 72, 9);
        assertThat(rule.decide(trial, List.of(Trials.losses("b", 72, 1))).prune())
                .isFalse();
    }

    @Test
    void oneEvaluationBehindTwoRungs_isJudgedAtBoth() {
        // at step 24 the rungs at 9 and 18 are passed; at the first 2 of 4 go on, at the second 1 of 2
        TrialCurve trial = Trials.losses("a", 24, 2);
        List<TrialCurve> others =
                List.of(Trials.losses("b", 24, 1), Trials.losses("c", 12, 8), Trials.losses("d", 12, 9));
        Decision decision = rule.decide(trial, others);
        assertThat(decision.prune()).isTrue();
        assertThat(decision.reason()).contains("number 2 of the 2 trials that have reached 25 %");
    }

    @Test
    void scores_areBetterWhenHigher() {
        TrialCurve low = Trials.scores("low", 6, 0.1, 0.2);
        TrialCurve high = Trials.scores("high", 6, 0.1, 0.5);
        assertThat(rule.decide(low, List.of(high)).prune()).isTrue();
        assertThat(rule.decide(high, List.of(low)).prune()).isFalse();
    }

    @Test
    void notFinite_isStoppedAtOnce_andHelpsNobodyOut() {
        TrialCurve diverged = Trials.losses("a", 6, Double.NaN);
        assertThat(rule.decide(diverged, List.of()).prune()).isTrue();
        assertThat(rule.decide(diverged, List.of()).reason())
                .contains("not finite")
                .contains("step 6");
        TrialCurve was = Trials.losses("b", 6, 4, Double.POSITIVE_INFINITY);
        assertThat(rule.decide(Trials.losses("c", 6, 9, 9), List.of(was)).prune())
                .isFalse();
    }

    @Test
    void constructor_refusesWhatIsNoHalving() {
        assertThatThrownBy(() -> new HalvingPruner(1, 0.1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new HalvingPruner(2, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new HalvingPruner(2, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
