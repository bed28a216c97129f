package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.RampShape;
import dev.stride.schedule.LrSchedule;
import dev.stride.schedule.WarmupStableDecay;
import java.util.List;
import org.junit.jupiter.api.Test;

class JointPrunerTest {
    private final Pruner rule = Pruner.recommended(1);

    @Test
    void beforeTheLawCanPredict_halvingDecides() {
        TrialCurve bad = Trials.losses("a", 6, 7, 6.9);
        assertThat(rule.decide(bad, List.of(Trials.losses("b", 6, 4, 3))).prune())
                .isTrue();
    }

    @Test
    void whatTheLawExpectsToWin_isNotStoppedByHalving() {
        LrSchedule early = new WarmupStableDecay(1e-3, 0, RampShape.LINEAR, 60, 6, 72);
        LrSchedule late = new WarmupStableDecay(1e-3, 0, RampShape.LINEAR, 6, 6, 72);
        TrialCurve fallen =
                Trials.planted("early", early, 6, 36, step -> LossLawTest.planted(early, step, 0.5, 0.5, 0.65, 0));
        TrialCurve atPeak =
                Trials.planted("late", late, 6, 36, step -> LossLawTest.planted(late, step, 0.45, 0.45, 0.9, 0));
        assertThat(new HalvingPruner(2, 1.0 / 8).decide(atPeak, List.of(fallen)).prune())
                .isTrue();
        Decision decision = rule.decide(atPeak, List.of(fallen));
        assertThat(decision.prune()).isFalse();
        assertThat(decision.reason()).contains("is number 2 of the 2 trials").contains("is expected to end at");
    }

    @Test
    void betweenRungs_theLawStopsAlone() {
        Decision decision =
                rule.decide(Trials.losses("a", 6, 9, 9, 9, 9), List.of(Trials.losses("b", 6, 2, 1, 0.6, 0.5)));
        assertThat(decision.prune()).isTrue();
        assertThat(decision.reason()).contains("stopped below 5 %");
    }

    @Test
    void scores_areHalved() {
        TrialCurve low = Trials.scores("low", 6, 0.1, 0.1, 0.1);
        TrialCurve high = Trials.scores("high", 6, 0.2, 0.3, 0.4);
        assertThat(rule.decide(low, List.of(high)).prune()).isTrue();
        assertThat(rule.decide(high, List.of(low)).prune()).isFalse();
    }

    @Test
    void diverged_isStopped() {
        assertThat(rule.decide(Trials.losses("a", 6, Double.POSITIVE_INFINITY), List.of())
                        .reason())
                .contains("Infinity");
    }

    @Test
    void constructor_refusesALevelBelowTheLawsOwn() {
        LossLawPruner law = new LossLawPruner(0.05, 3, 1);
        assertThatThrownBy(() -> new JointPruner(new HalvingPruner(2, 0.125), law, 0.01))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
