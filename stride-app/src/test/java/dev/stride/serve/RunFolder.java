package dev.stride.serve;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.StepEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** A run's folder that a test writes as a training would. */
public record RunFolder(Path path) {
    /** A run of so many updates, planned for 1,000. */
    public static RunFolder of(Path path, int steps) {
        try {
            Files.createDirectories(path);
            Files.writeString(path.resolve("config.yaml"), "train:\n  epochs: 1\n");
            Files.writeString(path.resolve("plan.json"), "{\"schedule\":{\"steps\":1000,\"warmup_steps\":0}}\n");
            Files.writeString(path.resolve("events.jsonl"), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        RunFolder run = new RunFolder(path);
        run.steps(1, steps);
        return run;
    }

    /** Appends updates {@code from} to {@code to}. */
    public void steps(int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int step = from; step <= to; step++) {
            text.append(step(step).toJson()).append('\n');
        }
        append(text.toString());
    }

    static StepEvent step(int step) {
        return new StepEvent(
                step, 2 + 1.0 / step, Map.of("decay", 1e-3 / step), 0.5 + 1.0 / step, 100, 0.25, 400, step / 100.0);
    }

    void eval(int step, double loss) {
        append(new EvalEvent(step, loss, 500, Map.of("bleu-4", 0.25), 1.5).toJson() + "\n");
    }

    void event(RunEvent event) {
        append(event.toJson() + "\n");
    }

    /** Appends bytes of {@code events.jsonl} as they are. */
    void append(String text) {
        try {
            Files.writeString(path.resolve("events.jsonl"), text, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the run. */
    public void end(RunResult.Status status) {
        try {
            Files.writeString(
                    path.resolve("result.json"),
                    new RunResult(status, 3, null, Map.of("loss", 2.0), "as the test says").toJson() + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
