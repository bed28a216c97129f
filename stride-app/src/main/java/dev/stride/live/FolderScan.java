package dev.stride.live;

import dev.stride.experiment.RunStore;
import dev.stride.search.SweepResult;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The runs and sweeps below a folder, found again and again at little cost: a folder is listed only when its time has
 * changed, or lies so near that a change could have been missed, and every 30 seconds whatever it is.
 *
 * <p>Links to folders are not followed, and nothing deeper than {@value #MAX_DEPTH} folders is seen.
 */
final class FolderScan {
    static final int MAX_DEPTH = 6;
    /** More folders than this are not looked at. */
    static final int MAX_FOLDERS = 100_000;

    private static final Duration FRESH = Duration.ofSeconds(5);
    private static final Duration OFTEN = Duration.ofSeconds(30);
    private static final Set<String> PARTS_OF_A_RUN = Set.of("checkpoints", "tensorboard", "requests");

    private final Path root;
    private final Map<Path, Listing> listings = new HashMap<>();
    private final Map<String, Path> runs = new TreeMap<>();
    private final Map<String, Path> sweeps = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();
    private int folders;

    /** What a folder held when it was listed. */
    private record Listing(
            FileSight sight, Instant at, boolean settled, boolean run, boolean sweep, List<String> children) {}

    /** Nothing was looked at yet below a folder, which is a real path. */
    FolderScan(Path root) {
        this.root = root;
    }

    /** Looks again. */
    void scan(Instant now) {
        runs.clear();
        sweeps.clear();
        problems.clear();
        folders = 0;
        Set<Path> seen = new HashSet<>();
        visit(root, "", 0, now, seen);
        listings.keySet().retainAll(seen);
    }

    private void visit(Path folder, String id, int depth, Instant now, Set<Path> seen) {
        FileSight sight = FileSight.of(folder, root);
        if (sight.kind() != FileSight.Kind.FOLDER) {
            return;
        }
        if (++folders > MAX_FOLDERS) {
            if (folders == MAX_FOLDERS + 1) {
                problems.add("more than " + MAX_FOLDERS + " folders; the rest is not looked at");
            }
            return;
        }
        seen.add(folder);
        Listing listing = listings.get(folder);
        if (listing == null
                || !listing.settled()
                || !listing.sight().equals(sight)
                || Duration.between(listing.at(), now).abs().compareTo(OFTEN) > 0) {
            listing = list(folder, sight, now);
            listings.put(folder, listing);
        }
        String name = id.isEmpty() ? "." : id;
        if (listing.run()) {
            runs.put(name, folder);
        }
        if (listing.sweep()) {
            sweeps.put(name, folder);
        }
        if (depth < MAX_DEPTH) {
            for (String child : listing.children()) {
                visit(folder.resolve(child), id.isEmpty() ? child : id + "/" + child, depth + 1, now, seen);
            }
        }
    }

    private Listing list(Path folder, FileSight sight, Instant now) {
        boolean run = false;
        boolean sweep = false;
        List<String> children = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                switch (name) {
                    case RunStore.EVENTS, RunStore.PLAN -> run = true;
                    case SweepResult.FILE -> sweep = true;
                    default -> {
                        if (!name.startsWith(".")
                                && !PARTS_OF_A_RUN.contains(name)
                                && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                            children.add(name);
                        }
                    }
                }
            }
        } catch (IOException e) {
            problem(folder, e);
        } catch (DirectoryIteratorException e) {
            IOException cause = e.getCause();
            problem(folder, cause == null ? new IOException(e) : cause);
        }
        boolean settled =
                Duration.between(sight.modified().toInstant(), now).abs().compareTo(FRESH) > 0;
        return new Listing(sight, now, settled, run, sweep, List.copyOf(children));
    }

    private void problem(Path folder, IOException e) {
        if (problems.size() < 20) {
            problems.add(root.relativize(folder) + ": " + FileSight.reason(e));
        }
    }

    /** The runs by their path relative to the root with {@code /}; the root itself is {@code "."}. */
    Map<String, Path> runs() {
        return runs;
    }

    /** The sweeps, in the same way. */
    Map<String, Path> sweeps() {
        return sweeps;
    }

    /** What could not be looked at. */
    List<String> problems() {
        return List.copyOf(problems);
    }
}
