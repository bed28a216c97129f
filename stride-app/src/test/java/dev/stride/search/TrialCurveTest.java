package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.schedule.Constant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrialCurveTest {
    @Test
    void noComponent_isATrainingLoss() {
        List<String> names = Arrays.stream(TrialCurve.class.getRecordComponents())
                .map(c -> c.getName())
                .toList();
        assertThat(names).containsExactly("name", "schedule", "higherIsBetter", "plannedSteps", "evaluations");
    }

    @Test
    void evaluations_outOfOrder_areRefused() {
        List<TrialCurve.Evaluation> twice =
                List.of(new TrialCurve.Evaluation(6, 1.0), new TrialCurve.Evaluation(6, 0.9));
        assertThatThrownBy(() -> new TrialCurve("lr-1e-3", new Constant(1e-3, 0, 72), false, 72, twice))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lr-1e-3")
                .hasMessageContaining("step 6 after step 6");
    }

    @Test
    void better_followsTheDirection_andPutsNotFiniteLast() {
        TrialCurve loss = Trials.losses("a", 6, 2);
        TrialCurve score = Trials.scores("a", 6, 2);
        assertThat(loss.better(1, 2)).isTrue();
        assertThat(loss.better(2, 2)).isFalse();
        assertThat(score.better(1, 2)).isFalse();
        assertThat(score.better(2, 1)).isTrue();
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            assertThat(loss.better(9, bad)).isTrue();
            assertThat(loss.better(bad, 9)).isFalse();
            assertThat(score.better(9, bad)).isTrue();
            assertThat(score.better(bad, 9)).isFalse();
            assertThat(loss.better(bad, bad)).isFalse();
        }
    }

    @Test
    void bestUpTo_looksAtNothingLater() {
        TrialCurve trial = Trials.losses("a", 6, 3, 2, 2.5, 1);
        assertThat(trial.bestUpTo(18)).isEqualTo(2);
        assertThat(trial.bestUpTo(24)).isEqualTo(1);
        assertThat(trial.bestUpTo(5)).isNaN();
    }

    @Test
    void noEvaluation_isNeitherDivergedNorFinished() {
        TrialCurve trial = Trials.losses("a", 6);
        assertThat(trial.lastStep()).isZero();
        assertThat(trial.lastValue()).isNaN();
        assertThat(trial.diverged()).isFalse();
        assertThat(trial.finished()).isFalse();
        assertThat(trial.firstFrom(1)).isEqualTo(-1);
    }
}
