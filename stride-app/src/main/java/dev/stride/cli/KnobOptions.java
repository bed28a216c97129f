package dev.stride.cli;

import dev.stride.config.ConfigReader;
import dev.stride.config.Knob;
import dev.stride.config.Knobs;
import dev.stride.config.RunConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The knobs of the configuration as options of a verb: the same words, checks and messages as in YAML. */
final class KnobOptions {
    private static final String CONFIG = "--config";
    private static final String SET = "--set";

    /** A tuned model and the rows that it answers; what only training does with rows is not among them. */
    private static final List<String> MODEL_AND_ROWS = List.of(
            "model.path",
            "model.family",
            "model.adapter",
            "data.train",
            "data.val",
            "data.format",
            "data.columns",
            "data.skip_bad",
            "data.limit",
            "data.val_limit",
            "data.label_rule",
            "data.truncation",
            "data.max_input_length",
            "data.max_output_length",
            "data.max_length");

    private KnobOptions() {}

    /** The knobs of a verb that lets a tuned model answer rows, and some more. */
    static List<String> modelAndRows(String... more) {
        return Stream.concat(MODEL_AND_ROWS.stream(), Stream.of(more)).toList();
    }

    /** Adds {@code --config}, {@code --set} and the flags of every knob of the given sections, or of single knobs. */
    static void addTo(CommandSpec spec, List<String> sectionsAndPaths) {
        spec.addOption(OptionSpec.builder(CONFIG)
                .type(Path.class)
                .paramLabel("FILE")
                .description("A YAML file of settings; flags win over it.")
                .build());
        spec.addOption(OptionSpec.builder(SET)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel("path=value")
                .description("Any setting by its path; wins over flags (docs/knobs.md).")
                .build());
        for (Knob knob : Knobs.all()) {
            if (sectionsAndPaths.contains(knob.section()) || sectionsAndPaths.contains(knob.path())) {
                spec.addOption(option(knob));
            }
        }
    }

    /** The checked configuration of what was given. */
    static RunConfig read(ParseResult given) {
        @Nullable Path yaml = given.matchedOptionValue(CONFIG, null);
        return ConfigReader.read(yaml, flags(given), given.matchedOptionValue(SET, List.of()));
    }

    /** What was given of the knobs, by flag. */
    static Map<String, List<String>> flags(ParseResult given) {
        Map<String, List<String>> flags = new LinkedHashMap<>();
        for (Knob knob : Knobs.all()) {
            if (given.hasMatchedOption(knob.flag())) {
                flags.put(knob.flag(), given.matchedOptionValue(knob.flag(), List.<String>of()));
            }
        }
        return flags;
    }

    private static OptionSpec option(Knob knob) {
        String label = knob.allowed().length() <= 40 ? knob.allowed() : "VALUE";
        String standard = knob.defaultText() == null ? knob.absent() : knob.defaultText();
        OptionSpec.Builder option = OptionSpec.builder(knob.flag())
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel("<" + label + ">")
                .description((knob.doc() + " Default: " + standard + ".").replace("%", "%%"));
        if (knob.isSwitch()) {
            option.arity("0..1").fallbackValue("on");
        } else {
            option.arity("1");
        }
        return option.build();
    }
}
