package dev.stride.search;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.UserException;
import dev.stride.experiment.JsonFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A sweep as it stands: {@code sweep.json}, whole. Keys that are not known are ignored when it is read. Numbers that are
 * not finite are strings in the file.
 *
 * @param vary what differs between the trials
 * @param metric what decides
 * @param weights of the parts of a combined score, by metric; empty where one metric decides
 * @param settings what the trials have in common
 * @param trials in the order in which they were asked for
 * @param updates how many were made and saved
 * @param basin the fitted parabola, or null where none fits
 * @param answer what was found, or null while the sweep goes on
 * @param people who judged the texts, or null where nobody's votes are part of the answer
 * @param course what the search did and why, in sentences
 * @param warnings for people
 */
public record SweepResult(
        Vary vary,
        Metric metric,
        Map<String, Double> weights,
        SweepSettings settings,
        List<SweepTrial> trials,
        Updates updates,
        @Nullable FittedBasin basin,
        @Nullable SweepAnswer answer,
        @Nullable People people,
        List<Saying> course,
        List<String> warnings) {
    /** The file's name in a sweep's folder. */
    public static final String FILE = "sweep.json";

    /** The form of the file that this program writes. */
    private static final int VERSION = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What differs between the trials. */
    public enum Vary {
        LR("lr"),
        LORA_RANK("lora-rank"),
        MAX_LENGTH("max-length"),
        DATA("data");

        private final String word;

        Vary(String word) {
            this.word = word;
        }

        /** The word in {@code sweep.json}. */
        public String word() {
            return word;
        }
    }

    /**
     * What decides.
     *
     * @param name {@code loss}, {@code bleu-4}, ..., or {@code score} where weights are declared
     * @param higherIsBetter its direction
     */
    public record Metric(String name, boolean higherIsBetter) {}

    /**
     * How many updates the sweep took.
     *
     * @param made by all trials and their cooldowns together; a prefix that several share counts once
     * @param grid what all trials would have made, each on its own and to its end
     * @param saved by what saved them: {@code pruning}, {@code prefix}, and {@code trunk}: what cooldowns would have taken
     *     besides, each as a run of its own; that is no part of {@code grid}
     */
    public record Updates(long made, long grid, Map<String, Long> saved) {
        public Updates {
            saved = SweepFields.copy(saved);
        }
    }

    /**
     * The parabola of the score over the logarithm of the rate.
     *
     * @param lr its best rate
     * @param log10Width half of the 95 % interval of {@code lr}, in decades
     * @param atEdge whether {@code lr} lies outside of the rates that were tried
     */
    public record FittedBasin(double lr, double log10Width, boolean atEdge) {}

    /**
     * Whose votes are part of the answer.
     *
     * @param votes judgements that count
     * @param raters different people
     */
    public record People(int votes, int raters) {}

    public SweepResult {
        weights = SweepFields.copy(weights);
        trials = List.copyOf(trials);
        course = List.copyOf(course);
        warnings = List.copyOf(warnings);
    }

    /** A sweep as it goes on, without anything found yet. */
    public SweepResult(
            Vary vary,
            Metric metric,
            Map<String, Double> weights,
            SweepSettings settings,
            List<SweepTrial> trials,
            Updates updates,
            List<String> warnings) {
        this(vary, metric, weights, settings, trials, updates, null, null, null, List.of(), warnings);
    }

    /** The same with another answer. */
    public SweepResult withAnswer(SweepAnswer other) {
        return with(basin, other, people, warnings);
    }

    /** The same with other findings. */
    public SweepResult with(
            @Nullable FittedBasin fitted, @Nullable SweepAnswer found, @Nullable People voters, List<String> said) {
        return new SweepResult(vary, metric, weights, settings, trials, updates, fitted, found, voters, course, said);
    }

    /** The same with other trials. */
    public SweepResult withTrials(List<SweepTrial> others) {
        return new SweepResult(
                vary, metric, weights, settings, others, updates, basin, answer, people, course, warnings);
    }

    /** The same with what the search did. */
    public SweepResult withCourse(List<Saying> sentences) {
        return new SweepResult(
                vary, metric, weights, settings, trials, updates, basin, answer, people, sentences, warnings);
    }

    /** The sweep as one JSON object. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("version", VERSION).put("vary", vary.word());
        json.putObject("metric").put("name", metric.name()).put("higher_is_better", metric.higherIsBetter());
        SweepFields.putAll(json, "weights", weights);
        json.set("settings", settings.toJson());
        ArrayNode list = json.putArray("trials");
        trials.forEach(trial -> list.add(trial.toJson()));
        ObjectNode counts =
                json.putObject("updates").put("made", updates.made()).put("grid", updates.grid());
        ObjectNode saved = counts.putObject("saved");
        updates.saved().forEach(saved::put);
        if (basin != null) {
            ObjectNode inner = json.putObject("basin");
            JsonFields.put(inner, "lr", basin.lr());
            JsonFields.put(inner, "log10_width", basin.log10Width());
            inner.put("at_edge", basin.atEdge());
        }
        if (answer != null) {
            json.set("answer", answer.toJson());
        }
        if (people != null) {
            json.putObject("people").put("votes", people.votes()).put("raters", people.raters());
        }
        if (!course.isEmpty()) {
            ArrayNode english = json.putArray("course");
            ArrayNode chinese = json.putArray("course_zh");
            course.forEach(said -> {
                english.add(said.english());
                chinese.add(said.chinese());
            });
        }
        warnings.forEach(json.putArray("warnings")::add);
        return json;
    }

    /** The text of {@code sweep.json}, for people too: one key a line. */
    public String toText() {
        return toJson().toPrettyString() + "\n";
    }

    /**
     * Reads the sweep of a folder.
     *
     * @throws UserException if there is none in it, or one that cannot be read
     */
    public static SweepResult read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new UserException(folder + " holds no sweep: there is no " + FILE
                    + " in it. Give the folder that stride sweep wrote");
        }
        try {
            return parse(Files.readString(file), file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * The sweep that {@link #toText()} wrote.
     *
     * @param where the file, for the message
     * @throws UserException if the text is no sweep
     */
    public static SweepResult parse(String text, String where) {
        try {
            JsonNode json = JSON.readTree(text);
            if (json.isMissingNode()) {
                throw new IllegalArgumentException("the file is empty");
            }
            return read(new SweepFields(json, ""));
        } catch (JsonProcessingException e) {
            throw new UserException(where + " is no sweep: it is not JSON (" + e.getOriginalMessage() + ", line "
                    + e.getLocation().getLineNr() + ")");
        } catch (IllegalArgumentException e) {
            throw new UserException(where + " is no sweep: " + e.getMessage());
        }
    }

    private static SweepResult read(SweepFields fields) {
        long version = fields.whole("version");
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    "its form is version " + version + ", and this program knows version " + VERSION);
        }
        SweepFields metric = fields.object("metric");
        List<String> words = List.of("lr", "lora-rank", "max-length", "data");
        return new SweepResult(
                Vary.values()[words.indexOf(fields.word("vary", words))],
                new Metric(metric.text("name"), metric.flag("higher_is_better")),
                fields.numbers("weights"),
                SweepSettings.read(fields.object("settings")),
                fields.objects("trials", SweepTrial::read),
                updates(fields),
                fields.objectOrNull(
                        "basin",
                        basin -> new FittedBasin(
                                basin.number("lr"),
                                basin.number("log10_width", Double.NaN),
                                basin.has("at_edge") && basin.flag("at_edge"))),
                fields.objectOrNull("answer", SweepAnswer::read),
                fields.objectOrNull("people", people -> new People(people.count("votes"), people.count("raters"))),
                course(fields),
                fields.texts("warnings"));
    }

    /** A file that an earlier version wrote has the English sentences alone. */
    private static List<Saying> course(SweepFields fields) {
        List<String> english = fields.texts("course");
        List<String> chinese = fields.texts("course_zh");
        return IntStream.range(0, english.size())
                .mapToObj(i -> new Saying(english.get(i), i < chinese.size() ? chinese.get(i) : english.get(i)))
                .toList();
    }

    private static Updates updates(SweepFields fields) {
        if (!fields.has("updates")) {
            return new Updates(0, 0, Map.of());
        }
        SweepFields updates = fields.object("updates");
        return new Updates(updates.whole("made", 0), updates.whole("grid", 0), updates.wholes("saved"));
    }
}
