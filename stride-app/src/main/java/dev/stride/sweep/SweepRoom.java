package dev.stride.sweep;

import dev.stride.config.Method;
import dev.stride.config.Numbers;
import dev.stride.config.TrainConfig;
import dev.stride.train.Preparation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether the disk has room for what the trials of a sweep keep: each its newest checkpoints and its best one, with the
 * optimizer's state, from which a held trial goes on. A checkpoint that does not fit is refused when it is written; this
 * says so before anything is trained.
 */
final class SweepRoom {
    /** Two moments in float32. */
    private static final long MOMENTS = 8;

    private static final long FLOAT32 = 4;

    private SweepRoom() {}

    /**
     * A warning where there is too little.
     *
     * @param free bytes that may be written
     */
    static Optional<String> warning(Preparation trial, int trials, long free) {
        long each = checkpointBytes(trial);
        TrainConfig train = trial.config().train();
        int kept = train.keepLast() + (train.keepBest() ? 1 : 0);
        long all = trials * kept * each;
        return all <= free
                ? Optional.empty()
                : Optional.of(trials + " trials keep up to " + kept + " checkpoints of " + Numbers.bytes(each)
                        + " each, " + Numbers.bytes(all) + " in all, and " + Numbers.bytes(free)
                        + " are free. A trial whose checkpoint does not fit fails"
                        + (train.keepBest() ? "; --keep-best off keeps fewer." : "."));
    }

    /** Bytes that may be written where a folder is, or is to be; none are missed where that cannot be read. */
    static long free(Path folder) {
        Path existing = folder.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        try {
            return Files.getFileStore(existing).getUsableSpace();
        } catch (IOException notReadable) {
            return Long.MAX_VALUE;
        }
    }

    /** What one checkpoint takes: the weights as they are written, their moments, and float32 copies of narrow ones. */
    static long checkpointBytes(Preparation trial) {
        long trained = trial.plan().model().trainable(trial.config().tuning());
        if (trial.config().tuning().method() != Method.FULL) {
            return trained * (FLOAT32 + MOMENTS);
        }
        long weights = weightBytes(trial.modelFolder());
        boolean isNarrow = weights < trained * 3;
        return weights + trained * (MOMENTS + (isNarrow ? FLOAT32 : 0));
    }

    private static long weightBytes(Path model) {
        try (Stream<Path> files = Files.list(model)) {
            List<Path> weights = files.filter(file -> file.toString().endsWith(".safetensors")
                            || file.toString().endsWith(".bin"))
                    .toList();
            long bytes = 0;
            for (Path file : weights) {
                bytes += Files.size(file);
            }
            return bytes;
        } catch (IOException notReadable) {
            return 0;
        }
    }
}
