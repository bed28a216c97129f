package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;

/**
 * A server of this machine that keeps what MLflow would keep. It is stricter than the real one where that matters: a metric
 * that comes twice stands there twice.
 */
public final class StubMlflow implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What happens to a call. */
    public enum Fate {
        HEARD,
        /** It is done, and the answer is lost. */
        ANSWER_LOST,
        /** It is not heard. */
        DROPPED,
        BUSY,
        FORBIDDEN
    }

    /** Decides about calls, for example {@code runs/create}; may wait. */
    public interface Judge {
        Fate of(String call, JsonNode body) throws InterruptedException;
    }

    /** One run. */
    public static final class Run {
        public final String id;
        public final Map<String, String> tags = new LinkedHashMap<>();
        public final Map<String, String> params = new LinkedHashMap<>();
        public final Map<String, List<JsonNode>> metrics = new LinkedHashMap<>();
        public final Map<String, String> files = new LinkedHashMap<>();
        public String name = "";
        public String experiment = "";
        public String status = "RUNNING";
        public long start;
        public long end;
        public boolean isDeleted;

        Run(String id) {
            this.id = id;
        }

        /** The steps of a metric, in the order of their coming. */
        public List<Long> steps(String key) {
            return metrics.getOrDefault(key, List.of()).stream()
                    .map(metric -> metric.path("step").longValue())
                    .toList();
        }

        /** Its values; those that are not finite are strings. */
        public List<Double> values(String key) {
            return metrics.getOrDefault(key, List.of()).stream()
                    .map(metric -> Double.valueOf(metric.path("value").asText()))
                    .toList();
        }
    }

    public final Map<String, String> experiments = Collections.synchronizedMap(new LinkedHashMap<>());
    public final Map<String, Run> runs = Collections.synchronizedMap(new LinkedHashMap<>());
    public final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    public final List<JsonNode> batches = Collections.synchronizedList(new ArrayList<>());
    public final List<String> authorizations = Collections.synchronizedList(new ArrayList<>());
    public volatile String artifacts = "mlflow-artifacts:/";
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile Judge judge = (call, body) -> Fate.HEARD;
    private HttpServer server;
    private int port;

    public StubMlflow() {
        start();
    }

    /** Answers again, at the same address. */
    public void start() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        port = server.getAddress().getPort();
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    /** Is away. */
    public void stop() {
        server.stop(0);
    }

    public String uri() {
        return "http://127.0.0.1:" + port;
    }

    public void judge(Judge by) {
        judge = by;
    }

    /** The run of a name. */
    public Run run(String name) {
        synchronized (runs) {
            List<Run> found =
                    runs.values().stream().filter(run -> run.name.equals(name)).toList();
            if (found.size() != 1) {
                throw new AssertionError(found.size() + " runs are named " + name + " of "
                        + runs.values().stream().map(run -> run.name).toList());
            }
            return found.get(0);
        }
    }

    @Override
    public void close() {
        stop();
        threads.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String query = exchange.getRequestURI().getRawQuery();
            byte[] bytes = exchange.getRequestBody().readAllBytes();
            String call = path.replaceFirst("^/api/2\\.0/(mlflow/)?", "");
            boolean isFile = call.startsWith("mlflow-artifacts");
            JsonNode body = bytes.length == 0 || isFile ? JSON.createObjectNode() : JSON.readTree(bytes);
            calls.add(call);
            authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            Fate fate = judge.of(call, body);
            if (fate == Fate.DROPPED) {
                return;
            }
            if (fate == Fate.BUSY) {
                say(exchange, 503, "upstream is busy");
                return;
            }
            if (fate == Fate.FORBIDDEN) {
                say(exchange, 403, "Permission denied for\nthis <user>");
                return;
            }
            Answer answer = isFile ? file(call, bytes) : answer(call, query == null ? "" : query, body);
            if (fate != Fate.ANSWER_LOST) {
                say(exchange, answer.status(), answer.body().toString());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void say(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private record Answer(int status, JsonNode body) {}

    private static Answer wrong(int status, String code, String message) {
        return new Answer(
                status, JSON.createObjectNode().put("error_code", code).put("message", message));
    }

    private static Answer good(UnaryOperator<ObjectNode> fill) {
        return new Answer(200, fill.apply(JSON.createObjectNode()));
    }

    private synchronized Answer file(String call, byte[] bytes) {
        String[] parts = call.split("/");
        Run run = Objects.requireNonNull(runs.get(parts[3]));
        run.files.put(parts[5], new String(bytes, StandardCharsets.UTF_8));
        return good(body -> body);
    }

    private synchronized Answer answer(String call, String query, JsonNode body) {
        String value = URLDecoder.decode(query.replaceFirst("^[^=]*=", ""), StandardCharsets.UTF_8);
        return switch (call) {
            case "experiments/get-by-name" -> experiment(value);
            case "experiments/create" -> {
                String id = Integer.toString(experiments.size() + 1);
                experiments.put(body.path("name").textValue(), id);
                yield good(answer -> answer.put("experiment_id", id));
            }
            case "runs/create" -> create(body);
            case "runs/get" ->
                runs.containsKey(value)
                        ? good(answer -> answer.set("run", json(runs.get(value))))
                        : wrong(404, "RESOURCE_DOES_NOT_EXIST", "Run with id=" + value + " not found");
            case "runs/search" -> search(body);
            case "runs/log-batch" -> batch(body);
            case "runs/update" -> {
                Run run = Objects.requireNonNull(runs.get(body.path("run_id").textValue()));
                run.status = body.path("status").textValue();
                run.end = body.path("end_time").asLong(run.end);
                yield good(answer -> answer);
            }
            default -> wrong(404, "ENDPOINT_NOT_FOUND", call);
        };
    }

    private Answer experiment(String name) {
        String id = experiments.get(name);
        if (id == null) {
            return wrong(404, "RESOURCE_DOES_NOT_EXIST", "no experiment " + name);
        }
        return good(answer -> {
            answer.putObject("experiment").put("experiment_id", id).put("lifecycle_stage", "active");
            return answer;
        });
    }

    private Answer create(JsonNode body) {
        Run run = new Run("run-" + (runs.size() + 1));
        run.experiment = body.path("experiment_id").textValue();
        run.name = body.path("run_name").textValue();
        run.start = body.path("start_time").longValue();
        body.path("tags")
                .forEach(tag -> run.tags.put(
                        tag.path("key").textValue(), tag.path("value").textValue()));
        runs.put(run.id, run);
        return good(answer -> answer.set("run", json(run)));
    }

    private Answer search(JsonNode body) {
        return good(answer -> {
            ArrayNode found = answer.putArray("runs");
            for (Run run : runs.values()) {
                String filter = "tags.`stride.id` = '" + run.tags.get("stride.id") + "'";
                if (filter.equals(body.path("filter").textValue())) {
                    found.add(json(run));
                }
            }
            return answer;
        });
    }

    private Answer batch(JsonNode body) {
        batches.add(body);
        Run run = runs.get(body.path("run_id").textValue());
        if (run == null) {
            return wrong(404, "RESOURCE_DOES_NOT_EXIST", "no run " + body.path("run_id"));
        }
        if (body.path("metrics").size() > 1000 || body.path("params").size() > 100) {
            return wrong(400, "INVALID_PARAMETER_VALUE", "too many");
        }
        for (JsonNode param : body.path("params")) {
            String key = param.path("key").textValue();
            String old = run.params.putIfAbsent(key, param.path("value").textValue());
            if (old != null && !old.equals(param.path("value").textValue())) {
                return wrong(400, "INVALID_PARAMETER_VALUE", "Changing param values is not allowed: " + key);
            }
        }
        for (JsonNode named : List.of(body.path("metrics"), body.path("params"), body.path("tags"))) {
            for (JsonNode one : named) {
                if (!one.path("key").textValue().matches("[\\w./ \\-\\p{IsHan}]+")) {
                    return wrong(400, "INVALID_PARAMETER_VALUE", "Invalid value " + one.path("key"));
                }
            }
        }
        body.path("tags")
                .forEach(tag -> run.tags.put(
                        tag.path("key").textValue(), tag.path("value").textValue()));
        body.path("metrics")
                .forEach(metric -> run.metrics
                        .computeIfAbsent(metric.path("key").textValue(), key -> new ArrayList<>())
                        .add(metric));
        return good(answer -> answer);
    }

    private ObjectNode json(Run run) {
        ObjectNode json = JSON.createObjectNode();
        json.putObject("info")
                .put("run_id", run.id)
                .put("lifecycle_stage", run.isDeleted ? "deleted" : "active")
                .put("artifact_uri", artifacts + run.experiment + "/" + run.id + "/artifacts");
        ArrayNode latest = json.putObject("data").putArray("metrics");
        run.metrics.forEach((key, all) -> latest.add(all.stream()
                .max(Comparator.comparingLong(metric -> metric.path("step").longValue()))
                .orElseThrow()));
        return json;
    }
}
