package dev.stride.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything that was asked of a run: checked values by section, each with its origin.
 *
 * @param task what the model is tuned for; null: not said
 * @param settings every knob's value and origin by path, in the order of {@link Knobs#all}
 */
public record RunConfig(
        ModelConfig model,
        DataConfig data,
        @Nullable Task task,
        TuningConfig tuning,
        OptimizerConfig optimizer,
        ScheduleConfig schedule,
        TrainConfig train,
        EvalConfig eval,
        FindConfig find,
        SweepConfig sweep,
        OutputConfig output,
        PlanConfig plan,
        WatchConfig watch,
        Map<String, Setting> settings) {
    public RunConfig {
        settings = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(settings));
    }

    /** Who said the value of a knob. */
    public Origin origin(String path) {
        return Objects.requireNonNull(settings.get(path), path).origin();
    }

    /** Whether a person gave the value of a knob, in a file or on the command line. */
    public boolean isGiven(String path) {
        return origin(path).isGiven();
    }

    /**
     * The same with values that a recipe brings; what a person gave stays.
     *
     * @param values text by path
     * @throws UserException if what was given does not go with the recipe's values
     */
    public RunConfig withRecipe(String name, Map<String, String> values) {
        return ConfigReader.with(this, Origin.recipe(name), values);
    }

    /**
     * The same with values that a profile of rules brings; what a person gave stays.
     *
     * @param values text by path
     * @throws UserException if what was given does not go with the profile's values
     */
    public RunConfig withProfile(RuleProfile profile, Map<String, String> values) {
        return ConfigReader.with(this, Origin.profile(profile), values);
    }

    /**
     * The same with values in place of what was given, as if their flags had been.
     *
     * @param values texts by path; several only where the knob takes a list
     * @throws UserException if they do not go with the rest
     */
    public RunConfig withGiven(Map<String, List<String>> values) {
        return ConfigReader.given(this, values);
    }

    /** The same as if nobody had said anything of some sections. */
    public RunConfig without(List<String> sections) {
        return ConfigReader.without(this, sections);
    }

    /** The same with the defaults of some knobs again; what a person gave stays. */
    public RunConfig withDefaults(List<String> paths) {
        Map<String, String> values = new java.util.LinkedHashMap<>();
        for (String path : paths) {
            Knob knob = Objects.requireNonNull(Knobs.byPath(path), path);
            values.put(path, Objects.requireNonNull(knob.defaultText(), path));
        }
        return ConfigReader.with(this, Origin.DEFAULT, values);
    }

    /**
     * Itself, if it names what training needs.
     *
     * @throws UserException with everything that is missing
     */
    public RunConfig requireForTraining() {
        List<Problem> problems = new ArrayList<>();
        for (String path : List.of("model.path", "data.train")) {
            Setting setting = Objects.requireNonNull(settings.get(path), path);
            if (setting.value() == null) {
                Knob knob = setting.knob();
                problems.add(new Problem(path, "missing", knob.allowed(), "", "Give " + knob.flag() + "."));
            }
        }
        if (model.adapter() != null) {
            problems.add(new Problem(
                    "model.adapter",
                    model.adapter().toString(),
                    "for verbs that do not train",
                    origin("model.adapter").text(),
                    "Training starts from an adapter with --init-adapter."));
        }
        if (!problems.isEmpty()) {
            throw new UserException("training cannot start", problems);
        }
        return this;
    }

    /** YAML of what was given, with origins as comments: a run's {@code config.yaml}. */
    public String toYaml() {
        return new ConfigWriter(this, false).given();
    }

    /** As {@link #toYaml}, with files by their absolute paths: it means the same from any folder. */
    public String toPlacedYaml() {
        return new ConfigWriter(this, true).given();
    }

    /** YAML of every knob that has an effect; read back it gives the same values. */
    public String toFullYaml() {
        return new ConfigWriter(this, false).full();
    }
}
