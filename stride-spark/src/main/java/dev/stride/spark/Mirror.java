package dev.stride.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the folder of a run at another place in step with where it is written, pass by pass.
 *
 * <p>A checkpoint counts once its {@code manifest.json} is there. So that is written last, behind the checkpoint's other
 * files and behind the events up to there, and goes first; a checkpoint without one is not copied. Files that grow are
 * written anew, the larger the more seldom: a mebibyte a second each. What vanishes here vanishes there, once all that is
 * new has been copied.
 */
final class Mirror {
    static final String CONFIG = "config.yaml";
    static final String RESULT = "result.json";
    static final String MANIFEST = "manifest.json";
    /** Of a file in a checkpoint: 1 its folder, 2 the number of the branch unless it is the main one, 3 the update. */
    static final Pattern CHECKPOINT = Pattern.compile("(checkpoints/(?:[a-z]+-(\\d+)/)?step-(\\d+))/.+");

    private static final String CHECKPOINTS = "checkpoints/";
    private static final long BYTES_A_SECOND = 1 << 20;
    private static final long NANOS = 1_000_000_000L;
    private static final int BUFFER = 1 << 20;
    /** What the sweep's machine makes of a run, or tells it. */
    private static final Set<String> NOT_OF_THE_PROCESS = Set.of("report.html", "report.png", "mlflow.json");

    private static final String REQUESTS = "requests/";
    /** A folder of a run is read by these, so they come when the rest is there. */
    private static final List<String> LAST = List.of(CONFIG, RESULT);

    private final Tree from;
    private final Tree to;
    private final Predicate<String> replaced;
    private final Beat beat;
    private final LongSupplier nanos;
    private @Nullable Map<String, Tree.Stamp> known;
    private final Map<String, Long> copied = new HashMap<>();
    private long looked;

    /** Is asked before a checkpoint is made valid, and now and then while much is copied. */
    interface Beat {
        /**
         * Goes on or not.
         *
         * @param now whether the answer must be a fresh one
         * @throws IOException if nothing may be written any more
         */
        void beat(boolean now) throws IOException;
    }

    /**
     * A mirror that has copied nothing yet.
     *
     * @param replaced which files, found at {@code to} in the beginning, are to vanish if {@code from} lacks them
     * @param nanos a clock that only goes forward
     */
    Mirror(Tree from, Tree to, Predicate<String> replaced, Beat beat, LongSupplier nanos) {
        this.from = from;
        this.to = to;
        this.replaced = replaced;
        this.beat = beat;
        this.nanos = nanos;
    }

    /** Whether a file belongs to what the process of a run writes, and is finished. */
    static boolean isOfRun(String name) {
        if (Arrays.stream(name.split("/")).anyMatch(part -> part.startsWith("."))) {
            return false;
        }
        return !NOT_OF_THE_PROCESS.contains(name)
                && !name.startsWith(REQUESTS)
                && (!name.startsWith(CHECKPOINTS) || CHECKPOINT.matcher(name).matches());
    }

    /** Whether a file is part of a checkpoint. */
    static boolean isOfCheckpoint(String name) {
        return CHECKPOINT.matcher(name).matches();
    }

    /**
     * Copies what has changed.
     *
     * @param all also what is large and was copied a moment ago
     */
    void pass(boolean all) throws IOException {
        Map<String, Tree.Stamp> there = known();
        Map<String, Tree.Stamp> before = here();
        // a checkpoint that was there before the others were copied may be gone
        Map<String, Tree.Stamp> here = loose(before, all) ? here() : before;
        Map<String, Map<String, Tree.Stamp>> checkpoints = new TreeMap<>();
        here.forEach((name, stamp) -> {
            Matcher file = CHECKPOINT.matcher(name);
            if (file.matches()) {
                checkpoints
                        .computeIfAbsent(file.group(1), any -> new TreeMap<>())
                        .put(name, stamp);
            }
        });
        boolean any = false;
        boolean copiedAll = true;
        for (Map.Entry<String, Map<String, Tree.Stamp>> checkpoint : checkpoints.entrySet()) {
            if (checkpoint.getValue().containsKey(checkpoint.getKey() + "/" + MANIFEST)) {
                any = true;
                copiedAll &= checkpoint(checkpoint.getKey(), checkpoint.getValue());
            }
        }
        // as long as a run has begun it has another checkpoint before it deletes one, and so has its copy
        boolean mayGo = copiedAll && (any || !here.containsKey(CONFIG));
        List<String> gone = new ArrayList<>();
        for (String name : there.keySet()) {
            // of a checkpoint that is being written anew the old one stays until then
            boolean stays = isOfCheckpoint(name) && (!mayGo || checkpoints.containsKey(folder(name)));
            if (!here.containsKey(name) && !stays) {
                gone.add(name);
            }
        }
        gone.sort(Comparator.comparing(name -> !name.endsWith("/" + MANIFEST)));
        for (String name : gone) {
            to.delete(name);
            there.remove(name);
            copied.remove(name);
        }
    }

