package dev.stride.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.TestTools;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A real {@code mlflow server} of this machine with an empty store, and what its REST interface says. */
final class MlflowServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PATIENCE_SECONDS = 180;

    private final Path tools;
    private final Path folder;
    private final int port;
    private final HttpClient http = HttpClient.newHttpClient();
    private Process process;

    /** One run as the server has it. */
    record Run(String id, JsonNode info, Map<String, String> params, Map<String, String> tags, List<String> metrics) {}

    /** Starts it; its files are below the folder. */
    MlflowServer(Path tools, Path folder) throws Exception {
        this.tools = tools;
        this.folder = folder;
        this.port = TestTools.freePort();
        this.process = start();
    }

    String uri() {
        return "http://127.0.0.1:" + port;
    }

    private Process start() throws Exception {
        Path log = folder.resolve("server.log");
        Process started = TestTools.program(
                        tools,
                        log,
                        List.of(
                                tools.resolve("bin/python").toString(),
                                "-m",
                                "mlflow",
                                "server",
                                "--host",
                                "127.0.0.1",
                                "--port",
                                Integer.toString(port),
                                "--workers",
                                "1",
                                "--backend-store-uri",
                                "sqlite:///" + folder.resolve("mlflow.db").toAbsolutePath(),
                                "--artifacts-destination",
                                folder.resolve("artifacts").toAbsolutePath().toString()))
                .directory(folder.toFile())
                .start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!isUp()) {
            if (System.nanoTime() > end || !started.isAlive()) {
                TestTools.end(started);
                throw new AssertionError("mlflow server does not start:\n" + Files.readString(log));
            }
            Thread.sleep(200);
        }
        return started;
    }

    private boolean isUp() throws InterruptedException {
        try {
            return http.send(
                                    HttpRequest.newBuilder(URI.create(uri() + "/health"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .statusCode()
                    == 200;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Ends it; what it has stays on the disk. */
    void stop() throws InterruptedException {
        TestTools.end(process);
    }

    /** Starts it again at the same address with what it had. */
    void again() throws Exception {
        process = start();
    }

    @Override
    public void close() throws InterruptedException {
        stop();
    }

    private String ask(String path, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri() + path));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
        }
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new AssertionError(path + ": " + response.statusCode() + " " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new AssertionError(path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private JsonNode json(String call, String body) {
        try {
            return JSON.readTree(ask("/api/2.0/mlflow/" + call, body));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Makes a call that changes something. */
    void post(String call, ObjectNode body) {
        json(call, body.toString());
    }

    String experiment(String name) {
        return json("experiments/get-by-name?experiment_name=" + encoded(name), "")
                .at("/experiment/experiment_id")
                .asText();
    }

    /** All runs of an experiment that a filter of MLflow's lets through; empty: all. */
    List<Run> runs(String experiment, String filter) {
        ObjectNode search = JSON.createObjectNode().put("filter", filter);
        search.putArray("experiment_ids").add(experiment(experiment));
        List<Run> runs = new ArrayList<>();
        json("runs/search", search.toString()).path("runs").forEach(run -> runs.add(run(run)));
        return runs;
    }

    private static Run run(JsonNode run) {
        List<String> metrics = new ArrayList<>();
        run.at("/data/metrics").forEach(metric -> metrics.add(metric.path("key").asText()));
        return new Run(
                run.at("/info/run_id").asText(),
                run.path("info"),
                pairs(run.at("/data/params")),
                pairs(run.at("/data/tags")),
                metrics);
    }

    private static Map<String, String> pairs(JsonNode list) {
        Map<String, String> pairs = new LinkedHashMap<>();
        list.forEach(
                pair -> pairs.put(pair.path("key").asText(), pair.path("value").asText()));
        return pairs;
    }

    /** The whole history of a metric, as step and value, by step. */
    List<Map.Entry<Long, Double>> history(Run run, String metric) {
        List<Map.Entry<Long, Double>> history = new ArrayList<>();
        String token = "";
        do {
            JsonNode page = json(
                    "metrics/get-history?run_id=" + run.id() + "&metric_key=" + encoded(metric) + "&max_results=100"
                            + (token.isEmpty() ? "" : "&page_token=" + encoded(token)),
                    "");
            page.path("metrics")
                    .forEach(one -> history.add(Map.entry(
                            one.path("step").longValue(),
                            Double.valueOf(one.path("value").asText()))));
            token = page.path("next_page_token").asText("");
        } while (!token.isEmpty());
        history.sort(Map.Entry.comparingByKey());
        return history;
    }

    /** The names of a run's files. */
    List<String> files(Run run) {
        List<String> names = new ArrayList<>();
        json("artifacts/list?run_id=" + run.id(), "")
                .path("files")
                .forEach(file -> names.add(file.path("path").asText()));
        return names;
    }

    /** A file of a run, as the server's page downloads it. */
    String file(Run run, String name) {
        return ask("/get-artifact?path=" + encoded(name) + "&run_uuid=" + run.id(), "");
    }
}
