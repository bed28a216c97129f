package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.RampShape;
import dev.stride.schedule.Constant;
import dev.stride.schedule.LrSchedule;
import dev.stride.schedule.WarmupStableDecay;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LossLawPrunerTest {
    private final LossLawPruner rule = new LossLawPruner(0.05, 3, 1);

    private static TrialCurve planted(String name, LrSchedule schedule, long last, double end, double exponent) {
        return Trials.planted(
                name, schedule, 6, last, step -> LossLawTest.planted(schedule, step, end / 2, end / 2, exponent, 0));
    }

    @Test
    void hopelessTrial_isStopped_withThePredictionInTheSentence() {
        LrSchedule schedule = new Constant(1e-3, 6, 72);
        TrialCurve good = planted("lr-1e-3", schedule, 30, 0.5, 0.65);
        TrialCurve bad = planted("lr-1e-5", schedule, 30, 4, 0.65);
        Decision decision = rule.decide(bad, List.of(good));
        assertThat(decision.prune()).isTrue();
        assertThat(decision.predicted()).isBetween(3.5, 5.0);
        assertThat(decision.low()).isLessThan(decision.predicted());
        assertThat(decision.high()).isGreaterThan(decision.predicted());
        assertThat(decision.reason())
                .startsWith("At step 30 it is expected to end at " + Decision.number(decision.predicted()))
                .contains("lr-1e-3 at 0.5")
                .contains("it ends best in 0 % of the draws, and is stopped below 5 %");
        Decision other = rule.decide(good, List.of(bad));
        assertThat(other.prune()).isFalse();
        assertThat(other.reason()).contains("the best of 2 trials");
    }

    /**
     * A trial at a high rate, still at its peak, has a higher loss than one whose rate has fallen already; its own
     * cooldown is to come. A rule that compares losses at the same step would stop it.
     */
    @Test
    void worseNow_butWithMostOfItsRatesToCome_goesOn() {
        LrSchedule early = new WarmupStableDecay(1e-3, 0, RampShape.LINEAR, 60, 6, 72);
        LrSchedule late = new WarmupStableDecay(1e-3, 0, RampShape.LINEAR, 6, 6, 72);
        TrialCurve fallen = planted("early", early, 36, 1.0, 0.65);
        TrialCurve atPeak = planted("late", late, 36, 0.9, 0.9);
        assertThat(atPeak.lastValue()).isGreaterThan(fallen.lastValue() * 1.05);
        assertThat(new HalvingPruner(2, 0.5).decide(atPeak, List.of(fallen)).prune())
                .as("halving at the same step")
                .isTrue();
        Decision decision = rule.decide(atPeak, List.of(fallen));
        assertThat(decision.prune()).isFalse();
        assertThat(decision.predicted()).isLessThan(atPeak.lastValue() * 0.95);
    }

    @Test
    void knownEnd_isTakenAsItIs() {
        LrSchedule schedule = new Constant(1e-3, 6, 72);
        TrialCurve finished = planted("finished", schedule, 72, 0.5, 0.65);
        TrialCurve trial = planted("trial", schedule, 60, 0.8, 0.65);
        Decision decision = rule.decide(trial, List.of(finished));
        assertThat(decision.prune()).isTrue();
        assertThat(decision.reason()).contains("finished at 0.5000");
        assertThat(rule.decide(finished, List.of(trial)).prune()).isFalse();
    }

    @Test
    void tooFewLosses_stopNobody() {
        TrialCurve good = Trials.losses("good", 6, 1, 0.5, 0.3);
        Decision few = rule.decide(Trials.losses("a", 6, 9, 9), List.of(good));
        assertThat(few.prune()).isFalse();
        assertThat(few.reason()).contains("needs 3 losses");
        assertThat(few.predicted()).isNaN();
        TrialCurve enough = Trials.losses("a", 6, 9, 9, 9);
        assertThat(rule.decide(enough, List.of(good)).prune()).isTrue();
        assertThat(rule.decide(enough, List.of(Trials.losses("young", 6, 1, 0.5)))
                        .prune())
                .as("the other cannot be predicted yet")
                .isFalse();
        assertThat(rule.decide(Trials.losses("none", 6), List.of(good)).prune()).isFalse();
    }

    @Test
    void evaluationsBeforeTheEndOfTheWarmup_areNotCounted() {
        LrSchedule slow = new Constant(1e-3, 24, 72);
        TrialCurve good = Trials.planted("good", slow, 6, 24, step -> 1.0 / step);
        TrialCurve bad = Trials.planted("bad", slow, 6, 24, step -> 9.0);
        assertThat(rule.decide(bad, List.of(good)).reason()).contains("needs 3 losses");
    }

    @Test
    void diverged_isStoppedWithThatReason_andIsNoRival() {
        TrialCurve diverged = Trials.losses("a", 6, 3, 2, Double.NaN);
        Decision decision = rule.decide(diverged, List.of());
        assertThat(decision.prune()).isTrue();
        assertThat(decision.reason())
                .isEqualTo("Its validation at step 18 is NaN, which is not finite: the trial has diverged.");
        assertThat(rule.decide(Trials.losses("b", 6, 9, 9, 9), List.of(diverged))
                        .prune())
                .isFalse();
    }

    @Test
    void equalConstantTrials_allGoOn() {
        List<TrialCurve> same = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            same.add(Trials.losses("trial-" + i, 6, 2, 2, 2, 2));
        }
        int judged = 0;
        for (TrialCurve trial : same) {
            Decision decision =
                    rule.decide(trial, same.stream().filter(o -> o != trial).toList());
            assertThat(decision.prune()).as(decision.reason()).isFalse();
            assertThat(decision.low()).isLessThan(2);
            assertThat(decision.high()).isGreaterThan(1.9);
            judged++;
        }
        assertThat(judged).isEqualTo(7);
    }

    @Test
    void lossesOfZero_areNoDivisionByZero() {
        TrialCurve zero = Trials.losses("zero", 6, 1, 0, 0);
        TrialCurve one = Trials.losses("one", 6, 1, 1, 1);
        assertThat(rule.decide(zero, List.of(one)).prune()).isFalse();
        assertThat(rule.decide(one, List.of(zero)).predicted()).isFinite();
        assertThat(rule.decide(Trials.losses("a", 6, 0, 0, 0), List.of(zero)).prune())
                .isFalse();
    }

    @Test
    void scores_areLeftToOtherRules() {
        Decision decision =
                rule.decide(Trials.scores("a", 6, 0.1, 0.1, 0.1), List.of(Trials.scores("b", 6, 0.5, 0.6, 0.7)));
        assertThat(decision.prune()).isFalse();
        assertThat(decision.reason()).contains("losses and no scores");
    }

    @Test
    void sameCurves_getTheSameAnswer_whateverTheOrder() {
        LrSchedule schedule = new Constant(1e-3, 6, 72);
        TrialCurve a = planted("a", schedule, 30, 1.0, 0.65);
        TrialCurve b = planted("b", schedule, 30, 1.2, 0.65);
        TrialCurve c = planted("c", schedule, 30, 1.4, 0.45);
        Decision first = rule.decide(c, List.of(a, b));
        assertThat(rule.decide(c, List.of(a, b))).isEqualTo(first);
        assertThat(rule.decide(c, List.of(b, a)).prune()).isEqualTo(first.prune());
    }

    @Test
    void constructor_refusesLevelsAndNumbersThatMeanNothing() {
        assertThatThrownBy(() -> new LossLawPruner(0, 3, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LossLawPruner(0.5, 3, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LossLawPruner(0.05, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
