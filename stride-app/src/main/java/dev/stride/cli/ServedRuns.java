package dev.stride.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.UserException;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunRecord;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import dev.stride.monitor.Finding;
import dev.stride.report.BilingualText;
import dev.stride.report.SweepData;
import dev.stride.report.SweepFile;
import dev.stride.samples.CallBriefing;
import dev.stride.serve.RunFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The runs of served models, read from their folders again whenever their events have grown. */
final class ServedRuns implements RunFiles {
    private static final int MOST_POINTS = 2_000;

    private final Map<String, Path> folders;
    private final Map<String, Seen> seen = new HashMap<>();

    /** A run as it was when its events had this length, and what it showed. */
    private record Seen(
            long bytes,
            boolean ended,
            RunRecord record,
            List<Finding> shown,
            @Nullable SweepData sweep) {}

    /** @param folders of runs, by the models' names */
    ServedRuns(Map<String, Path> folders) {
        this.folders = Map.copyOf(folders);
    }

    @Override
    public @Nullable ObjectNode chart(String model) {
        Seen now = look(model);
        if (now == null) {
            return null;
        }
        RunRecord run = now.record();
        List<StepEvent> steps = run.events(StepEvent.class);
        ObjectNode node = Json.object()
                .put("name", run.name())
                .put("running", run.result() == null)
                .put("total", run.plan().path("updates").path("value").asLong());
        ArrayNode at = node.putArray("steps");
        ArrayNode loss = node.putArray("loss");
        ArrayNode rate = node.putArray("lr");
        int stride = 1 + steps.size() / MOST_POINTS;
        for (int i = 0; i < steps.size(); i++) {
            if (i % stride == 0 || i == steps.size() - 1) {
                StepEvent step = steps.get(i);
                at.add(step.step());
                loss.add(step.loss());
                rate.add(step.lr().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .max()
                        .orElse(0));
            }
        }
        ArrayNode evals = node.putArray("evals");
        run.events(EvalEvent.class)
                .forEach(eval -> evals.addObject().put("step", eval.step()).put("loss", eval.loss()));
        ObjectNode planned = node.putObject("planned");
        ArrayNode plannedSteps = planned.putArray("steps");
        ArrayNode plannedRates = planned.putArray("lr");
        for (JsonNode point : run.plan().path("planned_lr")) {
            plannedSteps.add(point.path(0));
            plannedRates.add(point.path(1));
        }
        ArrayNode verdicts = node.putArray("verdicts");
        run.events(VerdictEvent.class)
                .forEach(verdict -> verdicts.addObject()
                        .put("step", verdict.step())
                        .put("action", verdict.action())
                        .put("reason", verdict.reason()));
        ArrayNode english = node.putArray("facts");
        ArrayNode chinese = node.putArray("facts_zh");
        for (BilingualText fact : facts(now)) {
            english.add(fact.english());
            chinese.add(fact.chinese());
        }
        sweep(node, now.sweep());
        return node;
    }

    @Override
    public String briefing(String model) {
        Seen now = look(model);
        if (now == null) {
            return "";
        }
        RunRecord run = now.record();
        SweepData sweep = now.sweep();
        SweepData.Answer answer = sweep == null || !sweep.vary().equals("lr") ? null : sweep.answer();
        List<StepEvent> steps = run.events(StepEvent.class);
        List<String> findings = new ArrayList<>();
        for (Finding finding : now.shown()) {
            findings.add(finding.kind().word() + " " + Math.round(finding.confidence() * 100) + "%");
        }
        run.events(VerdictEvent.class).forEach(verdict -> findings.add(verdict.step() + " " + verdict.action()));
        return new CallBriefing(
                        run.plan().path("lr").path("peak").asDouble(Double.NaN),
                        sweep == null
                                ? List.of()
                                : sweep.trials().stream()
                                        .map(SweepData.Trial::lr)
                                        .distinct()
                                        .sorted()
                                        .toList(),
                        answer == null ? Double.NaN : answer.value(),
                        steps.isEmpty() ? Double.NaN : steps.get(0).loss(),
                        steps.isEmpty()
                                ? Double.NaN
                                : steps.get(steps.size() - 1).loss(),
                        steps.isEmpty() ? 0 : steps.get(steps.size() - 1).step(),
                        findings)
                .text();
    }

