package dev.stride.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.Checkpoint;
import dev.stride.checkpoint.CheckpointStore;
import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a run left another one: {@code fork.json} of its folder. The run has the other's updates up to there, as if it had
 * made them itself, and goes on by its own plan.
 *
 * @param from the name of the other run's folder
 * @param step updates that both have, at least 1
 */
public record RunFork(String from, long step) {
    /** The file's name in a run's folder. */
    public static final String FILE = "fork.json";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> LINES = List.of(RunStore.EVENTS, RunStore.SAMPLES, RunStore.ROWS);
    private static final String UNFINISHED = ".forking";

    /** What a run's folder says; null where it began by itself. */
    public static @Nullable RunFork read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            JsonNode json = JSON.readTree(Files.readString(file));
            return new RunFork(json.path("from").asText(), json.path("step").asLong());
        } catch (JsonProcessingException e) {
            throw new UserException(file + " is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** The updates behind the newest whole checkpoint of a run's main branch; 0 where it has none. */
    public static long saved(Path folder) {
        return store(folder).latest().map(Checkpoint::step).orElse(0L);
    }

    /** The newest whole checkpoint of a run's main branch with at most so many updates, if there is one. */
    public static OptionalLong savedUpTo(Path folder, long most) {
        return store(folder).list().stream()
                .mapToLong(Checkpoint::step)
                .filter(step -> step >= 1 && step <= most)
                .max();
    }

    /**
     * Makes the folder of a run that leaves another one at a checkpoint; {@link TrainingRun#resume} goes on with it. The
     * child appears whole or not at all.
     *
     * <p>The child must ask for what the parent asks for, but for what acts behind {@code step} alone. Whether its rates
     * up to there are the parent's is checked; everything else is up to the caller.
     *
     * @param child its plan
     * @param parent the other run's folder, which stands at the step or behind it and still has that checkpoint
     * @param step at least 1
     * @param folder of the child; must not exist
     */
    public static void make(Preparation child, Path parent, long step, Path folder, InstantSource clock) {
        Checkpoint start = store(parent).list().stream()
                .filter(checkpoint -> checkpoint.step() == step)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(parent + " has no checkpoint of step " + step));
        if (Files.exists(folder)) {
            throw new IllegalArgumentException(folder + " exists");
        }
        requireSameRates(child, parent, step);
        Path unfinished = folder.resolveSibling(folder.getFileName() + UNFINISHED);
        try {
            delete(unfinished); // of a process that was killed
            try (RunStore store = RunStore.create(unfinished)) {
                store.writeConfig(child.config().toPlacedYaml());
                store.writePlan(plan(child, parent));
                for (String name : LINES) {
                    copy(parent.resolve(name), unfinished.resolve(name));
                }
                for (Path file : children(parent.resolve("tensorboard"))) {
                    copy(file, store.tensorBoard().resolve(String.valueOf(file.getFileName())));
                }
                // the best evaluation's checkpoint may be one of the older ones
                for (Checkpoint checkpoint : store(parent).list()) {
                    if (checkpoint.step() <= start.step()) {
                        copyFolder(checkpoint.folder(), store.checkpoint(checkpoint.step()));
                    }
                }
                store.openSink(RunBranch.MAIN, step, clock).close();
                AtomicFile.write(
                        unfinished.resolve(FILE),
                        JSON.createObjectNode()
                                        .put("from", String.valueOf(parent.getFileName()))
                                        .put("step", step)
                                        .toPrettyString()
                                + "\n");
            }
            Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot fork " + parent + " into " + folder + ": " + e.getMessage(), e);
        }
    }

    /** A rate that was cut on the way is the parent's state, which the child takes over. */
    private static void requireSameRates(Preparation child, Path parent, long step) {
        LrController controller =
                new LrController(child.plan().schedule(), child.plan().groups());
        for (RunEvent event : EventReader.read(parent).events()) {
            if (event instanceof VerdictEvent verdict && verdict.action().equals("reduce-lr")) {
                return;
            }
            if (event instanceof StepEvent made
                    && made.step() <= step
                    && !controller.rates(made.step()).equals(made.lr())) {
                throw new IllegalArgumentException("update " + made.step() + " of " + parent + " had the rates "
                        + made.lr() + " and would have " + controller.rates(made.step()));
            }
        }
    }

    /** The child's plan, with what the parent's says of the machine and of the tensors that train. */
    private static ObjectNode plan(Preparation child, Path parent) throws IOException {
        JsonNode began = JSON.readTree(Files.readString(parent.resolve(RunStore.PLAN)));
        ObjectNode plan = child.plan().toJson();
        JsonNode ledger = began.path("ledger");
        plan.withArray("ledger").add(Objects.requireNonNull(ledger.get(ledger.size() - 1), "the ledger's last line"));
        plan.set("environment", began.path("environment"));
        return plan;
    }

    private static CheckpointStore store(Path run) {
        return CheckpointStore.view(run.resolve("checkpoints"));
    }

    private static List<Path> children(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static void copyFolder(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        for (Path file : children(from)) {
            copy(file, to.resolve(String.valueOf(file.getFileName())));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        if (Files.exists(from)) {
            Files.copy(from, to);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> paths = Files.walk(folder)) {
            all = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }
}
