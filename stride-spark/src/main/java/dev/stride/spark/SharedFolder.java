package dev.stride.spark;

import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * A trial's folder of the sweep and its copy on the share, which the sweep's machine keeps in step. While the trial runs
 * the share has the newest state, else the folder has it; a mark on the disk says which it is, should this process end.
 */
final class SharedFolder {
    /** What a run that goes on takes away; all else in the folder may be a person's. */
    private static final Set<String> TAKEN_AWAY = Set.of(Mirror.RESULT, "live.json");

    private final Path folder;
    private final Path mark;
    private final Tree disk;
    private final Tree share;
    private Mirror mirror;

    /** How far a run is: behind its newest whole checkpoint. */
    private record Progress(long branch, long step) {
        static final Comparator<Progress> ORDER =
                Comparator.comparingLong(Progress::branch).thenComparingLong(Progress::step);
    }

    /**
     * A folder.
     *
     * @param mark is there while the share has the newest state
     */
    SharedFolder(Path folder, Path mark, Tree share) {
        this.folder = folder;
        this.mark = mark;
        this.disk = new DiskTree(folder);
        this.share = share;
        this.mirror = toDisk();
    }

    private Mirror toDisk() {
        return new Mirror(share, disk, TAKEN_AWAY::contains, now -> {}, System::nanoTime);
    }

    /** Puts the folder onto the share, where the trial will be looked for, and leaves the rest to the share. */
    void offer() throws IOException {
        new Mirror(disk, share, any -> true, now -> {}, System::nanoTime).pass(true);
        mirror = toDisk();
        Files.createDirectories(Objects.requireNonNull(mark.getParent(), "a mark lies in a folder"));
        Files.write(mark, new byte[0]);
    }

    /**
     * Takes in what a trial did behind the back of a sweep whose process was killed, unless it has gone on here since.
     * Where both are equally far the share has more.
     */
    void recover() throws IOException {
        Map<String, Tree.Stamp> there = share.list("");
        if (there.containsKey(Mirror.CONFIG)
                && !isOver()
                && Progress.ORDER.compare(newest(there), newest(disk.list(""))) >= 0) {
            mirror.pass(true);
        }
        Files.deleteIfExists(mark);
    }

    private boolean isOver() {
        RunResult result = EventReader.isRun(folder) ? EventReader.read(folder).result() : null;
        return result != null
                && (result.status() == RunResult.Status.FINISHED || result.status() == RunResult.Status.STOPPED);
    }

    private static Progress newest(Map<String, Tree.Stamp> files) {
        return files.keySet().stream()
                .filter(name -> name.endsWith("/" + Mirror.MANIFEST))
                .map(Mirror.CHECKPOINT::matcher)
                .filter(Matcher::matches)
                .map(name -> new Progress(
                        name.group(2) == null ? 0 : Long.parseLong(name.group(2)), Long.parseLong(name.group(3))))
                .max(Progress.ORDER)
                .orElse(new Progress(0, -1));
    }

    /** Takes in what is new on the share, and sends what was asked of the trial. */
    void follow() throws IOException {
        for (String name : List.copyOf(disk.list(TrialCopy.REQUESTS).keySet())) {
            if (TrialCopy.isRequest(name)) {
                TrialCopy.move(disk, share, name);
            }
        }
        if (writer() != null) {
            mirror.pass(false);
        }
    }

    /** Takes in all that is still missing. From now on this folder has the newest state. */
    void rest() throws IOException {
        if (writer() != null) {
            mirror.pass(true);
        }
        Files.deleteIfExists(mark);
    }

    /** Who writes the copy on the share; null where nobody has. */
    Claim.@Nullable State writer() throws IOException {
        return Claim.read(share);
    }
}
