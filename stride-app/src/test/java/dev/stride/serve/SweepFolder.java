package dev.stride.serve;

import dev.stride.experiment.AtomicFile;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.SampleRecord;
import dev.stride.search.Saying;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepSettings;
import dev.stride.search.SweepTrial;
import dev.stride.search.Vote;
import dev.stride.search.Votes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A sweep's folder for tests: {@code sweep.json} and run folders with generated answers. */
public final class SweepFolder {
    /** Prompts of {@link #weighted}. */
    public static final int PROMPTS = 20;

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

    /**
     * Three rates of which the middle one has the best BLEU on every prompt, with BLEU and people in the score and the
     * answer that a sweep gives before anybody voted: none.
     */
    public static Path weighted(Path folder, double people) {
        SweepFolder sweep = new SweepFolder(folder);
        double[] rates = {3e-4, 1e-3, 3e-3};
        double[] bleu = {0.2, 0.5, 0.4};
        for (int k = 0; k < rates.length; k++) {
            List<SampleRecord> samples = new ArrayList<>();
            for (int i = 0; i < PROMPTS; i++) {
                samples.add(new SampleRecord(
                        20,
                        "user: question " + i,
                        "answer " + k + " to " + i,
                        "reference",
                        Map.of("bleu-4", bleu[k] + 0.01 * (i * (k + 1) % 5))));
            }
            String value = dev.stride.search.Rates.name(rates[k]);
            sweep.trial("lr-" + value, rates[k], 1, SweepTrial.Status.FINISHED, samples);
        }
        SweepResult plain = SweepResult.read(sweep.write());
        Map<String, Double> weights = new java.util.LinkedHashMap<>();
        weights.put("bleu-4", 1 - people);
        weights.put("people", people);
        SweepResult result = new SweepResult(
                        plain.vary(),
                        new SweepResult.Metric("score", true),
                        weights,
                        plain.settings(),
                        plain.trials(),
                        plain.updates(),
                        List.of("3e-3 is above 1e-3, the cap of method lora; used as given"))
                .withCourse(List.of(new Saying(
                        "The best rate, 1e-3, lies between 3e-4 and 3e-3, near enough on both sides.",
                        "最佳学习率 1e-3 位于 3e-4 与 3e-3 之间，两侧都已足够接近。")))
                .withAnswer(dev.stride.search.Comparison.noneUsable());
        AtomicFile.write(folder.resolve(SweepResult.FILE), result.toText());
        AtomicFile.write(
                folder.resolve("sweep.yaml"),
                "model:\n  path: a/model\ndata:\n  train: [rows.jsonl]\nsweep:\n  seeds: 1\n");
        return folder;
    }

    /** Adds the votes of a rater who prefers one trial to each of the others, whatever the prompt. */
    public static void votes(Path folder, String rater, String winner, String... losers) {
        StringBuilder lines = new StringBuilder();
        for (String loser : losers) {
            for (int i = 0; i < PROMPTS; i++) {
                boolean left = i % 2 == 0;
                lines.append(new Vote(
                                        Instant.parse("2026-01-31T12:00:00Z"),
                                        rater,
                                        "0123abcd",
                                        "%012x".formatted(i),
                                        left ? winner : loser,
                                        left ? loser : winner,
                                        20,
                                        20,
                                        left ? Vote.Choice.LEFT : Vote.Choice.RIGHT,
                                        3)
                                .toJson())
                        .append('\n');
            }
        }
        try {
            Files.writeString(folder.resolve(Votes.FILE), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
                List.of());
        AtomicFile.write(folder.resolve(SweepResult.FILE), result.toText());
        return folder;
    }
}
