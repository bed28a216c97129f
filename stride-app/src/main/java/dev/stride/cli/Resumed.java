package dev.stride.cli;

import dev.stride.config.ConfigReader;
import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.Setting;
import dev.stride.config.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine.ParseResult;

/** The configuration of a run or a sweep that goes on: its own, after a check that what was given does not contradict it. */
final class Resumed {
    private Resumed() {}

    /**
     * Reads it.
     *
     * @param yaml what was asked when it began
     * @param free paths that may differ now
     * @throws UserException with every setting that contradicts
     */
    static RunConfig read(Path yaml, ParseResult given, Set<String> free) {
        if (given.hasMatchedOption("--config")) {
            throw new UserException("--config: " + given.matchedOptionValue("--config", Path.of(""))
                    + " beside --resume " + yaml.getParent() + "; it goes on by its own " + yaml.getFileName()
                    + ". Leave --config out");
        }
        if (!Files.isRegularFile(yaml)) {
            throw new UserException("output.resume: " + yaml.getParent()
                    + " holds no run or sweep to go on with: there is no " + yaml.getFileName() + " in it");
        }
        RunConfig stored = ConfigReader.read(yaml, Map.of(), List.of());
        RunConfig merged =
                ConfigReader.read(yaml, KnobOptions.flags(given), given.matchedOptionValue("--set", List.of()));
        List<Problem> problems = new ArrayList<>();
        stored.settings().forEach((path, setting) -> {
            Setting now = Objects.requireNonNull(merged.settings().get(path));
            if (!free.contains(path) && !setting.placedTexts().equals(now.placedTexts())) {
                problems.add(new Problem(path, words(now), words(setting) + ", as the run began", "", ""));
            }
        });
        if (!problems.isEmpty()) {
            throw new UserException(
                    "a run goes on only as it began; start a new run for other settings (--init-adapter or --model"
                            + " with its checkpoint)",
                    problems);
        }
        return merged;
    }

    private static String words(Setting setting) {
        return setting.value() == null ? "not given" : setting.text();
    }
}
