package dev.stride.cli;

import dev.stride.experiment.HParamsTable;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.TrialSummary;
import dev.stride.report.SweepData;
import dev.stride.search.SweepTrial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A sweep as TensorBoard's HParams table. */
final class SweepExports {
    static final String TENSORBOARD = "tensorboard";

    private SweepExports() {}

    /** Writes the HParams table into the sweep's folder. */
    static void tensorBoard(Path folder, SweepData data, InstantSource clock) {
        HParamsTable.write(folder.resolve(TENSORBOARD), data.title(), trials(folder, data), clock);
    }

    /** The trials that have begun. */
    static List<TrialSummary> trials(Path folder, SweepData data) {
        return data.trials().stream()
                .filter(trial -> trial.run() != null)
                .map(trial -> trial(folder, data, trial))
                .toList();
    }

    private static TrialSummary trial(Path folder, SweepData data, SweepData.Trial trial) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        Map<String, String> words = new LinkedHashMap<>();
        numbers.put("lr", trial.lr());
        settings(data, numbers, words);
        if (!data.vary().equals("lr")) {
            put(numbers, words, data.vary(), trial.value());
        }
        numbers.put("seed", (double) trial.seed());
        numbers.put("planned_steps", (double) trial.plannedSteps());
        if (trial.forked() != null) {
            words.put(
                    "forked_from",
                    trial.forked().from() + " at step " + trial.forked().step());
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        trial.metrics().forEach((name, value) -> metrics.put("eval/" + name, value));
        long end = lastWritten(folder.resolve(trial.folder()).resolve(RunStore.EVENTS));
        long seconds = Double.isFinite(trial.seconds()) ? Math.round(trial.seconds()) : 0;
        return new TrialSummary(
                trial.name(),
                data.vary() + " " + trial.value(),
                state(trial),
                numbers,
                words,
                metrics,
                end - 1000 * seconds,
                end,
                trial.run() == null ? List.of() : trial.run().events());
    }

    private static TrialSummary.State state(SweepData.Trial trial) {
        TrialSummary.State state = SweepRuns.state(trial.status());
        if (state != null) {
            return state;
        }
        return SweepTrial.isPersons(trial.reason()) ? TrialSummary.State.ENDED : TrialSummary.State.FAILED;
    }

    private static void settings(SweepData data, Map<String, Double> numbers, Map<String, String> words) {
        data.settings().forEach((name, value) -> put(numbers, words, name, value));
    }

    private static void put(Map<String, Double> numbers, Map<String, String> words, String name, String value) {
        try {
            numbers.put(name, Double.parseDouble(value));
        } catch (NumberFormatException notANumber) {
            words.put(name, value);
        }
    }

    /** When a file was last written, in milliseconds since 1970; 0 where it is not there. */
    private static long lastWritten(Path file) {
        try {
            return Files.exists(file) ? Files.getLastModifiedTime(file).toMillis() : 0;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the time of " + file + ": " + e.getMessage(), e);
        }
    }
}