    private Map<String, Tree.Stamp> known() throws IOException {
        Map<String, Tree.Stamp> there = known;
        if (there == null) {
            there = new TreeMap<>();
            for (Map.Entry<String, Tree.Stamp> file : to.list("").entrySet()) {
                String name = file.getKey();
                if (isOfRun(name) && (replaced.test(name) || isOfCheckpoint(name))) {
                    there.put(name, new Tree.Stamp(file.getValue().size(), ""));
                }
            }
            known = there;
        }
        return there;
    }

    private Map<String, Tree.Stamp> here() throws IOException {
        looked = nanos.getAsLong();
        Map<String, Tree.Stamp> here = new TreeMap<>(from.list(""));
        here.keySet().removeIf(name -> !isOfRun(name));
        return here;
    }

    /** Copies all but checkpoints; whether there was anything to copy. */
    private boolean loose(Map<String, Tree.Stamp> here, boolean all) throws IOException {
        Map<String, Tree.Stamp> there = known();
        List<String> names = new ArrayList<>(here.keySet());
        names.sort(Comparator.comparing(LAST::indexOf));
        boolean any = false;
        for (String name : names) {
            Tree.Stamp stamp = here.get(name);
            if (isOfCheckpoint(name)
                    || stamp == null
                    || stamp.equals(there.get(name))
                    || !(all || isDue(name, stamp))) {
                continue;
            }
            any = true;
            if (copy(name)) {
                there.put(name, stamp);
                copied.put(name, nanos.getAsLong());
            }
        }
        return any;
    }

    private boolean isDue(String name, Tree.Stamp stamp) {
        Long before = copied.get(name);
        return before == null || nanos.getAsLong() - before >= stamp.size() * (NANOS / BYTES_A_SECOND);
    }

    /** False where it was gone, or another, before it was copied. */
    private boolean checkpoint(String folder, Map<String, Tree.Stamp> files) throws IOException {
        Map<String, Tree.Stamp> there = known();
        String manifest = folder + "/" + MANIFEST;
        List<String> others = there.keySet().stream()
                .filter(name -> name.startsWith(folder + "/") && !files.containsKey(name))
                .toList();
        if (others.isEmpty()
                && files.entrySet().stream().allMatch(file -> file.getValue().equals(there.get(file.getKey())))) {
            return true;
        }
        if (others.isEmpty() && isSame(manifest, files)) {
            there.putAll(files);
            return true;
        }
        // copying may take longer than the owner keeps the checkpoint
        try (Tree.Held held = from.hold(folder, files)) {
            to.delete(manifest);
            there.remove(manifest);
            for (String name : others) {
                to.delete(name);
                there.remove(name);
            }
            for (Map.Entry<String, Tree.Stamp> file : files.entrySet()) {
                String name = file.getKey();
                if (name.equals(manifest) || file.getValue().equals(there.get(name))) {
                    continue;
                }
                copy(held, name, this::meanwhile);
                there.put(name, file.getValue());
            }
            loose(here(), true);
            beat.beat(true);
            if (!held.isWhole()) {
                return false;
            }
            copy(held, manifest, () -> {});
            there.putAll(files);
            return true;
        } catch (FileNotFoundException | NoSuchFileException gone) {
            return false; // the next pass finds another one
        }
    }

    /** Of a checkpoint that was there in the beginning; the manifest has the checksums of all of its files. */
    private boolean isSame(String manifest, Map<String, Tree.Stamp> files) throws IOException {
        Map<String, Tree.Stamp> there = known();
        for (Map.Entry<String, Tree.Stamp> file : files.entrySet()) {
            Tree.Stamp old = there.get(file.getKey());
            if (old == null || old.size() != file.getValue().size()) {
                return false;
            }
        }
        try (InputStream one = from.open(manifest);
                InputStream other = to.open(manifest)) {
            return Arrays.equals(one.readAllBytes(), other.readAllBytes());
        } catch (FileNotFoundException | NoSuchFileException gone) {
            return false;
        }
    }

    /** While a large file is copied the small ones go on. */
    private void meanwhile() throws IOException {
        beat.beat(false);
        if (nanos.getAsLong() - looked >= NANOS) {
            loose(here(), false);
        }
    }

    /** Work between two pieces of a file. */
    private interface Between {
        void run() throws IOException;
    }

    private void copy(Tree.Held held, String name, Between between) throws IOException {
        try (InputStream in = held.open(name)) {
            to.write(name, out -> pour(in, out, between));
        }
    }

    /** False where the file is gone. */
    private boolean copy(String name) throws IOException {
        try (InputStream in = from.open(name)) {
            to.write(name, out -> pour(in, out, () -> {}));
            return true;
        } catch (FileNotFoundException | NoSuchFileException gone) {
            return false;
        }
    }

    private static void pour(InputStream in, OutputStream out, Between between) throws IOException {
        byte[] buffer = new byte[BUFFER];
        int read;
        while ((read = in.read(buffer)) >= 0) {
            out.write(buffer, 0, read);
            between.run();
        }
    }

    private static String folder(String name) {
        Matcher file = CHECKPOINT.matcher(name);
        return file.matches() ? file.group(1) : "";
    }
}
