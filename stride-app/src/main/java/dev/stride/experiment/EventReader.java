package dev.stride.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads a run's folder back, also while another process still writes there, and also after that was killed. */
public final class EventReader {
    private EventReader() {}

    /** Whether a folder holds a run. */
    public static boolean isRun(Path folder) {
        return Files.isRegularFile(folder.resolve(RunStore.EVENTS))
                || Files.isRegularFile(folder.resolve(RunStore.PLAN));
    }

    /**
     * Reads everything in a run's folder but its checkpoints. A half-written last line of {@code events.jsonl} or
     * {@code samples.jsonl} is left out.
     *
     * @throws UserException if the folder holds no run, or a file of it is damaged
     */
    public static RunRecord read(Path folder) {
        if (!isRun(folder)) {
            throw new UserException(folder + " holds no run: there is neither " + RunStore.EVENTS + " nor "
                    + RunStore.PLAN + " in it. Give a run's folder");
        }
        JsonNode result = json(folder.resolve(RunStore.RESULT));
        return new RunRecord(
                folder,
                text(folder.resolve(RunStore.CONFIG)),
                json(folder.resolve(RunStore.PLAN)),
                JsonLines.read(folder.resolve(RunStore.EVENTS), RunEvent::fromJson),
                JsonLines.read(folder.resolve(RunStore.SAMPLES), SampleRecord::fromJson),
                result.isMissingNode() ? null : result(folder.resolve(RunStore.RESULT), result));
    }

    /** The losses of the validation rows at each evaluation of a run's folder, in the order written; none where absent. */
    public static List<RowLosses> rows(Path folder) {
        return JsonLines.read(folder.resolve(RunStore.ROWS), RowLosses::fromJson);
    }

    private static RunResult result(Path file, JsonNode json) {
        try {
            return RunResult.fromJson(json);
        } catch (IllegalArgumentException e) {
            throw damaged(file, String.valueOf(e.getMessage()));
        }
    }

    /** A file as JSON, a missing node where absent. */
    static JsonNode json(Path file) {
        if (!Files.exists(file)) {
            return MissingNode.getInstance();
        }
        try {
            return JsonFields.JSON.readTree(text(file));
        } catch (JsonProcessingException e) {
            throw damaged(file, e.getOriginalMessage());
        }
    }

    private static UserException damaged(Path file, String what) {
        return new UserException(
                "a run's file is damaged",
                List.of(Problem.of(file.toString(), what, "the JSON object that Stride writes")));
    }

    private static String text(Path file) {
        if (!Files.exists(file)) {
            return "";
        }
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
