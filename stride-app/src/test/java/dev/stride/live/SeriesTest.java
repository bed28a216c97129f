package dev.stride.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.live.SeriesRequest.Axis;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SeriesTest {
    private static final double ALL = Double.POSITIVE_INFINITY;

    private static RunRows rows(int count, int spikeAt) {
        RunRows rows = new RunRows();
        Random random = new Random(7);
        for (int i = 1; i <= count; i++) {
            double loss = 2 + Math.exp(-i / 1000.0) + 0.1 * random.nextGaussian();
            rows.add(TestRuns.step(i, i == spikeAt ? 50 : loss, i == spikeAt + 1000 ? 99 : 1 + random.nextDouble()));
        }
        return rows;
    }

    private static ObjectNode series(RunRows rows, Axis x, double from, double to, int points, double smooth) {
        return new Series(rows, new SeriesRequest(x, from, to, points, smooth)).toJson();
    }

    private static List<Double> numbers(JsonNode list) {
        List<Double> numbers = new ArrayList<>();
        list.forEach(item -> numbers.add(item.isTextual() ? Double.valueOf(item.asText()) : item.doubleValue()));
        return numbers;
    }

    @Test
    void toJson_longRun_keepsSpikesAndEndsInFewRows() {
        ObjectNode json = series(rows(50_000, 23_456), Axis.STEP, -ALL, ALL, 100, 0);
        JsonNode main = json.path("branches").path(0);
        List<Double> steps = numbers(main.path("step"));
        assertThat(json.path("exact").asBoolean()).isFalse();
        assertThat(steps).hasSizeBetween(100, 500).isSorted().doesNotHaveDuplicates();
        assertThat(steps.get(0)).isEqualTo(1);
        assertThat(steps.get(steps.size() - 1)).isEqualTo(50_000);
        assertThat(json.path("first").asDouble()).isEqualTo(1);
        assertThat(json.path("last").asDouble()).isEqualTo(50_000);
        int spike = steps.indexOf(23_456.0);
        assertThat(spike).isPositive();
        assertThat(numbers(main.path("loss")).get(spike)).isEqualTo(50);
        int norm = steps.indexOf(24_456.0);
        assertThat(numbers(main.path("grad_norm")).get(norm)).isEqualTo(99);
        for (String key : List.of("x", "loss", "smoothed", "grad_norm", "tokens_per_second")) {
            assertThat(main.path(key)).as(key).hasSize(steps.size());
        }
        assertThat(main.path("lr").path("no_decay")).hasSize(steps.size());
    }

    @Test
    void toJson_lossThatIsNotANumber_isKept() {
        RunRows rows = rows(5000, 100);
        rows.add(TestRuns.step(5001, Double.NaN));
        for (int i = 5002; i <= 6000; i++) {
            rows.add(TestRuns.step(i, 3));
        }
        JsonNode main =
                series(rows, Axis.STEP, -ALL, ALL, 20, 0.5).path("branches").path(0);
        int at = numbers(main.path("step")).indexOf(5001.0);
        assertThat(at).isPositive();
        assertThat(main.path("loss").path(at).asText()).isEqualTo("NaN");
        assertThat(numbers(main.path("smoothed"))).allMatch(Double::isFinite);
    }

    @Test
    void toJson_zoomed_isEveryRowOfThePart() {
        ObjectNode json = series(rows(50_000, 23_456), Axis.STEP, 23_400, 23_500, 100, 0);
        assertThat(json.path("exact").asBoolean()).isTrue();
        List<Double> steps = numbers(json.path("branches").path(0).path("step"));
        assertThat(steps).hasSize(101).startsWith(23_400.0).endsWith(23_500.0);
        assertThat(json.path("last").asDouble()).isEqualTo(50_000);
    }

    /** The plain formula, over all records, whatever part is asked for; single precision has seven digits. */
    @Test
    void toJson_smoothed_isTheMovingAverageOfAllRecords() {
        RunRows rows = rows(20_000, 5000);
        double keep = 0.95;
        List<Double> plain = new ArrayList<>();
        double average = 0;
        for (int i = 0; i < 20_000; i++) {
            average = keep * average + (1 - keep) * rows.steps().loss(i);
            plain.add(average / (1 - Math.pow(keep, i + 1)));
        }
        for (double[] part : new double[][] {{-ALL, ALL}, {4000, 9000}, {5000, 5020}}) {
            JsonNode main = series(rows, Axis.STEP, part[0], part[1], 50, keep)
                    .path("branches")
                    .path(0);
            List<Double> steps = numbers(main.path("step"));
            List<Double> smoothed = numbers(main.path("smoothed"));
            assertThat(steps).hasSizeGreaterThan(20);
            for (int i = 0; i < steps.size(); i++) {
                assertThat(smoothed.get(i)).isCloseTo(plain.get(steps.get(i).intValue() - 1), within(1e-6));
            }
        }
    }

    @Test
    void toJson_withoutSmoothing_smoothedIsTheLoss() {
        JsonNode main = series(rows(100, 50), Axis.STEP, -ALL, ALL, 100, 0)
                .path("branches")
                .path(0);
        assertThat(main.path("smoothed")).isEqualTo(main.path("loss")).hasSize(100);
    }

    @Test
    void toJson_overTokensAndSeconds_isCutByThem() {
        RunRows rows = rows(1000, 500);
        JsonNode tokens = series(rows, Axis.TOKENS, 10_000, 20_000, 1000, 0)
                .path("branches")
                .path(0);
        assertThat(numbers(tokens.path("x"))).hasSize(101).startsWith(10_000.0).endsWith(20_000.0);
        assertThat(numbers(tokens.path("step"))).startsWith(100.0).endsWith(200.0);
        JsonNode seconds =
                series(rows, Axis.SECONDS, 10, 20, 1000, 0).path("branches").path(0);
        assertThat(numbers(seconds.path("x"))).hasSize(21).startsWith(10.0).endsWith(20.0);
    }

    /** A recovery goes on from where it left its parent, on every axis. */
    @Test
    void toJson_branches_areSeparateAndGoOnFromTheirStep() {
        RunRows rows = new RunRows();
        for (int i = 1; i <= 10; i++) {
            rows.add(TestRuns.step(i, i));
        }
        rows.add(TestRuns.branch(4, "recovery-1", "main"));
        for (int i = 5; i <= 6; i++) {
            rows.add(TestRuns.step(i, 100 + i));
        }
        rows.add(TestRuns.eval(6, 1.5));
        ObjectNode json = series(rows, Axis.TOKENS, -ALL, ALL, 100, 0.5);
        JsonNode second = json.path("branches").path(1);
        assertThat(json.path("branches")).hasSize(2);
        assertThat(second.path("name").asText()).isEqualTo("recovery-1");
        assertThat(second.path("parent").asText()).isEqualTo("main");
        assertThat(numbers(second.path("step"))).containsExactly(5.0, 6.0);
        assertThat(numbers(second.path("x"))).containsExactly(500.0, 600.0);
        assertThat(numbers(second.path("smoothed")).get(0)).isCloseTo(105, within(1e-9));
        assertThat(numbers(json.path("branches").path(0).path("step"))).hasSize(10);
        JsonNode eval = json.path("evals").path(0);
        assertThat(eval.path("branch").asText()).isEqualTo("recovery-1");
        assertThat(eval.path("x").asDouble()).isEqualTo(600);
        assertThat(eval.path("values").path("bleu-4").asDouble()).isEqualTo(0.5);
    }

    @Test
    void toJson_noRows_isEmpty() {
        ObjectNode json = series(new RunRows(), Axis.STEP, -ALL, ALL, 100, 0.9);
        assertThat(json.path("exact").asBoolean()).isTrue();
        assertThat(json.has("first")).isFalse();
        assertThat(json.path("branches").path(0).path("x")).isEmpty();
    }

    @Test
    void request_outOfRange_saysWhatIsAllowed() {
        assertThatThrownBy(() -> new SeriesRequest(Axis.STEP, 0, 1, 5, 0)).hasMessageContaining("10 to 20000");
        assertThatThrownBy(() -> new SeriesRequest(Axis.STEP, 0, 1, 50, 1)).hasMessageContaining("smooth");
        assertThatThrownBy(() -> new SeriesRequest(Axis.STEP, Double.NaN, 1, 50, 0))
                .hasMessageContaining("from");
        assertThatThrownBy(() -> Axis.of("epoch")).hasMessageContaining("step, tokens or seconds");
        assertThat(Axis.of("tokens")).isEqualTo(Axis.TOKENS);
    }
}
