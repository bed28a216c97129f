package dev.stride.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.monitor.Sentence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A run at a glance as JSON. What is not known is absent. */
final class RunCard {
    private RunCard() {}

    static ObjectNode of(LiveRun run) {
        RunSummary summary = run.summary();
        JsonNode live = run.files().live();
        ObjectNode card =
                JsonNodeFactory.instance.objectNode().put("id", run.id()).put("name", name(run));
        if (!run.sweep().isEmpty()) {
            card.put("sweep", run.sweep());
        }
        RunStatus status = run.status();
        card.put("status", status.word());
        copy(card, live, "host", "pid", "started");
        put(card, run, summary);
        numbers(card, summary);
        if (summary.eval() != null) {
            ObjectNode eval = card.putObject("eval").put("step", summary.eval().step());
            PlainNumbers.putAll(eval, summary.eval().values());
        }
        best(card, run, summary);
        if (status == RunStatus.RUNNING) {
            copy(card, live, "phase", "resident", "device");
        }
        copy(card, live, "peak");
        speed(card, status, live, summary);
        card.set("worry", run.worry().toJson());
        Instant changed = run.lastChange();
        if (changed.isAfter(Instant.EPOCH)) {
            card.put("changed", changed.toString())
                    .put(
                            "seconds_since_change",
                            Math.max(0, Duration.between(changed, run.now()).toSeconds()));
        }
        ArrayNode spark = card.putArray("spark");
        for (double loss : summary.spark()) {
            PlainNumbers.add(spark, loss);
        }
        card.put("records", run.records()).put("generation", run.generation());
        SampleIndex samples = run.sampleIndex();
        if (samples.size() > 0) {
            card.put("samples", samples.size()).put("last_sample_step", samples.lastStep());
        }
        String reason = run.reason();
        if (!reason.isEmpty()) {
            card.put("reason", reason);
        }
        return card;
    }

    private static String name(LiveRun run) {
        return String.valueOf(run.folder().toAbsolutePath().normalize().getFileName());
    }

    private static void put(ObjectNode card, LiveRun run, RunSummary summary) {
        RunSummary.Last last = summary.last();
        JsonNode live = run.files().live();
        card.put(
                "step",
                last != null
                        ? last.step()
                        : run.files()
                                .result()
                                .path("steps")
                                .asLong(live.path("step").asLong(0)));
        long planned = planned(run);
        if (planned > 0) {
            card.put("planned_steps", planned);
        }
        card.put("branch", summary.branch());
    }

    /** Updates that the run is to make; 0 where not known. */
    static long planned(LiveRun run) {
        long planned = run.files().plan().path("schedule").path("steps").asLong(0);
        long said = run.files().live().path("planned_steps").asLong(0);
        // a recovery that cools down ends before the plan does; only its process knows
        return said > 0 && (planned == 0 || run.status() == RunStatus.RUNNING) ? said : planned;
    }

    private static void numbers(ObjectNode card, RunSummary summary) {
        RunSummary.Last last = summary.last();
        if (last == null) {
            return;
        }
        if (!Double.isNaN(last.epoch())) {
            PlainNumbers.put(card, "epoch", (float) last.epoch());
        }
        PlainNumbers.put(card, "loss", last.loss());
        PlainNumbers.put(card, "smoothed_loss", PlainNumbers.rounded(summary.smoothed()));
        PlainNumbers.put(card, "grad_norm", last.gradNorm());
        PlainNumbers.put(card, "lr", last.lr());
        PlainNumbers.putAll(card.putObject("lr_groups"), last.rates());
        card.put("tokens", last.tokens());
        PlainNumbers.put(card, "seconds", last.seconds());
    }

    private static void best(ObjectNode card, LiveRun run, RunSummary summary) {
        JsonNode said = run.files().result().path("best");
        if (said.isObject()) {
            ObjectNode best = card.putObject("best");
            copy(best, said, "step", "metric", "value");
            return;
        }
        LiveEval lowest = summary.best();
        if (lowest != null) {
            ObjectNode best = card.putObject("best").put("step", lowest.step()).put("metric", "loss");
            PlainNumbers.put(best, "value", lowest.loss());
        }
    }

    private static void speed(ObjectNode card, RunStatus status, JsonNode live, RunSummary summary) {
        JsonNode said = live.path("tokens_per_second");
        if (status == RunStatus.RUNNING && said.isNumber()) {
            card.set("tokens_per_second", said);
        } else if (!Double.isNaN(summary.speed())) {
            PlainNumbers.put(card, "tokens_per_second", PlainNumbers.rounded(summary.speed()));
        }
        if (status != RunStatus.RUNNING) {
            return;
        }
        long left = card.path("planned_steps").asLong(0) - card.path("step").asLong(0);
        if (live.path("seconds_left").isNumber()) {
            card.set("seconds_left", live.path("seconds_left"));
        } else if (left > 0 && !Double.isNaN(summary.secondsAStep())) {
            PlainNumbers.put(card, "seconds_left", PlainNumbers.rounded(left * summary.secondsAStep()));
        }
    }

    /** What is known of a run of which nothing is heard: {@code nothing for 5 min; host gpu-3, pid 4711}. */
    static Sentence silence(Instant last, Instant now, JsonNode live) {
        boolean known = last.isAfter(Instant.EPOCH) && !last.isAfter(now);
        Duration time = Duration.between(last, now);
        String english =
                known ? "nothing for " + time(time, " s", " min", " h", " days") : "nothing since it was found";
        String chinese = known ? "已有 " + time(time, " 秒", " 分钟", " 小时", " 天") + "没有变化" : "发现以来没有变化";
        List<String> where = new ArrayList<>();
        if (live.path("host").isTextual()) {
            where.add("host " + live.path("host").asText());
        }
        if (live.path("pid").isIntegralNumber()) {
            where.add("pid " + live.path("pid").asLong());
        }
        if (!where.isEmpty()) {
            english += "; " + String.join(", ", where);
            chinese += "；" + String.join("，", where);
        }
        if (live.path("ended").asBoolean(false)) {
            english += "; its process ended without a result";
            chinese += "；进程已结束，没有留下结果";
        }
        return new Sentence(english, chinese);
    }

    private static String time(Duration time, String seconds, String minutes, String hours, String days) {
        if (time.toMinutes() < 2) {
            return time.toSeconds() + seconds;
        }
        if (time.toHours() < 2) {
            return time.toMinutes() + minutes;
        }
        return time.toDays() < 2 ? time.toHours() + hours : time.toDays() + days;
    }

    /** Takes over those of some fields that are there. */
    static void copy(ObjectNode to, JsonNode from, String... keys) {
        for (String key : keys) {
            JsonNode value = from.path(key);
            if (!value.isMissingNode() && !value.isNull()) {
                to.set(key, value);
            }
        }
    }
}
