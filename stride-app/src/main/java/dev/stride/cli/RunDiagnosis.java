package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRecord;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.monitor.Curve;
import dev.stride.monitor.Diagnosis;
import dev.stride.monitor.Finding;
import dev.stride.monitor.Sentence;
import dev.stride.report.BilingualText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;

/** What a run's folder shows: its events as a curve, and the findings for people and for scripts. */
final class RunDiagnosis {
    private RunDiagnosis() {}

    /** The findings of a run, the most important first. */
    static List<Finding> of(RunRecord record) {
        return Diagnosis.of(curve(record));
    }

    /** The findings as sentences of a report. */
    static List<BilingualText> texts(RunRecord record) {
        return of(record).stream()
                .map(Finding::text)
                .map(text -> new BilingualText(text.english(), text.chinese()))
                .toList();
    }

    /** The findings as a JSON list. */
    static ArrayNode json(RunRecord record) {
        ArrayNode list = Json.mapper().createArrayNode();
        for (Finding finding : of(record)) {
            ObjectNode node =
                    list.addObject().put("kind", finding.kind().word()).put("confidence", finding.confidence());
            both(node.putObject("evidence"), finding.evidence());
            both(node.putObject("action"), finding.action());
            node.put("from_step", finding.fromStep()).put("to_step", finding.toStep());
        }
        return list;
    }

    private static void both(ObjectNode node, Sentence sentence) {
        node.put("en", sentence.english()).put("zh", sentence.chinese());
    }

    /**
     * The curve of a run. Where a resumed run made updates again, the later ones count. What Stride trains is held in
     * float32 whatever the model file's type, and the share of weights that moved is not among the events.
     */
    static Curve curve(RunRecord record) {
        TreeMap<Long, Curve.Update> updates = new TreeMap<>();
        TreeMap<Long, Curve.Evaluation> evaluations = new TreeMap<>();
        List<Curve.Skip> skips = new ArrayList<>();
        for (RunEvent event : record.events()) {
            if (event instanceof StepEvent step) {
                updates.put(
                        step.step(),
                        new Curve.Update(
                                step.step(),
                                step.loss(),
                                Collections.max(step.lr().values()),
                                step.gradNorm(),
                                Double.NaN));
            } else if (event instanceof EvalEvent eval) {
                evaluations.put(eval.step(), new Curve.Evaluation(eval.step(), eval.loss()));
            } else if (event instanceof SkipEvent skip) {
                skips.add(new Curve.Skip(skip.step(), skip.reason()));
            }
        }
        return new Curve(
                List.copyOf(updates.values()),
                List.copyOf(evaluations.values()),
                skips,
                record.plan().path("schedule").path("steps").asLong(0),
                record.plan().path("schedule").path("warmup_steps").asLong(0),
                "fp32",
                record.result() != null);
    }
}
