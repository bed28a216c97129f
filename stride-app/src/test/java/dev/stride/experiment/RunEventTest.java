package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RunEventTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Map<String, Double> rates(double decay, double noDecay) {
        Map<String, Double> rates = new LinkedHashMap<>();
        rates.put("decay", decay);
        rates.put("no_decay", noDecay);
        return rates;
    }

    @Test
    void step_hasTheKeysOfTheContractInTheirOrder() throws JsonProcessingException {
        StepEvent event = new StepEvent(1, 4.83, rates(5e-6, 5e-6), 2.1, 497, 0.31, 1603.2, 0.25);
        assertThat(JSON.writeValueAsString(event.toJson()))
                .isEqualTo("{\"type\":\"step\",\"step\":1,\"loss\":4.83,\"lr\":{\"decay\":5.0E-6,\"no_decay\":5.0E-6},"
                        + "\"grad_norm\":2.1,\"tokens\":497,\"seconds\":0.31,"
                        + "\"tokens_per_second\":1603.2,\"epoch\":0.25}");
    }

    @Test
    void step_asTheContractPrintsIt_isRead() throws JsonProcessingException {
        RunEvent event =
                RunEvent.fromJson(JSON.readTree("{\"type\":\"step\",\"step\":1,\"loss\":4.83,\"lr\":{\"decay\":5e-6,"
                        + "\"no_decay\":5e-6},\"grad_norm\":2.1,\"tokens\":497,\"seconds\":0.31}"));
        assertThat(event).isEqualTo(new StepEvent(1, 4.83, rates(5e-6, 5e-6), 2.1, 497, 0.31, Double.NaN, Double.NaN));
    }

    @Test
    void eval_scoresStandBesideTheOtherKeys() throws JsonProcessingException {
        Map<String, Double> scores = new LinkedHashMap<>();
        scores.put("rouge-1", 31.65);
        scores.put("bleu-4", 0.0325);
        EvalEvent event = new EvalEvent(500, 3.41, 3977, scores, 12.5);
        assertThat(JSON.writeValueAsString(event.toJson()))
                .isEqualTo("{\"type\":\"eval\",\"step\":500,\"loss\":3.41,\"tokens\":3977,\"rouge-1\":31.65,"
                        + "\"bleu-4\":0.0325,\"seconds\":12.5}");
    }

    @Test
    void eval_scoreNamedLikeAKey_isRefused() {
        assertThatThrownBy(() -> new EvalEvent(1, 1, 1, Map.of("loss", 2.0), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'loss'");
    }

    @Test
    void everyKind_comesBackEqual() throws JsonProcessingException {
        List<RunEvent> events = List.of(
                new StepEvent(7, 2.5, rates(2e-5, 1e-4), 0.9, 12, 0.5, 24, 0.1),
                new StepEvent(8, 2.5, rates(2e-5, 1e-4), 0.9, 12, 0.5, 24, 0.1, 0.97),
                new EvalEvent(0, 3.5, 100, Map.of("rouge-l", 23.84), 3),
                new VerdictEvent(620, "grad-norm", "stop", "norm 51.2 is above 50"),
                new SkipEvent(8, "the loss is NaN"),
                new NoteEvent(8, "resumed \"here\"\nsecond line"),
                new SaveEvent(500, "checkpoints/step-000500"),
                new BranchEvent(400, "recovery-1", RunBranch.MAIN, 0.5, "no gain for 2 evaluations"),
                new BranchEvent(400, "recovery-1-cooldown", RunBranch.MAIN, 1, "no gain for 2 evaluations", 120));
        Set<Class<?>> seen = new java.util.HashSet<>();
        for (RunEvent event : events) {
            assertThat(RunEvent.fromJson(JSON.readTree(JSON.writeValueAsString(event.toJson()))))
                    .isEqualTo(event);
            seen.add(event.getClass());
        }
        assertThat(seen).containsExactlyInAnyOrder(RunEvent.class.getPermittedSubclasses());
    }

    @Test
    void numbers_ofAnyBits_comeBackBitForBit() throws JsonProcessingException {
        Random random = new Random(20260101);
        int finite = 0;
        for (int i = 0; i < 20_000; i++) {
            double loss = Double.longBitsToDouble(random.nextLong());
            double rate = Math.scalb(random.nextDouble(), -random.nextInt(60));
            finite += Double.isFinite(loss) ? 1 : 0;
            StepEvent event = new StepEvent(1, loss, rates(rate, -0.0), 1e-310, Long.MAX_VALUE, 0.1, 3, 1);
            StepEvent back = (StepEvent) RunEvent.fromJson(JSON.readTree(JSON.writeValueAsString(event.toJson())));
            assertThat(Double.doubleToLongBits(back.loss())).isEqualTo(Double.doubleToLongBits(loss));
            // equal boxed doubles have equal bits, signs of zero included
            assertThat(back.lr()).isEqualTo(rates(rate, -0.0));
            assertThat(back.gradNorm()).isEqualTo(1e-310);
            assertThat(back.tokens()).isEqualTo(Long.MAX_VALUE);
        }
        assertThat(finite).isBetween(19_900, 20_000);
    }

    @Test
    void numbersThatAreNotFinite_areStrings() throws JsonProcessingException {
        EvalEvent event =
                new EvalEvent(3, Double.NaN, 1, Map.of("a", Double.POSITIVE_INFINITY), Double.NEGATIVE_INFINITY);
        String line = JSON.writeValueAsString(event.toJson());
        assertThat(line)
                .contains("\"loss\":\"NaN\"")
                .contains("\"a\":\"Infinity\"")
                .contains("\"seconds\":\"-Infinity\"");
        assertThat(RunEvent.fromJson(JSON.readTree(line))).isEqualTo(event);
    }

    @Test
    void groups_keepTheirOrder() {
        Map<String, Double> rates = new LinkedHashMap<>();
        for (String group : List.of("z", "a", "m", "b")) {
            rates.put(group, 1e-5);
        }
        StepEvent event = new StepEvent(1, 1, rates, 1, 1, 1, 1, 1);
        StepEvent back = (StepEvent) RunEvent.fromJson(event.toJson());
        assertThat(back.lr().keySet()).containsExactly("z", "a", "m", "b");
    }

    @Test
    void fromJson_wrongLines_sayWhichKey() throws JsonProcessingException {
        Map<String, String> wrong = Map.of(
                "[]", "not a JSON object",
                "{\"step\":1}", "'type' is missing",
                "{\"type\":\"dance\",\"step\":1}", "unknown event type 'dance'",
                "{\"type\":\"note\",\"step\":1.5,\"text\":\"\"}", "'step' must be a whole number",
                "{\"type\":\"note\",\"step\":1,\"text\":5}", "'text' must be a text",
                "{\"type\":\"eval\",\"step\":1,\"loss\":\"much\",\"tokens\":1}", "'loss' must be a number");
        Set<String> seen = new TreeSet<>();
        for (Map.Entry<String, String> entry : wrong.entrySet()) {
            var json = JSON.readTree(entry.getKey());
            assertThatThrownBy(() -> RunEvent.fromJson(json))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(entry.getValue());
            seen.add(entry.getKey());
        }
        assertThat(seen).hasSize(6);
    }

    @Test
    void result_hasTheKeysOfTheContract() throws JsonProcessingException {
        RunResult result = new RunResult(
                RunResult.Status.STOPPED,
                620,
                new RunResult.Best(500, "loss", 3.41, "checkpoints/step-000500"),
                Map.of("loss", 3.5),
                "grad-norm");
        String json = JSON.writeValueAsString(result.toJson());
        assertThat(json)
                .isEqualTo("{\"status\":\"stopped\",\"steps\":620,\"best\":{\"step\":500,\"metric\":\"loss\","
                        + "\"value\":3.41,\"checkpoint\":\"checkpoints/step-000500\"},\"final\":{\"loss\":3.5},"
                        + "\"reason\":\"grad-norm\"}");
        assertThat(RunResult.fromJson(JSON.readTree(json))).isEqualTo(result);
    }

    @Test
    void result_ofEveryStatus_withoutABest_comesBackEqual() throws JsonProcessingException {
        int statuses = 0;
        for (RunResult.Status status : RunResult.Status.values()) {
            RunResult result = new RunResult(status, 0, null, Map.of(), "");
            assertThat(RunResult.fromJson(JSON.readTree(JSON.writeValueAsString(result.toJson()))))
                    .isEqualTo(result);
            statuses++;
        }
        assertThat(statuses).isEqualTo(4);
    }

    @Test
    void result_ofUnknownStatus_isRefused() {
        var json = new RunResult(RunResult.Status.FAILED, 0, null, Map.of(), "")
                .toJson()
                .put("status", "happy");
        assertThatThrownBy(() -> RunResult.fromJson(json)).hasMessageContaining("'happy'");
    }
}
