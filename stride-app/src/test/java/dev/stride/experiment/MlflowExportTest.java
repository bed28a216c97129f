package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The requests are those that MLflow 3.17.2 took; here a server of a few lines takes them down. */
class MlflowExportTest {
    private record Call(String path, JsonNode body, String authorization) {}

    @TempDir
    Path temp;

    private final List<Call> calls = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger runs = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().toString();
            byte[] body = exchange.getRequestBody().readAllBytes();
            calls.add(new Call(
                    path.replace("/api/2.0/mlflow/", ""),
                    JsonFields.JSON.readTree(body.length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : body),
                    String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"))));
            int status = 200;
            String answer = "{}";
            if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                status = 503;
            } else if (path.contains("get-by-name")) {
                status = 404;
                answer = "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"none\"}";
            } else if (path.endsWith("experiments/create")) {
                answer = "{\"experiment_id\":\"7\"}";
            } else if (path.endsWith("runs/create")) {
                answer = "{\"run\":{\"info\":{\"run_id\":\"run-" + runs.incrementAndGet() + "\"}}}";
            }
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String uri() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static TrialSummary sweep() {
        return new TrialSummary(
                "s",
                "s",
                TrialSummary.State.SUCCEEDED,
                Map.of("batch", 64.0),
                Map.of("vary", "lr"),
                Map.of("answer/lr", 0.001),
                5000,
                9000,
                List.of());
    }

    private static TrialSummary trial(int steps) {
        List<RunEvent> events = new ArrayList<>();
        LongStream.rangeClosed(1, steps)
                .forEach(step -> events.add(
                        new StepEvent(step, step == 2 ? Double.NaN : 3, Map.of("decay", 1e-3), 1, 10, 0.5, 20, 1)));
        events.add(new EvalEvent(steps, 2.5, 10, Map.of("bleu-4", 0.2), 1));
        return new TrialSummary(
                "lr-1e-3",
                "lr 1e-3",
                TrialSummary.State.ENDED,
                Map.of("lr", 1e-3),
                Map.of("method", "lora"),
                Map.of(),
                6000,
                8000,
                events);
    }

    private List<JsonNode> bodies(String call) {
        return calls.stream().filter(c -> c.path().equals(call)).map(Call::body).toList();
    }

    private static List<String> keys(JsonNode list) {
        List<String> keys = new ArrayList<>();
        list.forEach(node -> keys.add(node.path("key").textValue()));
        return keys;
    }

    @Test
    void sweep_isARun_andATrialARunBelowIt() {
        MlflowExport.Sent sent = MlflowExport.send(temp, uri(), "s", sweep(), List.of(trial(3)));
        assertThat(sent.experiment()).isEqualTo("7");
        assertThat(sent.parent()).isEqualTo("run-1");
        assertThat(calls.get(0).path()).isEqualTo("experiments/get-by-name?experiment_name=stride");
        assertThat(bodies("experiments/create"))
                .singleElement()
                .satisfies(body -> assertThat(body.toString()).isEqualTo("{\"name\":\"stride\"}"));
        List<JsonNode> created = bodies("runs/create");
        assertThat(created).hasSize(2);
        assertThat(created.get(1).toString())
                .isEqualTo("{\"experiment_id\":\"7\",\"run_name\":\"lr-1e-3\",\"start_time\":6000,\"tags\":["
                        + "{\"key\":\"mlflow.runName\",\"value\":\"lr-1e-3\"},"
                        + "{\"key\":\"mlflow.parentRunId\",\"value\":\"run-1\"}]}");
        assertThat(keys(created.get(0).path("tags"))).containsExactly("mlflow.runName");
        assertThat(bodies("runs/update").stream().map(JsonNode::toString))
                .containsExactly(
                        "{\"run_id\":\"run-1\",\"status\":\"FINISHED\",\"end_time\":9000}",
                        "{\"run_id\":\"run-2\",\"status\":\"KILLED\",\"end_time\":8000}");
        JsonNode params = bodies("runs/log-batch").get(2);
        assertThat(params.toString())
                .isEqualTo("{\"run_id\":\"run-2\",\"params\":[{\"key\":\"lr\",\"value\":\"0.001\"},"
                        + "{\"key\":\"method\",\"value\":\"lora\"}]}");
        JsonNode metrics = bodies("runs/log-batch").get(3).path("metrics");
        assertThat(metrics).hasSize(3 * 3 + 2);
        assertThat(metrics.get(0).toString())
                .isEqualTo("{\"key\":\"train/loss\",\"value\":3.0,\"timestamp\":6500,\"step\":1}");
        assertThat(metrics.get(3).path("value").textValue()).isEqualTo("NaN");
        assertThat(keys(metrics)).contains("lr/decay", "train/grad_norm", "eval/loss", "eval/bleu-4");
    }

    @Test
    void sentAgain_makesNoRun_andSendsOnlyWhatIsNew() {
        MlflowExport.send(temp, uri(), "s", sweep(), List.of(trial(3)));
        int before = calls.size();
        assertThat(MlflowExport.send(temp, uri(), "s", sweep(), List.of(trial(3)))
                        .metrics())
                .isZero();
        assertThat(calls.subList(before, calls.size()).stream().map(Call::path))
                .containsExactly(
                        "experiments/get-by-name?experiment_name=stride",
                        "experiments/create",
                        "runs/update",
                        "runs/update");
        assertThat(MlflowExport.send(temp, uri(), "s", sweep(), List.of(trial(4)))
                        .metrics())
                .as("three values of update 4 and two of its evaluation")
                .isEqualTo(5);
        assertThat(runs).hasValue(2);
    }

    @Test
    void batches_keepToTheServersLimit() {
        MlflowExport.Sent sent = MlflowExport.send(temp, uri(), "s", sweep(), List.of(trial(700)));
        assertThat(sent.metrics()).isEqualTo(1 + 700 * 3 + 2);
        List<Integer> sizes = bodies("runs/log-batch").stream()
                .map(body -> body.path("metrics").size())
                .filter(size -> size > 0)
                .toList();
        assertThat(sizes).containsExactly(1, 1000, 1000, 102);
    }

    @Test
    void serverThatIsBusy_isAskedAgain() {
        failures.set(2);
        assertThat(MlflowExport.send(temp, uri(), "s", sweep(), List.of()).parent())
                .isEqualTo("run-1");
        assertThat(calls.stream().filter(call -> call.path().contains("get-by-name")))
                .hasSize(3);
    }

    @Test
    void serverThatIsAway_failsWithItsAddress_andWithoutThePassword() {
        server.stop(0);
        String address = uri().replace("//", "//me:secret@");
        assertThatThrownBy(() -> MlflowExport.send(temp, address, "s", sweep(), List.of()))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(uri())
                .hasMessageContaining("does not answer")
                .hasMessageNotContaining("secret");
    }

    @Test
    void password_isSent_andNotKept() throws IOException {
        MlflowExport.send(temp, uri().replace("//", "//me:secret@"), "s", sweep(), List.of());
        assertThat(calls)
                .isNotEmpty()
                .allSatisfy(call -> assertThat(call.authorization()).isEqualTo("Basic bWU6c2VjcmV0"));
        assertThat(Files.readString(temp.resolve("mlflow.json")))
                .contains("run-1")
                .doesNotContain("secret");
    }

    @Test
    void addressThatIsNone_isRefused() {
        for (String wrong : List.of("localhost:5000", "file:/tmp/mlruns", "http://", "a b")) {
            assertThatThrownBy(() -> MlflowExport.send(temp, wrong, "s", sweep(), List.of()))
                    .as(wrong)
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("http://127.0.0.1:5000");
        }
    }
}
