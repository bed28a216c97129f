package dev.stride.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads what was asked of a run from four layers, of which a later one wins: defaults, a YAML file, flags, and {@code
 * --set path=value}. All of it is checked together and everything that is wrong is said at once.
 */
public final class ConfigReader {
    private ConfigReader() {}

    /**
     * The checked configuration.
     *
     * @param yaml a file of keys by section, or null
     * @param flags values by flag, for example {@code --lr} to {@code 2e-5}; an empty list for a switch means on. A flag
     *     that takes one value and is given twice is a problem
     * @param sets {@code path=value} each
     * @throws UserException with all problems: unknown keys, values that are not allowed, contradictions, knobs that
     *     would have no effect
     */
    public static RunConfig read(@Nullable Path yaml, Map<String, List<String>> flags, List<String> sets) {
        List<Problem> problems = new ArrayList<>();
        Settings settings = Settings.defaults();
        if (yaml != null) {
            settings.put(YamlLayer.read(yaml, problems), problems);
        }
        List<Written> flagged = flagLayer(flags, problems);
        List<Written> set = setLayer(sets, problems);
        settings.put(flagged, problems);
        settings.put(set, problems);
        Settings.checkWarmups(flagged, set, problems);
        return checked(settings, problems, "the configuration cannot be used: ");
    }

    /** A configuration with values of a recipe or a profile below what was given. */
    static RunConfig with(RunConfig config, Origin origin, Map<String, String> values) {
        Settings settings = Settings.of(config.settings());
        List<Written> layer = new ArrayList<>();
        values.forEach((path, text) -> {
            boolean sloped = path.equals("schedule.warmup") && config.isGiven("schedule.warmup_slope");
            if (!config.isGiven(path) && !sloped) {
                layer.add(new Written(path, List.of(text), false, origin));
            }
        });
        List<Problem> problems = new ArrayList<>();
        settings.put(layer, problems);
        return checked(settings, problems, "what was given does not go with the " + origin + ": ");
    }

    /** A configuration with values over what was given. */
    static RunConfig given(RunConfig config, Map<String, List<String>> values) {
        Settings settings = Settings.of(config.settings());
        List<Written> layer = new ArrayList<>();
        values.forEach((path, texts) -> {
            Knob knob = Objects.requireNonNull(Knobs.byPath(path), path);
            layer.add(new Written(path, texts, knob.type().isList(), new Origin(Origin.Kind.FLAG, knob.flag())));
        });
        List<Problem> problems = new ArrayList<>();
        settings.put(layer, problems);
        return checked(settings, problems, "the configuration cannot be used: ");
    }

    /** A configuration in which some sections have their defaults. */
    static RunConfig without(RunConfig config, List<String> sections) {
        Map<String, Setting> settings = new LinkedHashMap<>(config.settings());
        Settings.defaults().byPath().forEach((path, setting) -> {
            if (sections.contains(setting.knob().section())) {
                settings.put(path, setting);
            }
        });
        return Sections.of(Settings.of(settings));
    }

    private static RunConfig checked(Settings settings, List<Problem> problems, String title) {
        new Use(settings).check(problems);
        if (!problems.isEmpty()) {
            String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
            throw new UserException(title + count, problems);
        }
        return Sections.of(settings);
    }

    private static List<Written> flagLayer(Map<String, List<String>> flags, List<Problem> problems) {
        List<Written> layer = new ArrayList<>();
        flags.forEach((flag, texts) -> {
            Knob knob = Knobs.byFlag(flag);
            if (knob == null) {
                problems.add(UnknownKey.flag(flag));
                return;
            }
            Origin origin = new Origin(Origin.Kind.FLAG, flag);
            List<String> values = texts;
            if (texts.isEmpty() && knob.type() instanceof KnobType.Switch) {
                values = List.of("on");
            } else if (texts.isEmpty()) {
                problems.add(new Problem(knob.path(), "no value", knob.allowed(), flag, ""));
            }
            values.forEach(text -> layer.add(new Written(knob.path(), List.of(text), false, origin)));
        });
        return layer;
    }

    private static List<Written> setLayer(List<String> sets, List<Problem> problems) {
        List<Written> layer = new ArrayList<>();
        for (String set : sets) {
            int equals = set.indexOf('=');
            if (equals < 1) {
                problems.add(new Problem("--set", set, "path=value, for example optimizer.lr=2e-5", "", ""));
                continue;
            }
            String path = set.substring(0, equals).strip();
            layer.add(new Written(
                    path, List.of(set.substring(equals + 1)), false, new Origin(Origin.Kind.SET, "--set " + path)));
        }
        return layer;
    }
}
