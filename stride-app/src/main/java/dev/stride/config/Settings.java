package dev.stride.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The value of every knob with its origin; later layers win. */
final class Settings {
    private static final String EPOCHS = "train.epochs";
    private static final String STEPS = "train.steps";
    private static final String WARMUP = "schedule.warmup";

    private static final String SLOPE = "schedule.warmup_slope";

    private static final List<String> WARMUPS =
            List.of(WARMUP, "schedule.warmup_steps", "schedule.warmup_percent", SLOPE);

    /** Knobs that say the same thing: one layer may give one of each list. */
    private static final List<List<String>> ONE_OF = List.of(List.of(EPOCHS, STEPS), WARMUPS);

    private final Map<String, Setting> byPath = new LinkedHashMap<>();

    private Settings() {}

    /** Every knob at its default. */
    static Settings defaults() {
        Settings settings = new Settings();
        for (Knob knob : Knobs.all()) {
            String text = knob.defaultText();
            settings.byPath.put(
                    knob.path(),
                    text == null ? nothing(knob) : read(knob, List.of(text), Origin.DEFAULT, new ArrayList<>()));
        }
        return settings;
    }

    /** Settings of a finished configuration, to be changed. */
    static Settings of(Map<String, Setting> byPath) {
        Settings settings = new Settings();
        settings.byPath.putAll(byPath);
        return settings;
    }

    /** Puts one layer over what is there; what is wrong in it is added to {@code problems} and not put. */
    void put(List<Written> layer, List<Problem> problems) {
        Map<String, Written> merged = new LinkedHashMap<>();
        for (Written written : layer) {
            Knob knob = Knobs.byPath(written.path());
            if (knob == null) {
                problems.add(UnknownKey.problem(written.path(), String.join(", ", written.texts()), written.origin()));
            } else if (knob.type().isList()) {
                merged.merge(written.path(), written, Settings::joined);
            } else if (written.isSequence()) {
                problems.add(problem(knob, "a list", written.origin(), ""));
            } else {
                Written before = merged.put(written.path(), written);
                if (before != null) {
                    problems.add(problem(
                            knob,
                            "given twice, " + before.texts().get(0) + " and "
                                    + written.texts().get(0),
                            new Origin(
                                    written.origin().kind(),
                                    before.origin().equals(written.origin())
                                            ? written.origin().text()
                                            : before.origin() + " and " + written.origin()),
                            "Keep one."));
                }
            }
        }
        ONE_OF.forEach(paths -> checkOne(paths, merged, problems));
        merged.forEach((path, written) -> {
            Knob knob = Objects.requireNonNull(Knobs.byPath(path));
            Setting setting = read(knob, written.texts(), written.origin(), problems);
            byPath.put(path, setting);
            // epochs and steps say the same thing, and so do a warm-up's length and slope: the later one stands for
            // both
            if (path.equals(STEPS)) {
                byPath.put(EPOCHS, nothing(setting(EPOCHS).knob()));
            } else if (path.equals(EPOCHS)) {
                byPath.put(STEPS, nothing(setting(STEPS).knob()));
            } else if (path.equals(SLOPE)) {
                byPath.put(WARMUP, nothing(setting(WARMUP).knob()));
            } else if (path.equals(WARMUP)) {
                byPath.put(SLOPE, nothing(setting(SLOPE).knob()));
            } else if (setting.value() instanceof Share share && isWarmup(path)) {
                // however it was written, everyone reads it at one place
                byPath.put(path, nothing(knob));
                byPath.put(SLOPE, nothing(setting(SLOPE).knob()));
                Knob warmup = setting(WARMUP).knob();
                byPath.put(WARMUP, new Setting(warmup, List.of(share.toString()), share, written.origin()));
            }
        });
    }

    private static boolean isWarmup(String path) {
        return path.equals("schedule.warmup_steps") || path.equals("schedule.warmup_percent");
    }

    private static void checkOne(List<String> paths, Map<String, Written> layer, List<Problem> problems) {
        List<String> given = paths.stream().filter(layer::containsKey).toList();
        if (given.size() > 1) {
            String last = given.get(given.size() - 1);
            problems.add(new Problem(
                    last,
                    "given together with " + String.join(" and ", given.subList(0, given.size() - 1)),
                    paths.size() == 2 ? "one of the two" : "one of " + String.join(", ", paths),
                    Objects.requireNonNull(layer.get(last)).origin().text(),
                    ""));
        }
    }

    /**
     * Refuses two spellings of the warm-up on one command line, one as a flag and one as {@code --set}; of the same
     * spelling in both the later one wins, and so does {@code train.steps} over {@code --epochs}.
     */
    static void checkWarmups(List<Written> flags, List<Written> sets, List<Problem> problems) {
        List<String> flagged = given(flags, WARMUPS);
        List<String> set = given(sets, WARMUPS);
        if (flagged.size() == 1 && set.size() == 1 && !flagged.equals(set)) {
            Map<String, Written> both = new LinkedHashMap<>();
            Stream.concat(flags.stream(), sets.stream()).forEach(written -> both.put(written.path(), written));
            checkOne(WARMUPS, both, problems);
        }
    }

    /** Which of some paths a layer gives; more than one of them is refused where the layer is put. */
    private static List<String> given(List<Written> layer, List<String> paths) {
        return layer.stream().map(Written::path).filter(paths::contains).toList();
    }

    /** The setting of a path, which must be a knob's. */
    Setting setting(String path) {
        return Objects.requireNonNull(byPath.get(path), path);
    }

    /** The value of a path; null where it has none. */
    @Nullable
    Object value(String path) {
        return setting(path).value();
    }

    /** Whether a person gave the value. */
    boolean isGiven(String path) {
        return setting(path).origin().isGiven();
    }

    /** All settings, in the order of the knobs. */
    Map<String, Setting> byPath() {
        return byPath;
    }

    private static Setting nothing(Knob knob) {
        return new Setting(knob, List.of(), null, Origin.DEFAULT);
    }

    private static Setting read(Knob knob, List<String> texts, Origin origin, List<Problem> problems) {
        List<Object> values = new ArrayList<>();
        for (String text : texts) {
            Object value = knob.type().parse(text);
            if (value == null) {
                problems.add(problem(knob, text, origin, knob.type().advice(text)));
            } else if (value instanceof List<?> several) {
                several.stream().filter(one -> !values.contains(one)).forEach(values::add);
            } else {
                values.add(value);
            }
        }
        if (values.isEmpty()) {
            if (texts.isEmpty()) {
                problems.add(problem(knob, "an empty list", origin, ""));
            }
            return new Setting(knob, texts, null, origin);
        }
        return new Setting(knob, texts, knob.type().isList() ? List.copyOf(values) : values.get(0), origin);
    }

    private static Written joined(Written a, Written b) {
        List<String> texts = new ArrayList<>(a.texts());
        texts.addAll(b.texts());
        return new Written(a.path(), texts, true, a.origin());
    }

    private static Problem problem(Knob knob, String given, Origin origin, String advice) {
        return new Problem(knob.path(), given, knob.allowed(), origin.text(), advice);
    }
}
