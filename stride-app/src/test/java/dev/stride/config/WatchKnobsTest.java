package dev.stride.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class WatchKnobsTest {
    private static WatchConfig read(String... sets) {
        return ConfigReader.read(null, Map.of(), List.of(sets)).watch();
    }

    private static List<String> problems(String... sets) {
        UserException e =
                catchThrowableOfType(UserException.class, () -> ConfigReader.read(null, Map.of(), List.of(sets)));
        assertThat(e).as("a refusal of %s", String.join(" ", sets)).isNotNull();
        return e.problems().stream().map(Problem::toLine).toList();
    }

    private static List<Guard> on(WatchConfig watch, RuleProfile profile) {
        return Arrays.stream(Guard.values())
                .filter(guard -> watch.isOn(guard, profile))
                .toList();
    }

    @Test
    void isOn_nothingGiven_isAllButTheOtherProfilesNorm() {
        assertThat(on(read(), RuleProfile.CLASSIC))
                .containsExactlyElementsOf(Stream.of(Guard.values())
                        .filter(guard -> guard != Guard.GRAD_NORM_Z)
                        .toList());
        assertThat(on(read(), RuleProfile.EVIDENCE))
                .containsExactlyElementsOf(Stream.of(Guard.values())
                        .filter(guard -> guard != Guard.GRAD_NORM)
                        .toList());
    }

    @Test
    void isOn_allOff_leavesNonFinite() {
        for (RuleProfile profile : RuleProfile.values()) {
            assertThat(on(read("watch.guards=all=off"), profile)).containsExactly(Guard.NON_FINITE);
        }
    }

    @Test
    void isOn_aNameBesideAll_winsWhereverItStands() {
        for (String given : List.of("all=off,loss-jump=on", "loss-jump=on,all=off", " loss-jump = on , all=off")) {
            assertThat(on(read("watch.guards=" + given), RuleProfile.CLASSIC))
                    .as(given)
                    .containsExactly(Guard.NON_FINITE, Guard.LOSS_JUMP);
        }
    }

    @Test
    void read_flagGivenTwice_isBoth() {
        WatchConfig watch = ConfigReader.read(
                        null, Map.of("--guard", List.of("loss-zero=off", "loss-rising=off,grad-norm=off")), List.of())
                .watch();
        assertThat(on(watch, RuleProfile.CLASSIC))
                .containsExactly(
                        Guard.NON_FINITE,
                        Guard.DIVERGED,
                        Guard.LOSS_JUMP,
                        Guard.STILL_WEIGHTS,
                        Guard.RATE_WITHOUT_EFFECT,
                        Guard.EARLY_STOP);
    }

    @Test
    void read_unknownName_isRefusedWithTheNearest() {
        assertThat(problems("watch.guards=grad-nrm=off"))
                .singleElement()
                .asString()
                .contains("names: all, non-finite, grad-norm,")
                .endsWith("Did you mean grad-norm?");
        for (String wrong : List.of("grad-norm", "grad-norm=", "grad-norm=maybe", "=off", "", "loss-zero=off,")) {
            assertThat(problems("watch.guards=" + wrong)).as(wrong).hasSize(1);
        }
    }

    @Test
    void read_guardOnAndOff_isRefused() {
        assertThat(problems("watch.guards=loss-zero=off,loss-zero=on"))
                .singleElement()
                .asString()
                .endsWith("Loss-zero is turned both on and off");
        assertThat(problems("watch.guards=all=off,all=on")).hasSize(1);
    }

    @Test
    void read_nonFiniteOff_isRefused() {
        assertThat(problems("watch.guards=non-finite=off"))
                .singleElement()
                .asString()
                .contains("Non-finite cannot be turned off");
    }

    @Test
    void read_whatNeedsEvaluations_isRefusedWithoutThem() {
        String[][] cases = {
            {"watch.patience=3", "seed", "needs data.val"},
            {"watch.metric=loss", "seed", "needs data.val"},
            {"watch.max_recoveries=1", "seed", "needs data.val"},
            {"watch.guards=early-stop=on", "seed", "needs data.val"},
            {"watch.patience=3", "watch.guards=early-stop=off", "the guard early-stop is off"},
            {"watch.patience=3", "watch.guards=all=off", "the guard early-stop is off"},
            {"watch.metric=macro-f1", "task=code", "measured for the task classification only"},
            {"watch.metric=edit-similarity", "task=dialogue", "measured for the task code only"},
            {"watch.metric=rouge-l", "eval.generate_rows=0", "measured on generated texts"},
        };
        for (String[] row : cases) {
            List<String> lines =
                    row[1].equals("seed") ? problems(row[0]) : problems(row[0], row[1], "data.val=v.jsonl");
            assertThat(lines)
                    .as("%s %s", row[0], row[1])
                    .singleElement()
                    .asString()
                    .contains(row[2]);
        }
        assertThat(read("watch.patience=3", "watch.metric=macro-f1", "task=classification", "data.val=v")
                        .metric())
                .isEqualTo(StopMetric.MACRO_F1);
    }

    @Test
    void standard_eachTask_hasItsOwnMetric() {
        assertThat(StopMetric.standard(Task.CLASSIFICATION, true)).containsExactly(StopMetric.MACRO_F1);
        assertThat(StopMetric.standard(Task.DIALOGUE, true)).containsExactly(StopMetric.BLEU_4);
        assertThat(StopMetric.standard(Task.CODE, true)).containsExactly(StopMetric.LOSS, StopMetric.EDIT_SIMILARITY);
        assertThat(StopMetric.standard(null, true)).containsExactly(StopMetric.BLEU_4);
        assertThat(StopMetric.standard(Task.CODE, false)).containsExactly(StopMetric.LOSS);
    }

    @Test
    void isBetter_notANumber_neverIs() {
        for (StopMetric metric : StopMetric.values()) {
            double better = metric.higherIsBetter() ? 2 : 1;
            double worse = 3 - better;
            assertThat(metric.isBetter(better, worse)).isTrue();
            assertThat(metric.isBetter(worse, better)).isFalse();
            assertThat(metric.isBetter(worse, worse)).isFalse();
            assertThat(metric.isBetter(Double.NaN, worse)).isFalse();
            assertThat(metric.isBetter(worse, Double.NaN)).isTrue();
            assertThat(metric.isBetter(Double.NaN, Double.NaN)).isFalse();
        }
    }
}
