package dev.stride.sweep;

import dev.stride.config.ConfigReader;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.FolderLock;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.train.Preparation;
import dev.stride.train.RunFork;
import dev.stride.train.TrainCallback;
import dev.stride.train.TrainingRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** One trial of a sweep in a process of its own, which a {@link TrialLauncher} started. */
public final class TrialProcess {
    /** A process that lost whoever started it saves and ends; one that takes its place waits so long for that. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final long PAUSE_MILLIS = 200;

    private TrialProcess() {}

    /**
     * Trains the trial: on from its newest whole checkpoint where it was begun, to its end or to where it is held.
     *
     * @param order a line as the sweep wrote it
     * @param interrupted is asked between updates; once true the state is saved and the run ends
     * @throws UserException if the order, the settings or the folder are wrong
     */
    public static RunResult.Status run(String order, BooleanSupplier interrupted) {
        TrialOrder asked = TrialOrder.ofLine(order);
        Path folder = asked.folder();
        awaitFree(folder, interrupted);
        boolean begun = Files.isRegularFile(folder.resolve(RunStore.CONFIG));
        RunConfig config =
                begun ? ConfigReader.read(folder.resolve(RunStore.CONFIG), Map.of(), List.of()) : asked.config();
        Preparation preparation = Preparation.of(config);
        Hold hold = new Hold(TrainCallback.NONE, begun ? made(asked) : 0, asked.until(), interrupted);
        try (TrainingRun run = new TrainingRun(preparation, hold)) {
            RunResult result = begun ? run.resume(folder, hold, hold) : run.train(folder, hold, hold);
            return result.status();
        }
    }

    /** How far the run is on the way to where it is to be held; what its checkpoint does not hold will be made again. */
    private static long made(TrialOrder order) {
        long saved = RunFork.saved(order.folder());
        if (!order.until().evaluated() || !EventReader.isRun(order.folder())) {
            return saved;
        }
        return EventReader.read(order.folder()).events().stream()
                .filter(event -> event instanceof EvalEvent && event.step() <= saved)
                .mapToLong(event -> event.step())
                .max()
                .orElse(0);
    }

    private static void awaitFree(Path folder, BooleanSupplier interrupted) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (Files.isDirectory(folder) && !interrupted.getAsBoolean()) {
            try (FolderLock free = FolderLock.take(folder)) {
                return;
            } catch (UserException taken) {
                if (System.nanoTime() - end > 0) {
                    throw taken;
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while another process still writes the trial's folder", e);
        }
    }
}
