package dev.stride.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A run's folder, open for writing by this process alone until it is closed.
 *
 * <pre>
 * config.yaml      as given               plan.json     as resolved, with the reason of every number
 * events.jsonl     one JSON object a line samples.jsonl generated texts
 * rows.jsonl       losses of validation rows
 * tensorboard/     the same numbers       checkpoints/  step-000500/...
 * report.html      report.png             result.json
 * live.json        where it stands now     requests/     what is asked of it
 * mlflow.json      what servers have of it
 * .lock            held while a process writes; its content means nothing
 * </pre>
 *
 * A new run never touches what a folder already holds: it starts in an absent or empty folder or not at all.
 */
public final class RunStore implements AutoCloseable {
    public static final String CONFIG = "config.yaml";
    public static final String PLAN = "plan.json";
    public static final String EVENTS = "events.jsonl";
    public static final String SAMPLES = "samples.jsonl";
    public static final String ROWS = "rows.jsonl";
    public static final String RESULT = "result.json";
    private static final Set<String> MARKS_OF_A_RUN = Set.of(CONFIG, PLAN, EVENTS, RESULT);

    /** What only Stride writes. */
    private static final Set<String> OWN =
            Set.of(CONFIG, PLAN, EVENTS, SAMPLES, ROWS, RESULT, LiveState.FILE, MlflowCursor.FILE);

    private final Path folder;
    private final @Nullable FolderLock lock;

    private RunStore(Path folder, @Nullable FolderLock lock) {
        this.folder = folder;
        this.lock = lock;
    }

    private RunStore(Path folder) {
        this(folder, FolderLock.take(folder));
    }

    /**
     * The folder of a run that another process writes down: a rank of it that only reads. What it is asked to write is not
     * written, and nothing is locked.
     */
    public static RunStore follow(Path folder) {
        return new RunStore(folder, null);
    }

    /** Whether this process writes the folder. */
    public boolean writes() {
        return lock != null;
    }

