package dev.stride.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.experiment.EventReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A sweep's folder read back for its page, also while the sweep still runs. Keys that are not known are left alone; of
 * those that are, all wrong ones are said at once.
 */
public final class SweepFile {
    /** What makes a folder that of a sweep. */
    public static final String NAME = "sweep.json";

    private final Path folder;
    private final List<Problem> problems = new ArrayList<>();

    private SweepFile(Path folder) {
        this.folder = folder;
    }

    /** Whether a folder holds a sweep. */
    public static boolean isIn(Path folder) {
        return Files.isRegularFile(folder.resolve(NAME));
    }

    /**
     * Reads {@code sweep.json} and the trials' folders.
     *
     * @throws UserException with everything that is wrong with the file
     */
    public static SweepData read(Path folder) {
        Path file = folder.resolve(NAME);
        JsonNode json;
        try {
            json = new ObjectMapper().readTree(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new UserException(file + " is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
        SweepFile reader = new SweepFile(folder);
        SweepData data = reader.data(json);
        if (!reader.problems.isEmpty() || data == null) {
            throw new UserException(file + " cannot be shown", reader.problems);
        }
        return data;
    }

    private @Nullable SweepData data(JsonNode json) {
        List<SweepData.Trial> trials = new ArrayList<>();
        JsonNode list = json.path("trials");
        if (!list.isArray() || list.isEmpty()) {
            wrong("trials", list, "a list of at least one trial");
            return null;
        }
        for (int i = 0; i < list.size(); i++) {
            trials.add(trial("trials[" + i + "].", list.get(i)));
        }
        String vary = text("", json, "vary", "lr");
        JsonNode updates = json.path("updates");
        Map<String, Long> saved = new LinkedHashMap<>();
        updates.path("saved")
                .properties()
                .forEach(entry ->
                        saved.put(entry.getKey(), whole("updates.saved.", updates.path("saved"), entry.getKey(), 0)));
        JsonNode metric = json.path("metric");
        return new SweepData(
                String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
                vary,
                text("metric.", metric, "name", "loss"),
                metric.path("higher_is_better").asBoolean(false),
                numbers("weights.", json.path("weights")),
                words(json.path("settings")),
                trials,
                new SweepData.Updates(
                        whole("updates.", updates, "made", 0), whole("updates.", updates, "grid", 0), saved),
                basin(json.path("basin")),
                answer(json.path("answer"), vary),
                texts(json.path("warnings")),
                List.of(),
                List.of(),
                true);
    }

    private SweepData.Trial trial(String at, JsonNode node) {
        String name = text(at, node, "name", null);
        String place = text(at, node, "folder", "trials/" + name);
        Path run = folder.resolve(place).normalize();
        if (!run.startsWith(folder.normalize())) {
            wrong(at + "folder", node.path("folder"), "a folder inside the sweep's");
        }
        JsonNode forked = node.path("forked");
        JsonNode best = node.path("best");
        return new SweepData.Trial(
                name,
                place,
                number(at, node, "lr", Double.NaN),
                node.path("value").isMissingNode() ? name : node.path("value").asText(),
                whole(at, node, "seed", 0),
                status(at, node),
                whole(at, node, "steps", 0),
                whole(at, node, "planned_steps", 0),
                text(at, node, "reason", ""),
                numbers(at + "metrics.", node.path("metrics")),
                best.isObject()
                        ? new SweepData.Best(
                                whole(at + "best.", best, "step", 0),
                                text(at + "best.", best, "metric", "loss"),
                                number(at + "best.", best, "value", Double.NaN))
                        : null,
                node.path("origin").asText().equals("grown"),
                forked.isObject()
                        ? new SweepData.Fork(
                                text(at + "forked.", forked, "from", null), whole(at + "forked.", forked, "step", 0))
                        : null,
                number(at, node, "seconds", Double.NaN),
                problems.isEmpty() && EventReader.isRun(run) ? ReportRun.of(name, EventReader.read(run)) : null);
    }

    private SweepData.Status status(String at, JsonNode node) {
        String word = text(at, node, "status", null);
        for (SweepData.Status status : SweepData.Status.values()) {
            if (status.word().equals(word)) {
                return status;
            }
        }
        wrong(at + "status", node.path("status"), "waiting, running, finished, pruned, stopped, failed, interrupted");
        return SweepData.Status.WAITING;
    }

    private SweepData.@Nullable Basin basin(JsonNode node) {
        return node.isObject()
                ? new SweepData.Basin(
                        number("basin.", node, "lr", Double.NaN),
                        number("basin.", node, "log10_width", Double.NaN),
                        node.path("at_edge").asBoolean(false))
                : null;
    }

    private SweepData.@Nullable Answer answer(JsonNode node, String vary) {
        if (!node.isObject() || !node.path("sentence").isTextual()) {
            return null;
        }
        String english = text("answer.", node, "sentence", "");
        String key = node.has("value") && !vary.equals("lr") ? "value" : "lr";
        return new SweepData.Answer(
                node.path(key).isNull() ? Double.NaN : axisValue(node.path(key), key),
                number("answer.", node, "low", Double.NaN),
                number("answer.", node, "high", Double.NaN),
                node.path("decided").asBoolean(true),
                new BilingualText(english, text("answer.", node, "sentence_zh", english)),
                text("answer.", node, "rests_on", ""),
                text("answer.", node, "command", ""));
    }

    private double axisValue(JsonNode node, String key) {
        if (node.isTextual()) {
            try {
                return Double.parseDouble(node.textValue());
            } catch (NumberFormatException notANumber) {
                // mixtures of data have no number
                return Double.NaN;
            }
        }
        return node.isMissingNode() ? Double.NaN : number(node, "answer." + key);
    }

    private Map<String, Double> numbers(String at, JsonNode node) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        node.properties().forEach(entry -> numbers.put(entry.getKey(), number(entry.getValue(), at + entry.getKey())));
        return numbers;
    }

    /** Settings as people read them; what is nested is left out. */
    private static Map<String, String> words(JsonNode node) {
        Map<String, String> words = new LinkedHashMap<>();
        node.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            if (value.isValueNode() && !value.isNull()) {
                words.put(
                        entry.getKey(),
                        value.isFloatingPointNumber() ? Numbers.compact(value.doubleValue()) : value.asText());
            }
        });
        return words;
    }

