package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunRecord;
import dev.stride.experiment.RunResult;
import dev.stride.monitor.Curve;
import dev.stride.monitor.Diagnosis;
import dev.stride.monitor.Finding;
import dev.stride.monitor.Sentence;
import dev.stride.report.BilingualText;
import dev.stride.report.Language;
import java.util.List;

/** What a run's folder shows: its events as a curve, and the findings for people and for scripts. */
final class RunDiagnosis {
    private RunDiagnosis() {}

    /** The findings of a run, the most important first. */
    static List<Finding> of(RunRecord record) {
        return Diagnosis.of(curve(record));
    }

    /** The findings as sentences of a report. */
    static List<BilingualText> texts(RunRecord record) {
        return of(record).stream().map(RunDiagnosis::text).toList();
    }

    /** A finding as a sentence of a report. */
    static BilingualText text(Finding finding) {
        Sentence text = finding.text();
        return new BilingualText(text.english(), text.chinese());
    }

    /** The findings as lines behind the summary of a run, in one language. */
    static String lines(RunRecord record, Language language) {
        StringBuilder lines = new StringBuilder();
        for (BilingualText text : texts(record)) {
            lines.append("\n  diagnosis      ").append(text.in(language));
        }
        return lines.toString();
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
     * The curve of a run: to the branch that did best where the run has ended, else to the one that is being trained. A
     * run that was interrupted can go on, so it has not ended.
     */
    static Curve curve(RunRecord record) {
        RunCurve curve = empty(record);
        record.events().forEach(curve::add);
        RunResult result = record.result();
        boolean finished = result != null && result.status() != RunResult.Status.INTERRUPTED;
        RunResult.Best best = result == null ? null : result.best();
        String branch = !finished || best == null ? curve.lastBranch() : RunBranch.ofCheckpoint(best.checkpoint());
        return curve.to(branch, finished);
    }

    /** The curve of a run before its first event. */
    static RunCurve empty(RunRecord record) {
        return new RunCurve(
                record.plan().path("schedule").path("steps").asLong(0),
                record.plan().path("schedule").path("warmup_steps").asLong(0));
    }
}
