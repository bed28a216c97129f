package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A sweep in MLflow: one run for the sweep, and below it one for each trial, with its settings, its losses, rates and
 * scores by step. It reads what is on disk, so a server that is away costs the training nothing.
 *
 * <p>{@code mlflow.json} beside {@code sweep.json} keeps the ids of the runs and how far each was sent, by server:
 * sending again sends what is new. Times of metrics follow from those of the trial, so what is sent twice after a broken
 * connection is the same metric to the server.
 */
public final class MlflowExport {
    /** The limits of one {@code runs/log-batch}. */
    private static final int MOST_METRICS = 1000;

    private static final int MOST_PARAMS = 100;

    /** What every MLflow since 1.28 takes for a parameter's value. */
    private static final int LONGEST_VALUE = 500;

    private static final String FILE = "mlflow.json";

    private final Path file;
    private final MlflowClient client;
    private final ObjectNode state;
    private final ObjectNode runs;
    private int sent;
    private int cut;

    private MlflowExport(Path folder, MlflowClient client) {
        this.file = folder.resolve(FILE);
        this.client = client;
        JsonNode known = EventReader.json(file);
        this.state = known instanceof ObjectNode object ? object : JsonFields.empty();
        this.runs = state.withObject("/servers").withObjectProperty(client.server());
    }

    /**
     * What was sent.
     *
     * @param server its address, without name and password
     * @param experiment the experiment's id
     * @param parent the id of the sweep's run
     * @param metrics values that the server did not have
     * @param cut values of settings that were longer than MLflow takes and were cut
     */
    public record Sent(String server, String experiment, String parent, int metrics, int cut) {}

    /**
     * Sends what the server does not have yet.
     *
     * @param folder the sweep's
     * @param uri the server's address
     * @param name of the sweep's run; the experiment is {@code stride}
     * @param sweep the sweep itself: settings that all trials share, its answer as metrics
     * @throws java.io.UncheckedIOException if the server does not answer or refuses
     */
    public static Sent send(Path folder, String uri, String name, TrialSummary sweep, List<TrialSummary> trials) {
        MlflowClient client = new MlflowClient(uri);
        MlflowExport export = new MlflowExport(folder, client);
        String experiment = client.experiment("stride");
        if (!export.runs.path("experiment_id").asText(experiment).equals(experiment)) {
            // another server has taken the address; the ids of the old one mean nothing to it
            export.runs.removeAll();
        }
        export.runs.put("experiment_id", experiment);
        String parent = export.run(experiment, name, sweep, "");
        for (TrialSummary trial : trials) {
            export.run(experiment, trial.name(), trial, parent);
        }
        return new Sent(client.server(), experiment, parent, export.sent, export.cut);
    }

    private String run(String experiment, String name, TrialSummary trial, String parent) {
        ObjectNode known = runs.withObject("/runs").withObjectProperty(parent.isEmpty() ? "." : trial.name());
        if (!known.path("run_id").isTextual()) {
            ArrayNode tags = JsonNodeFactory.instance.arrayNode();
            tags.addObject().put("key", "mlflow.runName").put("value", name);
            if (!parent.isEmpty()) {
                tags.addObject().put("key", "mlflow.parentRunId").put("value", parent);
            }
            ObjectNode body = JsonFields.empty().put("experiment_id", experiment);
            body.put("run_name", name).put("start_time", trial.startMillis());
            body.set("tags", tags);
            JsonNode info = client.post("runs/create", body).path("run").path("info");
            known.put("run_id", info.path("run_id").asText()).put("start", trial.startMillis());
            save();
        }
        String id = known.path("run_id").textValue();
        if (!known.path("params").asBoolean(false)) {
            params(id, trial);
            known.put("params", true);
            save();
        }
        metrics(id, known, trial);
        ObjectNode end = JsonFields.empty().put("run_id", id);
        end.put(
                "status",
                switch (trial.state()) {
                    case RUNNING -> "RUNNING";
                    case SUCCEEDED -> "FINISHED";
                    case FAILED -> "FAILED";
                    case ENDED -> "KILLED";
                });
        if (trial.state() != TrialSummary.State.RUNNING) {
            end.put("end_time", trial.endMillis());
        }
        client.post("runs/update", end);
        return id;
    }

