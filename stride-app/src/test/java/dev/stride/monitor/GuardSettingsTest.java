package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.config.ConfigReader;
import dev.stride.config.Guard;
import dev.stride.config.StopMetric;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GuardSettingsTest {
    private static GuardSettings of(String... sets) {
        return GuardSettings.of(ConfigReader.read(null, Map.of(), List.of(sets)));
    }

    private static List<String> names(GuardSettings settings) {
        return settings.stepMonitors().stream().map(Monitor::name).toList();
    }

    @Test
    void stepMonitors_eachProfile_hasItsNorm() {
        assertThat(names(of()))
                .containsExactly("grad-norm", "diverged", "loss-zero", "loss-rising", "loss-jump", "still-weights");
        assertThat(names(of("plan.profile=evidence")))
                .containsExactly("grad-norm-z", "diverged", "loss-zero", "loss-rising", "loss-jump", "still-weights");
        assertThat(names(of("watch.guards=all=off,grad-norm-z=on"))).containsExactly("grad-norm-z");
    }

    @Test
    void lines_everyGuard_saysWhetherItIsOnAndWhatItDoes() {
        List<String> lines =
                of("watch.guards=loss-jump=off", "data.val=v", "task=code").lines();
        assertThat(lines).hasSize(Guard.values().length);
        assertThat(lines.get(0)).startsWith("non-finite: on, makes no update from a loss");
        assertThat(lines)
                .contains(
                        "loss-jump: off, reports a loss that jumps up for a step or a few and comes back",
                        "early-stop: on, stops when the validation no longer gets better, and tries a recovery (patience 2, by"
                                + " loss and edit-similarity, at most 2 recoveries)");
        assertThat(of().lines())
                .contains(
                        "early-stop: off for want of validation data, stops when the validation no longer gets better, and tries a"
                                + " recovery");
    }

    @Test
    void metrics_given_isThatOne() {
        assertThat(of("watch.metric=rouge-l", "data.val=v", "task=code").metrics())
                .containsExactly(StopMetric.ROUGE_L);
        assertThat(of("data.val=v", "task=classification").metrics()).containsExactly(StopMetric.MACRO_F1);
        assertThat(of("data.val=v", "eval.generate_rows=0").metrics()).containsExactly(StopMetric.LOSS);
    }

    @Test
    void earlyStop_eachProfile_isItsForm() {
        GainTest never = (before, now) -> new GainTest.Gain(0, 1);
        assertThat(of("data.val=v").earlyStop(never).rowMetric()).isNull();
        assertThat(of("data.val=v", "plan.profile=evidence").earlyStop(never).rowMetric())
                .isEqualTo(StopMetric.BLEU_4);
        assertThat(of("data.val=v", "watch.max_recoveries=0").recoveryPolicy().mayBegin())
                .isFalse();
        assertThat(of("data.val=v").recoveryPolicy().mayBegin()).isTrue();
    }
}