    private List<String> texts(JsonNode node) {
        List<String> texts = new ArrayList<>();
        node.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private String text(String at, JsonNode node, String key, @Nullable String ifAbsent) {
        JsonNode value = node.path(key);
        if (value.isTextual()) {
            return value.textValue();
        }
        if (ifAbsent == null || !(value.isMissingNode() || value.isNull())) {
            wrong(at + key, value, "a text");
            return "";
        }
        return ifAbsent;
    }

    private long whole(String at, JsonNode node, String key, long ifAbsent) {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return ifAbsent;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            wrong(at + key, value, "a whole number");
        }
        return value.asLong();
    }

    private double number(String at, JsonNode node, String key, double ifAbsent) {
        JsonNode value = node.path(key);
        return value.isMissingNode() || value.isNull() ? ifAbsent : number(value, at + key);
    }

    /** A number, or one of the strings that stand for those that are not finite. */
    private double number(JsonNode value, String where) {
        if (value.isNumber()) {
            return value.doubleValue();
        }
        switch (value.asText().toLowerCase(Locale.ROOT)) {
            case "nan" -> {
                return Double.NaN;
            }
            case "infinity" -> {
                return Double.POSITIVE_INFINITY;
            }
            case "-infinity" -> {
                return Double.NEGATIVE_INFINITY;
            }
            default -> {
                wrong(where, value, "a number");
                return Double.NaN;
            }
        }
    }

    private void wrong(String where, JsonNode found, String wanted) {
        problems.add(Problem.of(where, found.isMissingNode() ? "missing" : found.toString(), wanted));
    }
}
