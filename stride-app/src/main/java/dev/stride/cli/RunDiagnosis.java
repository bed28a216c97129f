package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.experiment.RunRecord;
import dev.stride.live.RunCurve;
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

    /** The curve of a run, as it ended or as far as it has come. */
    static Curve curve(RunRecord record) {
        RunCurve curve = RunCurve.empty(record.plan());
        record.events().forEach(curve::add);
        return curve.asEnded(record.result());
    }
}
