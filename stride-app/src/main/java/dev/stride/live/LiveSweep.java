package dev.stride.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.search.SweepResult;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One sweep as its folder looks now. Its trials stand as {@code sweep.json} says and, where a trial's folder is there, as
 * that says: the file is written at evaluations alone.
 */
final class LiveSweep {
    private static final int LARGEST = 32 << 20;

    private final String id;
    private final Path folder;
    private final JsonFile file;
    private final Activity activity = new Activity();
    private boolean recent;

    LiveSweep(String id, Path folder, Path root) {
        this.id = id;
        this.folder = folder;
        this.file = new JsonFile(folder.resolve(SweepResult.FILE), root, LARGEST);
    }

    String id() {
        return id;
    }

    Path folder() {
        return folder;
    }

    /** Takes in what the file says now; returns whether that changed, or how long nothing changed now counts. */
    synchronized boolean poll(Instant now) {
        boolean changed = file.poll();
        activity.see(List.of(file.sight()), now);
        boolean before = recent;
        recent = activity.isRecent(now, Double.NaN);
        return changed || before != recent;
    }

    /** One trial: the id that its run would have, and what {@code sweep.json} has. */
    record Trial(String run, JsonNode json) {
        RunStatus status() {
            return RunStatus.of(json.path("status").asText());
        }
    }

    synchronized List<Trial> trials() {
        List<Trial> trials = new ArrayList<>();
        for (JsonNode trial : file.value().path("trials")) {
            String name = trial.path("name").asText();
            String path = trial.path("folder").asText("trials/" + name);
            trials.add(new Trial(id.equals(".") ? path : id + "/" + path, trial));
        }
        return trials;
    }

    /** The sweep as JSON; {@code runs} gives the run of an id, or null. */
    synchronized ObjectNode toJson(Function<String, @Nullable LiveRun> runs) {
        JsonNode sweep = file.value();
        ObjectNode json =
                JsonNodeFactory.instance.objectNode().put("id", id).put("name", String.valueOf(folder.getFileName()));
        Counts counts = new Counts();
        ArrayNode trials = JsonNodeFactory.instance.arrayNode();
        for (Trial trial : trials()) {
            trials.add(trial(trial, runs.apply(trial.run()), counts));
        }
        RunStatus status = status(sweep, counts);
        json.put("status", status.word());
        json.put("vary", sweep.path("vary").asText());
        json.put("metric", sweep.path("metric").path("name").asText());
        json.put(
                "higher_is_better",
                sweep.path("metric").path("higher_is_better").asBoolean(false));
        if (sweep.path("answer").isObject()) {
            RunCard.copy(
                    json.putObject("answer"),
                    sweep.path("answer"),
                    "lr",
                    "low",
                    "high",
                    "value",
                    "decided",
                    "confidence",
                    "sentence",
                    "sentence_zh",
                    "command");
        }
        json.set("trials", trials);
        if (sweep.path("updates").isObject()) {
            json.set("updates", sweep.path("updates"));
        }
        texts(json.putArray("warnings"), sweep.path("warnings"));
        texts(json.putArray("notes"), sweep.path("course"));
        if (!file.problem().isEmpty()) {
            json.put("reason", SweepResult.FILE + ": " + file.problem());
        }
        json.set("worry", worry(status, counts).toJson());
        return json;
    }

    /** How many trials stand where. */
    private static final class Counts {
        private final int[] of = new int[RunStatus.values().length];
        private int all;
        private @Nullable LiveRun failed;
        private @Nullable LiveRun looked;

        int of(RunStatus status) {
            return of[status.ordinal()];
        }
    }

    private static ObjectNode trial(Trial trial, @Nullable LiveRun run, Counts counts) {
        JsonNode said = trial.json();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        RunStatus status = trial.status();
        RunCard.copy(json, said, "name", "lr", "value", "seed", "planned_steps");
        JsonNode metrics = said.path("metrics");
        long steps = said.path("steps").asLong(0);
        if (run != null) {
            json.put("run", run.id());
            RunStatus seen = run.status();
            // what ended is as the sweep says, until it says nothing more than that it trains
            status = status.isOver() && seen != RunStatus.RUNNING ? status : seen;
            RunSummary summary = run.summary();
            RunSummary.Last last = summary.last();
            steps = last == null ? steps : last.step();
            // that a rate too high is stopped is what a sweep is for: only a trial that goes on can be a worry
            boolean goesOn = status == RunStatus.RUNNING || status == RunStatus.SILENT;
            if (goesOn && run.worry().level() != Worry.Level.OK) {
                counts.looked = run;
            }
            counts.failed = status == RunStatus.FAILED ? run : counts.failed;
            LiveEval eval = summary.eval();
            if (eval != null && (status == RunStatus.RUNNING || !metrics.isObject())) {
                ObjectNode now = JsonNodeFactory.instance.objectNode();
                PlainNumbers.putAll(now, eval.values());
                metrics = now;
            }
        }
        counts.of[status.ordinal()]++;
        counts.all++;
        json.put("status", status.word()).put("steps", steps);
        json.set("metrics", metrics.isObject() ? metrics : JsonNodeFactory.instance.objectNode());
        return json;
    }

    private RunStatus status(JsonNode sweep, Counts counts) {
        if (!file.problem().isEmpty()) {
            return RunStatus.DAMAGED;
        }
        if (counts.of(RunStatus.RUNNING) > 0) {
            return RunStatus.RUNNING;
        }
        if (sweep.path("answer").isObject()) {
            return RunStatus.FINISHED;
        }
        if (recent) {
            return RunStatus.RUNNING;
        }
        return counts.of(RunStatus.INTERRUPTED) > 0 ? RunStatus.INTERRUPTED : RunStatus.SILENT;
    }

    private Worry worry(RunStatus status, Counts counts) {
        int over = counts.of(RunStatus.FINISHED) + counts.of(RunStatus.PRUNED) + counts.of(RunStatus.STOPPED);
        String english = over + " of " + counts.all + " trials have ended";
        String chinese = counts.all + " 个试验中 " + over + " 个已结束";
        LiveRun failed = counts.failed;
        if (counts.of(RunStatus.FAILED) > 0) {
            String which = failed == null ? "" : ": " + failed.id() + ": " + failed.reason();
            return Worry.bad(
                    counts.of(RunStatus.FAILED) + " trials failed" + which,
                    counts.of(RunStatus.FAILED) + " 个试验失败" + which);
        }
        if (status == RunStatus.DAMAGED) {
            return Worry.bad("Its file cannot be read: " + file.problem(), "文件无法读取：" + file.problem());
        }
        if (status == RunStatus.SILENT || status == RunStatus.INTERRUPTED) {
            return Worry.look("No trial is running, and there is no answer; " + english, "没有试验在运行，也还没有答案；" + chinese);
        }
        LiveRun looked = counts.looked;
        if (looked != null && status == RunStatus.RUNNING) {
            return Worry.look(
                    looked.id() + ": " + looked.worry().sentence().english(),
                    looked.id() + "：" + looked.worry().sentence().chinese());
        }
        return Worry.ok(english, chinese);
    }

    private static void texts(ArrayNode to, JsonNode from) {
        from.forEach(text -> to.add(text.asText()));
    }
}
