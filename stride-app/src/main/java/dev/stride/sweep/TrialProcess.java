package dev.stride.sweep;

import dev.stride.config.ConfigReader;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.distributed.Ranks;
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
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One trial of a sweep in a process of its own, or in several that are its ranks; a {@link TrialLauncher} started them. */
public final class TrialProcess {
    /** A process that lost whoever started it saves and ends; one that takes its place waits so long for that. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final long PAUSE_MILLIS = 200;
    private static final String NEW = "new";

    private TrialProcess() {}

    /**
     * Trains the trial: on from its newest whole checkpoint where it was begun, to its end or to where it is held.
     *
     * @param order a line as the sweep wrote it, the same on all ranks
     * @param folderHere of the run on this machine; null for the one in the order
     * @param ranks all processes of the trial
     * @param own what this rank has otherwise than the others, for example its device
     * @param interrupted is asked between updates; once true the state is saved and the run ends
     * @throws UserException if the order, the settings or the folder are wrong
     */
    public static RunResult.Status run(
            String order,
            @Nullable Path folderHere,
            Ranks ranks,
            UnaryOperator<RunConfig> own,
            BooleanSupplier interrupted) {
        TrialOrder asked = TrialOrder.ofLine(order).in(folderHere);
        Path folder = asked.folder();
        ranks.onFirst("wait for the trial's folder", () -> awaitFree(folder, interrupted));
        // rank 0 sees its own writing at once; on a network others may not
        String stands = ranks.tell(ranks.env().isFirst() ? stands(asked) : "");
        boolean begun = !stands.equals(NEW);
        RunConfig config =
                begun ? ConfigReader.read(folder.resolve(RunStore.CONFIG), Map.of(), List.of()) : asked.config();
        Preparation preparation = Preparation.of(
                own.apply(config), ranks.onThisMachine(), ranks.env().world());
        Hold hold = new Hold(TrainCallback.NONE, begun ? Long.parseLong(stands) : 0, asked.until(), interrupted);
        try (TrainingRun run = new TrainingRun(preparation, hold, ranks)) {
            RunResult result = begun ? run.resume(folder, hold, hold) : run.train(folder, hold, hold);
            return result.status();
        }
    }

    private static String stands(TrialOrder order) {
        boolean begun = Files.isRegularFile(order.folder().resolve(RunStore.CONFIG));
        return begun ? Long.toString(made(order)) : NEW;
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
