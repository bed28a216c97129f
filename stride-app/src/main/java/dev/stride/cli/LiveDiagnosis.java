package dev.stride.cli;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRecord;
import dev.stride.live.RunCurve;
import dev.stride.monitor.Diagnosis;
import dev.stride.monitor.Finding;
import dev.stride.report.Language;
import dev.stride.train.TrainCallback;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Says what a run shows while it goes on: after an evaluation, when the most important finding is of another kind than
 * what was said last. It looks at the run's events alone, as {@code report} does. A finding of little confidence is said
 * when the next evaluation finds the same: at the edge of two rules a verdict can change to and fro.
 */
final class LiveDiagnosis implements TrainCallback {
    /** From this confidence on a finding is said at once. */
    private static final double SURE = 0.8;

    private final TrainCallback next;
    private final Path folder;
    private final Language language;
    private final Consumer<String> line;
    private @Nullable RunCurve curve;
    private Finding.Kind said = Finding.Kind.NOT_SURE;
    private Finding.Kind before = Finding.Kind.NOT_SURE;

    /**
     * A diagnosis of the run that is being written to a folder.
     *
     * @param next is told everything first
     * @param line takes a line for people
     */
    LiveDiagnosis(TrainCallback next, Path folder, Language language, Consumer<String> line) {
        this.next = next;
        this.folder = folder;
        this.language = language;
        this.line = line;
    }

    @Override
    public void progress(String what, long done, long total) {
        next.progress(what, done, total);
    }

    @Override
    public void event(RunEvent event) {
        next.event(event);
        RunCurve seen = curve;
        if (seen == null) {
            // a run that goes on has been cut back to its checkpoint by now; the event is in its file already
            RunRecord record = EventReader.read(folder);
            seen = RunCurve.empty(record.plan());
            record.events().forEach(seen::add);
            curve = seen;
        } else {
            seen.add(event);
        }
        if (event instanceof EvalEvent) {
            look(event.step(), seen);
        }
    }

    private void look(long step, RunCurve seen) {
        Finding finding = Diagnosis.of(seen.to(seen.lastBranch(), false)).get(0);
        boolean sure =
                finding.confidence() >= SURE || finding.kind() == Finding.Kind.DIVERGED || finding.kind() == before;
        before = finding.kind();
        if (finding.kind() != said && sure) {
            said = finding.kind();
            line.accept("step " + step + ": diagnosis: "
                    + RunDiagnosis.text(finding).in(language));
        }
    }
}
