package dev.stride.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** A run's folder as a training writes it, event by event, without a training. */
final class RecordedRun implements AutoCloseable {
    private final RunStore store;
    private final EventSink sink;
    private double seconds = 0.25;

    private RecordedRun(RunStore store, long lastStep) {
        this.store = store;
        this.sink = store.openSink(lastStep, () -> Instant.ofEpochSecond(1_700_000_000));
    }

    /** Begins one with so many settings. */
    static RecordedRun begin(Path folder, int settings) {
        RunStore store = RunStore.create(folder);
        store.writeConfig("optimizer:\n  lr: 1e-3\n");
        ObjectNode plan = JsonFields.empty();
        plan.putObject("lr").put("peak", 0.001);
        plan.putObject("updates").put("value", 100);
        plan.putObject("environment").put("java", "17.0.15 (Debian)").put("cpu bf16", "yes");
        ObjectNode config = plan.putObject("config");
        config.putObject("optimizer.lr").put("value", "1e-3").put("origin", "--lr");
        config.putObject("schedule.min_lr").putNull("value").put("origin", "default");
        config.putObject("sweep.seeds").put("value", "1").put("origin", "default");
        for (int i = 0; i < settings; i++) {
            config.putObject("made.up_" + i).put("value", "value " + i).put("origin", "default");
        }
        store.writePlan(plan);
        return new RecordedRun(store, 0);
    }

    /** Goes on behind an update; what was written of later ones is cut off. */
    static RecordedRun resume(Path folder, long lastStep) {
        RunStore store = RunStore.resume(folder);
        store.forgetResult();
        RecordedRun run = new RecordedRun(store, lastStep);
        run.seconds = 0.75;
        return run;
    }

    /** Makes updates; each fifth is followed by an evaluation. */
    RecordedRun steps(long first, long last) {
        for (long step = first; step <= last; step++) {
            Map<String, Double> lr = new LinkedHashMap<>();
            lr.put("decay", 1e-3 / step);
            lr.put("no_decay", 2e-3 / step);
            write(new StepEvent(step, loss(step), lr, 1.5, 10, seconds, 40, step / 10.0));
            if (step % 5 == 0) {
                write(new EvalEvent(step, loss(step) + 0.5, 100, Map.of("bleu-4", 0.01 * step), 2));
            }
        }
        return this;
    }

    /** What update {@code step} has for its loss. */
    static double loss(long step) {
        return step == 3 ? Double.NaN : 4.0 / step;
    }

    void write(RunEvent event) {
        sink.write(event);
    }

    void result(RunResult.Status status, long steps) {
        store.writeResult(new RunResult(
                status,
                steps,
                new RunResult.Best(steps, "loss", 0.5, ""),
                Map.of("loss", 0.5),
                "it is " + status.word()));
    }

    @Override
    public void close() {
        sink.close();
        store.close();
    }
}
