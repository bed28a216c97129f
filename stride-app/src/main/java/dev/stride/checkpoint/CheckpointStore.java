package dev.stride.checkpoint;

import dev.stride.checkpoint.Retention.Direction;
import dev.stride.config.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The checkpoints of one run: folders {@code step-000500} with a manifest, in one folder.
 *
 * <p>A checkpoint is one whose manifest verifies; anything else in the folder is never taken for one. One process
 * writes at a time ({@link #open}); any number may look on ({@link #view}).
 */
public final class CheckpointStore {
    private static final Pattern STEP = Pattern.compile("step-(\\d{6,18})");

    private final Path folder;
    private final Disk disk;

    private CheckpointStore(Path folder, Disk disk) {
        this.folder = folder;
        this.disk = disk;
    }

    /** The store for its one writer: clears what a killed writer left. The folder need not exist yet. */
    public static CheckpointStore open(Path folder) {
        return open(folder, new RealDisk());
    }

    static CheckpointStore open(Path folder, Disk disk) {
        CheckpointStore store = new CheckpointStore(folder, disk);
        Set<String> owners = new TreeSet<>();
        for (Path child : store.children()) {
            String name = child.getFileName().toString();
            String owner = Leftovers.owner(name);
            if (!owner.equals(name) && STEP.matcher(owner).matches()) {
                owners.add(owner);
            }
        }
        try {
            for (String owner : owners) {
                Leftovers.clear(disk, folder.resolve(owner));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot clear unfinished checkpoints in " + folder + ": " + e, e);
        }
        return store;
    }

    /** The store for someone who only reads: changes nothing. */
    public static CheckpointStore view(Path folder) {
        return new CheckpointStore(folder, new RealDisk());
    }

    /** The folder that the checkpoints lie in. */
    public Path folder() {
        return folder;
    }

    /**
     * Writes the checkpoint of a step; when this returns it would survive a power cut. One of the same step is replaced.
     *
     * @param step the number of updates behind it, from 0
     * @param expectedBytes what the writer will write
     * @throws NoRoomException when the disk has too little room; nothing was changed then
     * @throws UncheckedIOException when writing fails; all earlier checkpoints are as they were
     */
    public Checkpoint save(long step, long expectedBytes, FolderWriter writer) {
        Path target = path(step);
        AtomicFolder.write(disk, target, expectedBytes, writer);
        return new Checkpoint(step, target);
    }

    /** Every checkpoint whose files have the sizes of their manifest, oldest first. */
    public List<Checkpoint> list() {
        List<Checkpoint> whole = new ArrayList<>();
        candidates().forEach(checkpoint -> {
            if (Manifest.verify(checkpoint.folder(), false).isEmpty()) {
                whole.add(checkpoint);
            }
        });
        return whole;
    }

    /** What is wrong with the folders that look like checkpoints and are none; empty when all are whole. */
    public List<Problem> damaged() {
        return candidates().stream()
                .flatMap(checkpoint -> Manifest.verify(checkpoint.folder(), false).stream())
                .toList();
    }

    /** The newest checkpoint whose files have the right sizes. */
    public Optional<Checkpoint> latest() {
        return newest(false);
    }

    /** The newest checkpoint whose files have the right sizes and checksums; reads every byte of it. */
    public Optional<Checkpoint> latestVerified() {
        return newest(true);
    }

    private Optional<Checkpoint> newest(boolean checksums) {
        List<Checkpoint> newestFirst = candidates();
        for (int i = newestFirst.size() - 1; i >= 0; i--) {
            if (Manifest.verify(newestFirst.get(i).folder(), checksums).isEmpty()) {
                return Optional.of(newestFirst.get(i));
            }
        }
        return Optional.empty();
    }

    /** What is wrong with one checkpoint, checksums included; empty when it is whole. */
    public static List<Problem> verify(Checkpoint checkpoint) {
        return Manifest.verify(checkpoint.folder(), true);
    }

    /**
     * The checkpoint with the best value, the earliest of equals; one whose value is missing or not finite never is.
     *
     * @param values the metric by step
     */
    public Optional<Checkpoint> best(Direction direction, Map<Long, Double> values) {
        return ranked(list(), direction, values).stream().findFirst();
    }

    /**
     * Deletes what need not stay. The newest checkpoint and, when {@code keepBest} is 1 or more, the best one always stay.
     * Call it after {@link #save}, which returns only when the new checkpoint is safe.
     *
     * @param values the metric by step; may be empty when {@code keepBest} is 0
     * @return the steps that were deleted, ascending
     */
    public List<Long> prune(Retention retention, Map<Long, Double> values) {
        List<Checkpoint> whole = list();
        Set<Checkpoint> kept =
                new HashSet<>(whole.subList(Math.max(0, whole.size() - retention.keepLast()), whole.size()));
        ranked(whole, retention.direction(), values).stream()
                .limit(retention.keepBest())
                .forEach(kept::add);
        List<Long> deleted = new ArrayList<>();
        for (Checkpoint checkpoint : whole) {
            if (!kept.contains(checkpoint)) {
                try {
                    Leftovers.delete(disk, checkpoint.folder(), checkpoint.folder());
                } catch (IOException e) {
                    throw new UncheckedIOException("cannot delete " + checkpoint.folder() + ": " + e, e);
                }
                deleted.add(checkpoint.step());
            }
        }
        return deleted;
    }

    /** Best first; those without a finite value are left out. */
    private static List<Checkpoint> ranked(
            List<Checkpoint> checkpoints, Direction direction, Map<Long, Double> values) {
        Map<Checkpoint, Double> finite = new LinkedHashMap<>();
        for (Checkpoint checkpoint : checkpoints) {
            Double value = values.get(checkpoint.step());
            if (value != null && Double.isFinite(value)) {
                finite.put(checkpoint, value);
            }
        }
        Comparator<Map.Entry<Checkpoint, Double>> byValue = Map.Entry.comparingByValue();
        // the sort keeps the order of steps among equals
        return finite.entrySet().stream()
                .sorted(direction == Direction.LOWER_IS_BETTER ? byValue : byValue.reversed())
                .map(Map.Entry::getKey)
                .toList();
    }

    private Path path(long step) {
        if (step < 0) {
            throw new IllegalArgumentException("step " + step);
        }
        return folder.resolve(String.format("step-%06d", step));
    }

    /** Folders that are named like a checkpoint, oldest first. */
    private List<Checkpoint> candidates() {
        List<Checkpoint> found = new ArrayList<>();
        for (Path child : children()) {
            Matcher name = STEP.matcher(child.getFileName().toString());
            if (name.matches() && Files.isDirectory(child)) {
                long step = Long.parseLong(name.group(1));
                if (child.equals(path(step))) {
                    found.add(new Checkpoint(step, child));
                }
            }
        }
        found.sort(Comparator.comparingLong(Checkpoint::step));
        return found;
    }

    private List<Path> children() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder + ": " + e.getMessage(), e);
        }
    }
}