    private void params(String id, TrialSummary trial) {
        Map<String, String> all = new LinkedHashMap<>();
        trial.numbers().forEach((name, value) -> all.put(name, number(value)));
        all.putAll(trial.words());
        List<Map.Entry<String, String>> entries = new ArrayList<>(all.entrySet());
        for (int from = 0; from < entries.size(); from += MOST_PARAMS) {
            ObjectNode body = JsonFields.empty().put("run_id", id);
            ArrayNode params = body.putArray("params");
            for (Map.Entry<String, String> entry :
                    entries.subList(from, Math.min(entries.size(), from + MOST_PARAMS))) {
                String value = entry.getValue();
                if (value.length() > LONGEST_VALUE) {
                    cut++;
                    value = value.substring(0, LONGEST_VALUE);
                }
                params.addObject().put("key", entry.getKey()).put("value", value);
            }
            client.post("runs/log-batch", body);
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private void metrics(String id, ObjectNode known, TrialSummary trial) {
        List<ObjectNode> metrics = new ArrayList<>();
        long steps = known.path("steps").asLong(0);
        long evals = known.path("evals").asLong(-1);
        long lastStep = steps;
        long lastEval = evals;
        double seconds = 0;
        long start = known.path("start").asLong(trial.startMillis());
        for (RunEvent event : trial.events()) {
            if (event instanceof StepEvent step) {
                seconds += Double.isFinite(step.seconds()) ? step.seconds() : 0;
                if (step.step() > steps) {
                    long at = start + Math.round(1000 * seconds);
                    add(metrics, "train/loss", step.loss(), at, step.step());
                    add(metrics, "train/grad_norm", step.gradNorm(), at, step.step());
                    step.lr().forEach((group, rate) -> add(metrics, "lr/" + group, rate, at, step.step()));
                    lastStep = Math.max(lastStep, step.step());
                }
            } else if (event instanceof EvalEvent eval && eval.step() > evals) {
                long at = start + Math.round(1000 * seconds);
                add(metrics, "eval/loss", eval.loss(), at, eval.step());
                eval.scores().forEach((name, score) -> add(metrics, "eval/" + name, score, at, eval.step()));
                lastEval = Math.max(lastEval, eval.step());
            }
        }
        if (trial.events().isEmpty()) {
            // the sweep itself: its answer may change while it goes on, and only then is sent again
            ObjectNode answer = JsonFields.empty();
            JsonFields.putAll(answer, trial.metrics());
            if (!answer.equals(known.path("answer"))) {
                trial.metrics().forEach((name, value) -> add(metrics, name, value, trial.endMillis(), 0));
                known.set("answer", answer);
            }
        }
        for (int from = 0; from < metrics.size(); from += MOST_METRICS) {
            ObjectNode body = JsonFields.empty().put("run_id", id);
            body.putArray("metrics").addAll(metrics.subList(from, Math.min(metrics.size(), from + MOST_METRICS)));
            client.post("runs/log-batch", body);
        }
        sent += metrics.size();
        known.put("steps", lastStep).put("evals", lastEval);
        save();
    }

    /** MLflow takes numbers that are not finite as the strings that JSON knows none for. */
    private static void add(List<ObjectNode> metrics, String key, double value, long at, long step) {
        ObjectNode metric = JsonFields.empty().put("key", key);
        JsonFields.putAll(metric, Collections.singletonMap("value", value));
        metrics.add(metric.put("timestamp", at).put("step", step));
    }

    private void save() {
        AtomicFile.write(file, state.toPrettyString() + "\n");
    }
}
