package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MedianPrunerTest {
    private final MedianPruner rule = new MedianPruner(2);

    @Test
    void withinTheGrace_nothingIsStopped() {
        // the warm-up ends at step 6, so the evaluation at step 6 does not count
        List<TrialCurve> others = List.of(Trials.losses("b", 6, 1, 1), Trials.losses("c", 6, 1, 1));
        Decision decision = rule.decide(Trials.losses("a", 6, 9, 9), others);
        assertThat(decision.prune()).isFalse();
        assertThat(decision.reason()).contains("1 of 2 evaluations behind the warm-up");
    }

    @Test
    void bestWorseThanTheMedianOfRunningMeans_isStopped() {
        // running means at step 18: 2, 3, 6; their median is 3
        List<TrialCurve> others = List.of(
                Trials.losses("b", 6, 3, 2, 1, 0.1), Trials.losses("c", 6, 4, 3, 2), Trials.losses("d", 6, 7, 6, 5));
        Decision worse = rule.decide(Trials.losses("a", 6, 9, 3.1, 3.2), others);
        assertThat(worse.prune()).isTrue();
        assertThat(worse.reason()).contains("3.100").contains("step 18").contains("3 other trials, 3.000");
        assertThat(rule.decide(Trials.losses("a", 6, 9, 2.9, 3.2), others).prune())
                .isFalse();
    }

    @Test
    void evenNumber_hasTheMeanOfTheMiddleTwo() {
        List<TrialCurve> others = List.of(Trials.losses("b", 6, 2, 2, 2), Trials.losses("c", 6, 3, 3, 3));
        assertThat(rule.decide(Trials.losses("a", 6, 2.6, 2.6, 2.6), others).prune())
                .isTrue();
        assertThat(rule.decide(Trials.losses("a", 6, 2.4, 2.4, 2.4), others).prune())
                .isFalse();
    }

    @Test
    void othersThatHaveNotComeAsFar_areNotCounted() {
        List<TrialCurve> others =
                List.of(Trials.losses("b", 6, 1, 1, 1), Trials.losses("c", 6, 1, 1), Trials.losses("d", 6));
        Decision decision = rule.decide(Trials.losses("a", 6, 9, 9, 9), others);
        assertThat(decision.prune()).isFalse();
        assertThat(decision.reason()).contains("have reached step 18: 1; at least 2");
    }

    @Test
    void divergedOthers_makeNobodyWorse() {
        double nan = Double.NaN;
        List<TrialCurve> others = List.of(
                Trials.losses("b", 6, 1, 1, 1), Trials.losses("c", 6, 9, nan, nan), Trials.losses("d", 6, 9, 9, nan));
        assertThat(rule.decide(Trials.losses("a", 6, 5, 5, 5), others).prune()).isFalse();
        assertThat(rule.decide(Trials.losses("a", 6, 5, 5, nan), others).reason())
                .contains("not finite");
    }

    @Test
    void scores_areBetterWhenHigher() {
        List<TrialCurve> others = List.of(Trials.scores("b", 6, 1, 2, 3), Trials.scores("c", 6, 1, 2, 3));
        assertThat(rule.decide(Trials.scores("a", 6, 1, 1, 1.9), others).prune())
                .isTrue();
        assertThat(rule.decide(Trials.scores("a", 6, 1, 2.1, 1), others).prune())
                .isFalse();
    }

    @Test
    void constantAndEqual_goesOn() {
        TrialCurve same = Trials.losses("a", 6, 2, 2, 2);
        assertThat(rule.decide(same, List.of(Trials.losses("b", 6, 2, 2, 2), Trials.losses("c", 6, 2, 2, 2)))
                        .prune())
                .isFalse();
    }

    @Test
    void constructor_refusesNoGrace() {
        assertThatThrownBy(() -> new MedianPruner(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