    /**
     * Starts a run in a folder that is absent or empty.
     *
     * @throws UserException if the folder holds anything, or another process is writing there
     */
    public static RunStore create(Path folder) {
        requireEmpty(folder);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + e.getMessage(), e);
        }
        RunStore store = new RunStore(folder);
        try {
            // again, now that nobody else can start a run here
            requireEmpty(folder);
            store.makeFolders();
            return store;
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    /**
     * Opens the folder of a run that goes on.
     *
     * @throws UserException if no run was started there, or another process is writing there
     */
    public static RunStore resume(Path folder) {
        if (!Files.isRegularFile(folder.resolve(CONFIG))) {
            throw new UserException(
                    folder + " holds no run to resume: there is no " + CONFIG + " in it. Give a run's folder");
        }
        RunStore store = new RunStore(folder);
        try {
            store.makeFolders();
            return store;
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    /** Whether a file is one of those that a run's folder is read from, so that nothing else may be written there. */
    public static boolean isOwn(Path file) {
        Path absolute = file.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        return parent != null && EventReader.isRun(parent) && OWN.contains(String.valueOf(absolute.getFileName()));
    }

    /** The run's folder. */
    public Path folder() {
        return folder;
    }

    /** The settings as the user gave them. */
    public Path config() {
        return folder.resolve(CONFIG);
    }

    /** The settings as resolved. */
    public Path plan() {
        return folder.resolve(PLAN);
    }

    /** The events, one JSON object a line. */
    public Path events() {
        return folder.resolve(EVENTS);
    }

    /** The generated texts, one JSON object a line. */
    public Path samples() {
        return folder.resolve(SAMPLES);
    }

    /** The losses of the validation rows, one JSON object a line. */
    public Path rows() {
        return folder.resolve(ROWS);
    }

    /** The folder of TensorBoard's event files. */
    public Path tensorBoard() {
        return folder.resolve("tensorboard");
    }

    /** The folder of all checkpoints. */
    public Path checkpoints() {
        return folder.resolve("checkpoints");
    }

    /** The folder of the checkpoint after an update, for example {@code checkpoints/step-000500}. */
    public Path checkpoint(long step) {
        return checkpoints().resolve(String.format(Locale.ROOT, "step-%06d", step));
    }

    /** The page that shows the run. */
    public Path reportHtml() {
        return folder.resolve("report.html");
    }

    /** The rate and the loss as a picture. */
    public Path reportPng() {
        return folder.resolve("report.png");
    }

    /** How the run ended. */
    public Path result() {
        return folder.resolve(RESULT);
    }

    /** What the user should know about the folder; empty as a rule. */
    public List<String> warnings() {
        return lock == null ? List.of() : lock.warnings();
    }

    /** Writes {@code config.yaml}. */
    public void writeConfig(String yaml) {
        AtomicFile.write(config(), yaml);
    }

    /** Writes {@code plan.json}, indented. */
    public void writePlan(JsonNode plan) {
        AtomicFile.write(plan(), pretty(plan));
    }

    /** {@code plan.json} as it stands, a missing node where absent. */
    public JsonNode readPlan() {
        return EventReader.json(plan());
    }

    /** Writes {@code result.json}, indented. */
    public void writeResult(RunResult result) {
        if (writes()) {
            AtomicFile.write(result(), pretty(result.toJson()));
        }
    }

    /** Takes {@code result.json} away: a run that goes on has none until it ends again, also if it is killed. */
    public void forgetResult() {
        try {
            Files.deleteIfExists(result());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + result() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Opens the run's event files, behind the events up to and including a step; what was written of later steps is cut
     * off, because those updates will be made again. TensorBoard's files stay and are told to forget the same.
     *
     * @param lastStep the last update that the state of the run contains; 0 for a new run
     * @param clock for TensorBoard's wall times
     */
    public EventSink openSink(long lastStep, InstantSource clock) {
        return openSink(RunBranch.MAIN, lastStep, clock);
    }

    /** The same in a branch; what was written of later branches is cut off too. */
    public EventSink openSink(String branch, long lastStep, InstantSource clock) {
        if (!writes()) {
            return new TeeSink(List.of());
        }
        if (lastStep < 0) {
            throw new IllegalArgumentException("lastStep is " + lastStep);
        }
        JsonLines.cutAfter(events(), branch, lastStep);
        JsonLines.cutAfter(samples(), branch, lastStep);
        JsonLines.cutAfter(rows(), branch, lastStep);
        EventSink lines = new JsonlSink(events(), samples(), rows(), branch);
        try {
            return new TeeSink(List.of(lines, new BranchedTensorBoard(tensorBoard(), branch, lastStep, clock)));
        } catch (RuntimeException e) {
            lines.close();
            throw e;
        }
    }

    /** Lets other processes write here. */
    @Override
    public void close() {
        if (lock != null) {
            lock.close();
        }
    }

    private void makeFolders() {
        try {
            Files.createDirectories(tensorBoard());
            Files.createDirectories(checkpoints());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folders of " + folder + ": " + e.getMessage(), e);
        }
    }

    private static String pretty(JsonNode json) {
        try {
            return JsonFields.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values cannot fail to print", e);
        }
    }

    /** A run whose start failed may leave where it stood, which keeps nobody from starting another; others' files do. */
    private static boolean isLeftState(Path folder, String name) {
        return name.equals(LiveState.FILE) && LiveState.read(folder) != null;
    }

    private static void requireEmpty(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw new UserException(folder + " is a file, so no run can be kept there. Give --out a folder of its own");
        }
        List<String> names;
        try (Stream<Path> entries = Files.list(folder)) {
            names = entries.map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> !name.equals(FolderLock.FILE) && !isLeftState(folder, name))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder + ": " + e.getMessage(), e);
        }
        if (names.isEmpty()) {
            return;
        }
        if (names.stream().anyMatch(MARKS_OF_A_RUN::contains)) {
            throw new UserException(folder + " already holds a run. Go on with it by --resume " + folder
                    + ", or give --out a folder of its own; nothing there was changed");
        }
        int shown = Math.min(3, names.size());
        String more = names.size() > shown ? " and " + (names.size() - shown) + " more" : "";
        throw new UserException(folder + " holds files that are not of a run ("
                + String.join(", ", names.subList(0, shown)) + more
                + "). Give --out a folder that is empty or does not exist; nothing there was changed");
    }
}