    private static void sweep(ObjectNode node, @Nullable SweepData data) {
        if (data == null) {
            return;
        }
        ObjectNode sweep = node.putObject("sweep");
        SweepData.Answer answer = data.answer();
        if (answer != null) {
            sweep.put("sentence", answer.sentence().english())
                    .put("sentence_zh", answer.sentence().chinese());
        }
        ArrayNode trials = sweep.putArray("trials");
        for (SweepData.Trial trial : data.trials()) {
            ObjectNode item = trials.addObject()
                    .put("lr", trial.lr())
                    .put("status", trial.status().name().toLowerCase(Locale.ROOT));
            Double loss = trial.metrics().get("loss");
            if (loss != null) {
                item.put("loss", loss);
            }
        }
    }

    /** What is known of the rate: the peak and the shape, how far it has come, what was tried, what the run shows. */
    private static List<BilingualText> facts(Seen seen) {
        List<BilingualText> facts = new ArrayList<>();
        RunRecord run = seen.record();
        JsonNode plan = run.plan();
        double peak = plan.path("lr").path("peak").asDouble(Double.NaN);
        if (!Double.isNaN(peak)) {
            String shape = plan.path("schedule").path("shape").asText("");
            long warmup = plan.path("schedule").path("warmup_steps").asLong();
            facts.add(new BilingualText(
                    "My peak learning rate is " + CallBriefing.rate(peak) + " (" + shape + ", " + warmup
                            + " warm-up steps).",
                    "我的峰值学习率是 " + CallBriefing.rate(peak) + "（" + shape + "，预热 " + warmup + " 步）。"));
        }
        List<StepEvent> steps = run.events(StepEvent.class);
        if (!steps.isEmpty()) {
            StepEvent first = steps.get(0);
            StepEvent last = steps.get(steps.size() - 1);
            boolean trains = run.result() == null;
            facts.add(new BilingualText(
                    String.format(
                            Locale.ROOT,
                            "The training loss went from %.2f to %.2f in %d steps; the run %s.",
                            first.loss(),
                            last.loss(),
                            last.step(),
                            trains ? "is still training" : "has ended"),
                    String.format(
                            Locale.ROOT,
                            "训练损失在 %d 步里从 %.2f 到 %.2f；%s。",
                            last.step(),
                            first.loss(),
                            last.loss(),
                            trains ? "还在训练" : "已结束")));
        }
        SweepData sweep = seen.sweep();
        if (sweep != null) {
            List<String> tried = sweep.trials().stream()
                    .map(trial -> CallBriefing.rate(trial.lr()))
                    .distinct()
                    .toList();
            facts.add(new BilingualText(
                    "Rates tried: " + String.join(", ", tried) + ".", "试过的学习率：" + String.join("、", tried) + "。"));
            SweepData.Answer answer = sweep.answer();
            if (answer != null) {
                facts.add(answer.sentence());
            }
        }
        seen.shown().stream().limit(2).map(RunDiagnosis::text).forEach(facts::add);
        return facts;
    }

    private synchronized @Nullable Seen look(String model) {
        Path folder = folders.get(model);
        if (folder == null) {
            return null;
        }
        try {
            Path events = folder.resolve(RunStore.EVENTS);
            long bytes = Files.isRegularFile(events) ? Files.size(events) : 0;
            boolean ended = Files.isRegularFile(folder.resolve(RunStore.RESULT));
            Seen before = seen.get(model);
            if (before == null || before.bytes() != bytes || before.ended() != ended) {
                RunRecord record = EventReader.read(folder);
                before = new Seen(bytes, ended, record, RunDiagnosis.of(record), sweepOf(folder));
                seen.put(model, before);
            }
            return before;
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": " + e.getMessage(), e);
        }
    }

    /** The sweep whose trial this run is; null where it is none's. */
    private static @Nullable SweepData sweepOf(Path run) {
        Path trials = run.toAbsolutePath().normalize().getParent();
        Path sweep = trials == null ? null : trials.getParent();
        try {
            return sweep != null && SweepFile.isIn(sweep) ? SweepFile.read(sweep) : null;
        } catch (UserException e) {
            return null; // it is being written
        }
    }
}
