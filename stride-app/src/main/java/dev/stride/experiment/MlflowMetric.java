package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One value of one metric in MLflow.
 *
 * @param key {@code train/loss}, {@code lr/<group>}, {@code eval/<score>}; with the branch in front where it is a recovery
 * @param value may be not finite
 * @param timestamp milliseconds since 1970: the run's start and the seconds of its updates and evaluations, so that the
 *     same event has the same time whenever it is sent
 * @param step updates made
 */
record MlflowMetric(String key, double value, long timestamp, long step) {
    private static final int LONGEST_KEY = 250;

    /**
     * Lines of {@code events.jsonl} as metrics.
     *
     * @param metrics in the order of the lines
     * @param tags the last verdict
     * @param seconds of updates and evaluations from the run's beginning to the last line
     * @param unread lines that say nothing that is known
     */
    record Read(List<MlflowMetric> metrics, Map<String, String> tags, double seconds, int unread) {}

    /**
     * Reads lines.
     *
     * @param start of the run, in milliseconds since 1970
     * @param before seconds of updates and evaluations before the first line
     */
    static Read of(List<String> lines, long start, double before) {
        List<MlflowMetric> metrics = new ArrayList<>();
        Map<String, String> tags = new LinkedHashMap<>();
        double seconds = before;
        int unread = 0;
        for (String line : lines) {
            RunEvent event;
            String prefix;
            try {
                JsonNode json = JsonFields.JSON.readTree(line);
                event = RunEvent.fromJson(json);
                String branch = json.path("branch").asText(RunBranch.MAIN);
                prefix = branch.equals(RunBranch.MAIN) ? "" : branch + "/";
            } catch (IOException | IllegalArgumentException damaged) {
                unread++;
                continue;
            }
            if (event instanceof StepEvent step) {
                seconds += Double.isFinite(step.seconds()) ? step.seconds() : 0;
                long at = start + Math.round(1000 * seconds);
                metrics.add(of(prefix + "train/loss", step.loss(), at, step.step()));
                metrics.add(of(prefix + "train/grad_norm", step.gradNorm(), at, step.step()));
                if (Double.isFinite(step.tokensPerSecond())) {
                    metrics.add(of(prefix + "train/tokens_per_second", step.tokensPerSecond(), at, step.step()));
                }
                step.lr().forEach((group, rate) -> metrics.add(of(prefix + "lr/" + group, rate, at, step.step())));
            } else if (event instanceof EvalEvent eval) {
                seconds += Double.isFinite(eval.seconds()) ? eval.seconds() : 0;
                long at = start + Math.round(1000 * seconds);
                metrics.add(of(prefix + "eval/loss", eval.loss(), at, eval.step()));
                eval.scores()
                        .forEach((name, score) -> metrics.add(of(prefix + "eval/" + name, score, at, eval.step())));
            } else if (event instanceof VerdictEvent verdict) {
                tags.put(
                        "stride.verdict",
                        "step " + verdict.step() + ": " + verdict.monitor() + ": " + verdict.action() + ": "
                                + verdict.reason());
            }
        }
        return new Read(metrics, tags, seconds, unread);
    }

    static MlflowMetric of(String key, double value, long timestamp, long step) {
        return new MlflowMetric(key(key), value, timestamp, step);
    }

    /** A name with what MLflow takes in one: letters, digits, {@code _ - . : /} and blanks, and no way up a folder. */
    static String key(String name) {
        String clean = name.replaceAll("[^\\p{L}\\p{N}_\\-./ ]", "_")
                .replaceAll("\\.\\.+", "_")
                .replaceAll("/(\\./)+|/{2,}", "/")
                .replaceAll("/{2,}", "/")
                .replaceAll("^[/.]+|[/.]+$", "");
        if (clean.isBlank()) {
            return "_";
        }
        return clean.length() > LONGEST_KEY ? clean.substring(0, LONGEST_KEY).replaceAll("[/.]+$", "") : clean;
    }

    /** MLflow takes numbers that are not finite as the strings that JSON knows none for. */
    ObjectNode toJson() {
        ObjectNode json = JsonFields.empty().put("key", key);
        JsonFields.put(json, "value", value);
        return json.put("timestamp", timestamp).put("step", step);
    }
}
