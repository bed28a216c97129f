package dev.stride.search;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.experiment.JsonFields;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run of a sweep, as {@code sweep.json} has it.
 *
 * @param name also the last part of the folder, for example {@code lr-3e-4} or {@code lr-3e-4-s2}
 * @param folder the run's folder, relative to the sweep's, with {@code /}
 * @param lr its peak rate
 * @param value what the sweep varies, as people write it: {@code 3e-4}, {@code 8}, {@code 512}, {@code 1:0.2}
 * @param seed its seed
 * @param status where it stands
 * @param steps updates made
 * @param plannedSteps updates that it would make without being pruned or stopped
 * @param reason why it ended, as a sentence; empty where there is nothing to say
 * @param metrics of the last evaluation, by name: {@code loss}, {@code bleu-4}, ...
 * @param best its best evaluation, or null before the first one
 * @param origin who asked for it
 * @param forked from which trial's prefix it started, or null
 * @param seconds how long it trained
 * @param cooldowns branches that were cooled down on its way, in the order of their steps
 */
public record SweepTrial(
        String name,
        String folder,
        double lr,
        String value,
        long seed,
        Status status,
        long steps,
        long plannedSteps,
        String reason,
        Map<String, Double> metrics,
        @Nullable Best best,
        Origin origin,
        @Nullable Fork forked,
        double seconds,
        List<Cooldown> cooldowns) {
    /** The name of a combined score among the metrics. */
    public static final String SCORE = "score";

    private static final String BY_PERSON = "stopped by a person";

    /** The same with the combined score of its value. */
    public SweepTrial withScore(double score) {
        Map<String, Double> more = new LinkedHashMap<>(metrics);
        more.put(SCORE, score);
        return new SweepTrial(
                name,
                folder,
                lr,
                value,
                seed,
                status,
                steps,
                plannedSteps,
                reason,
                more,
                best,
                origin,
                forked,
                seconds,
                cooldowns);
    }

    /** Where a trial stands. */
    public enum Status {
        /** Not begun. */
        WAITING,
        /** Training now. */
        RUNNING,
        /** All planned updates were made. */
        FINISHED,
        /** The sweep ended it, since others were better. */
        PRUNED,
        /** A guard stopped it. */
        STOPPED,
        /** An error ended it. */
        FAILED,
        /** The user or the machine ended it; it goes on when the sweep is resumed. */
        INTERRUPTED;

        /** The word in {@code sweep.json}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether nothing more is trained. */
        public boolean isOver() {
            return this == FINISHED || this == PRUNED || this == STOPPED || this == FAILED;
        }

        private static Status of(SweepFields fields) {
            List<String> words = Arrays.stream(values()).map(Status::word).toList();
            return values()[words.indexOf(fields.word("status", words))];
        }
    }

    /** Who asked for a trial. */
    public enum Origin {
        /** The grid. */
        GRID,
        /** The search, because the best lay at an edge or between two rates. */
        GROWN;

        /** The word in {@code sweep.json}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The best evaluation of a trial.
     *
     * @param step updates made before it
     * @param metric what was compared
     * @param value its value
     */
    public record Best(long step, String metric, double value) {}

    /**
     * Where a trial left another one's prefix.
     *
     * @param from the other trial's name
     * @param step updates made together
     */
    public record Fork(String from, long step) {}

    /**
     * A branch that left the trial at a step and was cooled down to its end.
     *
     * @param folder of the branch, relative to the sweep's
     * @param step updates of the trial that it has
     * @param end updates at its end
     * @param value what decides, at its last evaluation; NaN before that
     */
    public record Cooldown(String folder, long step, long end, double value) {}

    public SweepTrial {
        metrics = SweepFields.copy(metrics);
        cooldowns = List.copyOf(cooldowns);
    }

    /** A trial without cooldowns. */
    public SweepTrial(
            String name,
            String folder,
            double lr,
            String value,
            long seed,
            Status status,
            long steps,
            long plannedSteps,
            String reason,
            Map<String, Double> metrics,
            @Nullable Best best,
            Origin origin,
            @Nullable Fork forked,
            double seconds) {
        this(
                name,
                folder,
                lr,
                value,
                seed,
                status,
                steps,
                plannedSteps,
                reason,
                metrics,
                best,
                origin,
                forked,
                seconds,
                List.of());
    }

    /** Whether a person ended it, as its reason begins; a guard says what it saw. */
    public boolean isStoppedByPerson() {
        return status == Status.STOPPED && isPersons(reason);
    }

    /** Whether the reason of a stopped trial is a person's. */
    public static boolean isPersons(String reason) {
        return reason.startsWith(BY_PERSON);
    }

    /** Whether people may be asked about its texts: those of a trial that was ended early are half-trained. */
    public boolean mayBeRated() {
        return status == Status.FINISHED || (status == Status.STOPPED && !isStoppedByPerson());
    }

    /** The value of a metric at the last evaluation; NaN where there is none. */
    public double metric(String name) {
        return metrics.getOrDefault(name, Double.NaN);
    }

    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", name).put("folder", folder);
        JsonFields.put(json, "lr", lr);
        json.put("value", value)
                .put("seed", seed)
                .put("status", status.word())
                .put("steps", steps)
                .put("planned_steps", plannedSteps)
                .put("reason", reason);
        SweepFields.putAll(json, "metrics", metrics);
        if (best != null) {
            ObjectNode inner = json.putObject("best").put("step", best.step()).put("metric", best.metric());
            JsonFields.put(inner, "value", best.value());
        }
        json.put("origin", origin.word());
        if (forked != null) {
            json.putObject("forked").put("from", forked.from()).put("step", forked.step());
        }
        JsonFields.put(json, "seconds", seconds);
        if (!cooldowns.isEmpty()) {
            ArrayNode list = json.putArray("cooldowns");
            for (Cooldown cooldown : cooldowns) {
                ObjectNode inner = list.addObject()
                        .put("folder", cooldown.folder())
                        .put("step", cooldown.step())
                        .put("end", cooldown.end());
                JsonFields.put(inner, "value", cooldown.value());
            }
        }
        return json;
    }

    static SweepTrial read(SweepFields fields) {
        String name = fields.text("name");
        double lr = fields.number("lr");
        return new SweepTrial(
                name,
                fields.text("folder", "trials/" + name),
                lr,
                fields.text("value"),
                fields.whole("seed", 1),
                Status.of(fields),
                fields.whole("steps", 0),
                fields.whole("planned_steps", 0),
                fields.text("reason", ""),
                fields.numbers("metrics"),
                fields.objectOrNull(
                        "best", best -> new Best(best.whole("step"), best.text("metric"), best.number("value"))),
                fields.has("origin")
                                && fields.word("origin", List.of("grid", "grown"))
                                        .equals("grown")
                        ? Origin.GROWN
                        : Origin.GRID,
                fields.objectOrNull("forked", fork -> new Fork(fork.text("from"), fork.whole("step"))),
                fields.number("seconds", 0),
                fields.has("cooldowns")
                        ? fields.objects(
                                "cooldowns",
                                cooldown -> new Cooldown(
                                        cooldown.text("folder"),
                                        cooldown.whole("step"),
                                        cooldown.whole("end"),
                                        cooldown.number("value")))
                        : List.of());
    }
}
