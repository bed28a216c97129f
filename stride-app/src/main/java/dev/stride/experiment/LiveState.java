package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a run stands at this moment: {@code live.json} in its folder, written about once a second by the process that
 * trains it and a last time when that ends. It is for looking at, nothing goes on from it; a process that was killed leaves
 * one that is old and not ended.
 *
 * @param host the machine's name; empty where not known
 * @param pid the process
 * @param started when the process began with the run
 * @param at when this was written, by the clock of that machine
 * @param ended whether the process has ended the run, for whatever reason
 * @param branch the branch that is trained, see {@link RunBranch}
 * @param step updates made
 * @param plannedSteps updates at the end of the branch; 0 where not known
 * @param phase what goes on; null where not known
 * @param tokensPerSecond trained tokens a second, mean of the last updates; NaN before the first
 * @param secondsLeft until the end of the branch at the pace so far; NaN where not known
 * @param resident resident memory of the process in bytes; 0 where not known
 * @param peak the most that it was; 0 where not known
 * @param device the card's memory; null without one
 */
public record LiveState(
        String host,
        long pid,
        Instant started,
        Instant at,
        boolean ended,
        String branch,
        long step,
        long plannedSteps,
        @Nullable Phase phase,
        double tokensPerSecond,
        double secondsLeft,
        long resident,
        long peak,
        @Nullable Device device) {
    /** The file's name in a run's folder. */
    public static final String FILE = "live.json";

    /**
     * What goes on.
     *
     * @param what for example {@code training}, {@code validation loss} or {@code saving}
     * @param done of {@code total}
     * @param total 0 where not known
     */
    public record Phase(String what, long done, long total) {}

    /**
     * A card's memory as this process uses it, in bytes.
     *
     * @param name for example {@code NVIDIA A100-SXM4-80GB}
     * @param allocated held by tensors now
     * @param peak the most that was
     */
    public record Device(String name, long allocated, long peak) {}

    /** The state as a JSON object; what is not known is absent. */
    public ObjectNode toJson() {
        ObjectNode json = JsonFields.empty()
                .put("host", host)
                .put("pid", pid)
                .put("started", started.toString())
                .put("at", at.toString())
                .put("ended", ended)
                .put("branch", branch)
                .put("step", step);
        if (plannedSteps > 0) {
            json.put("planned_steps", plannedSteps);
        }
        if (phase != null) {
            json.putObject("phase")
                    .put("what", phase.what())
                    .put("done", phase.done())
                    .put("total", phase.total());
        }
        if (Double.isFinite(tokensPerSecond)) {
            json.put("tokens_per_second", tokensPerSecond);
        }
        if (Double.isFinite(secondsLeft)) {
            json.put("seconds_left", secondsLeft);
        }
        if (resident > 0) {
            json.put("resident", resident);
        }
        if (peak > 0) {
            json.put("peak", peak);
        }
        if (device != null) {
            json.putObject("device")
                    .put("name", device.name())
                    .put("allocated", device.allocated())
                    .put("peak", device.peak());
        }
        return json;
    }

    /**
     * The state that {@link #toJson()} made.
     *
     * @throws IllegalArgumentException if a key is missing or of the wrong kind
     */
    public static LiveState fromJson(JsonNode json) {
        JsonFields fields = new JsonFields(json);
        JsonFields phase = fields.object("phase");
        JsonFields device = fields.object("device");
        return new LiveState(
                fields.text("host", ""),
                fields.whole("pid", 0),
                time(fields.text("started")),
                time(fields.text("at")),
                fields.isTrue("ended"),
                fields.text("branch", RunBranch.MAIN),
                fields.whole("step"),
                fields.whole("planned_steps", 0),
                phase == null ? null : new Phase(phase.text("what"), phase.whole("done", 0), phase.whole("total", 0)),
                fields.number("tokens_per_second", Double.NaN),
                fields.number("seconds_left", Double.NaN),
                fields.whole("resident", 0),
                fields.whole("peak", 0),
                device == null
                        ? null
                        : new Device(device.text("name"), device.whole("allocated", 0), device.whole("peak", 0)));
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("'" + text + "' is no time", e);
        }
    }

    /** What a run's folder says; null where it says nothing, or nothing that can be understood. */
    public static @Nullable LiveState read(Path runFolder) {
        Path file = runFolder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return null;
        }
        try {
            return fromJson(JsonFields.JSON.readTree(Files.readAllBytes(file)));
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * Writes it into a run's folder: whole or not at all, but without waiting for the disk, so after a power cut it may be
     * an older one or gone.
     *
     * @throws java.io.UncheckedIOException naming the file
     */
    public void write(Path runFolder) {
        AtomicFile.writeUnsynced(runFolder.resolve(FILE), toJson() + "\n");
    }
}
