package dev.stride.live;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.experiment.LiveState;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The small files of a run's folder as they are now: its plan, how it ended, and what its process says of itself. */
final class RunFiles {
    private static final int LARGEST_PLAN = 16 << 20;
    private static final int LARGEST = 1 << 20;

    private final Path folder;
    private final Path root;
    private final JsonFile plan;
    private final JsonFile result;
    private final JsonFile live;
    private @Nullable RunResult ended;

    RunFiles(Path folder, Path root) {
        this.folder = folder;
        this.root = root;
        this.plan = new JsonFile(folder.resolve(RunStore.PLAN), root, LARGEST_PLAN);
        this.result = new JsonFile(folder.resolve(RunStore.RESULT), root, LARGEST);
        this.live = new JsonFile(folder.resolve(LiveState.FILE), root, LARGEST);
    }

    /** Looks at the files; returns whether one changed. */
    boolean poll() {
        boolean changed = plan.poll();
        if (result.poll()) {
            changed = true;
            ended = result(result.value());
        }
        return live.poll() || changed;
    }

    private static @Nullable RunResult result(JsonNode json) {
        try {
            return json.isMissingNode() ? null : RunResult.fromJson(json);
        } catch (IllegalArgumentException foreign) {
            return null; // its status alone is shown
        }
    }

    /** {@code plan.json}, a missing node where there is none that can be read. */
    JsonNode plan() {
        return plan.value();
    }

    /** {@code result.json}, a missing node where there is none that can be read. */
    JsonNode result() {
        return result.value();
    }

    /** How the run ended, or null while it goes on. */
    @Nullable
    RunResult ended() {
        return ended;
    }

    /** {@code live.json}, a missing node where there is none that can be read. */
    JsonNode live() {
        return live.value();
    }

    /** What cannot be read, as {@code plan.json: what is wrong}. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        for (JsonFile file : List.of(plan, result, live)) {
            if (!file.problem().isEmpty()) {
                problems.add(file.name() + ": " + file.problem());
            }
        }
        return problems;
    }

    /** Why {@code result.json} is there and cannot be read; empty where it can, or is absent. */
    String resultProblem() {
        return result.problem();
    }

    List<FileSight> sights() {
        return List.of(plan.sight(), result.sight(), live.sight());
    }

    /** {@code config.yaml} as it stands; empty where it is absent or cannot be read. */
    String config() {
        Path file = folder.resolve(RunStore.CONFIG);
        if (!FileSight.of(file, root).isFile()) {
            return "";
        }
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(LARGEST), StandardCharsets.UTF_8);
        } catch (IOException gone) {
            return "";
        }
    }
}
