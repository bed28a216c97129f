package dev.stride.serve;

import dev.stride.experiment.AtomicFile;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.SampleRecord;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepSettings;
import dev.stride.search.SweepTrial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A sweep's folder for tests: {@code sweep.json} and run folders with generated answers. */
public final class SweepFolder {
    private final Path folder;
    private final List<SweepTrial> trials = new ArrayList<>();

    public SweepFolder(Path folder) {
        this.folder = folder;
    }

    /** Rates whose answers to every prompt differ, one seed. */
    public static Path of(Path folder, int prompts, double... rates) {
        SweepFolder sweep = new SweepFolder(folder);
        for (double rate : rates) {
            String name = "lr-" + dev.stride.config.Numbers.text(rate);
            List<SampleRecord> samples = new ArrayList<>();
            for (int i = 0; i < prompts; i++) {
                samples.add(sample(20, "user: question " + i, "answer of " + name + " to " + i));
            }
            sweep.trial(name, rate, 1, SweepTrial.Status.FINISHED, samples);
        }
        return sweep.write();
    }

    public static SampleRecord sample(long step, String prompt, String prediction) {
        return new SampleRecord(step, prompt, prediction, "reference", Map.of());
    }

    public static SweepTrial trial(String name, double lr, long seed, SweepTrial.Status status) {
        return new SweepTrial(
                name,
                "trials/" + name,
                lr,
                dev.stride.config.Numbers.text(lr),
                seed,
                status,
                20,
                20,
                "",
                Map.of("loss", 1.5),
                null,
                SweepTrial.Origin.GRID,
                null,
                1);
    }

    public SweepFolder trial(String name, double lr, long seed, SweepTrial.Status status, List<SampleRecord> samples) {
        trials.add(trial(name, lr, seed, status));
        try {
            Files.createDirectories(folder.resolve("trials"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (RunStore store = RunStore.create(folder.resolve("trials").resolve(name));
                EventSink sink = store.openSink(0, InstantSource.system())) {
            samples.forEach(sink::write);
        }
        return this;
    }

    public Path write() {
        SweepResult result = new SweepResult(
                SweepResult.Vary.LR,
                new SweepResult.Metric("loss", false),
                Map.of(),
                new SweepSettings(
                        "dialogue", "lora", 8, 16.0, 64, "linear to 0", 3.0, 20, 100, 30, 5, 1e-3, "samples/model"),
                trials,
                new SweepResult.Updates(40, 40, Map.of()),
                null,
                null,
                List.of());
        AtomicFile.write(folder.resolve(SweepResult.FILE), result.toText());
        return folder;
    }
}
