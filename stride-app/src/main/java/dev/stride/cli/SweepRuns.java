package dev.stride.cli;

import dev.stride.config.UserException;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.MlflowSource;
import dev.stride.experiment.TrialSummary;
import dev.stride.report.SweepFile;
import dev.stride.search.SweepAnswer;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A sweep as runs of other tools: itself first, with what all trials share and the answer, then the trials that have begun. */
final class SweepRuns {
    private SweepRuns() {}

    /** Reads {@code sweep.json} as it is now; the trials' own folders say the rest. Nothing where there is none yet. */
    static List<MlflowSource> of(Path folder) {
        if (!SweepFile.isIn(folder)) {
            return List.of();
        }
        SweepResult sweep = SweepResult.read(folder);
        String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
        List<MlflowSource> sources = new ArrayList<>();
        sources.add(parent(folder, name, sweep));
        for (SweepTrial trial : sweep.trials()) {
            Path run = folder.resolve(trial.folder()).normalize();
            if (!run.startsWith(folder.normalize())) {
                throw new UserException(folder.resolve(SweepResult.FILE) + ": the trial " + trial.name()
                        + " lies outside of the sweep's folder: " + trial.folder());
            }
            if (EventReader.isRun(run)) {
                sources.add(child(run, name, sweep, trial));
            }
        }
        return sources;
    }

    private static MlflowSource parent(Path folder, String name, SweepResult sweep) {
        Map<String, String> params = new LinkedHashMap<>();
        sweep.toJson()
                .path("settings")
                .properties()
                .forEach(setting ->
                        params.put(setting.getKey(), setting.getValue().asText()));
        params.put("vary", sweep.vary().word());
        params.put("metric", sweep.metric().name());
        Map<String, Double> metrics = new LinkedHashMap<>();
        SweepAnswer answer = sweep.answer();
        if (answer != null && sweep.vary() == SweepResult.Vary.LR) {
            metrics.put("answer/lr", answer.lr());
            metrics.put("answer/low", answer.low());
            metrics.put("answer/high", answer.high());
        }
        metrics.put("updates/made", (double) sweep.updates().made());
        metrics.put("updates/grid", (double) sweep.updates().grid());
        metrics.values().removeIf(value -> !Double.isFinite(value));
        TrialSummary.State state = state(sweep);
        String status = switch (state) {
            case RUNNING -> "running";
            case SUCCEEDED -> "finished";
            case FAILED -> "failed";
            case ENDED -> "interrupted";
        };
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("stride.status", status);
        tags.put("stride.kind", "sweep");
        if (answer != null) {
            tags.put("stride.answer", answer.value());
        }
        return new MlflowSource(
                folder,
                name,
                params,
                tags,
                state,
                answer == null ? "" : answer.sentence(),
                metrics,
                sweep.updates().made());
    }

    /** A sweep without an answer that nobody trains was ended. */
    private static TrialSummary.State state(SweepResult sweep) {
        SweepAnswer answer = sweep.answer();
        if (answer != null && !answer.sentence().isEmpty()) {
            return TrialSummary.State.SUCCEEDED;
        }
        List<SweepTrial.Status> all =
                sweep.trials().stream().map(SweepTrial::status).toList();
        boolean ended = all.contains(SweepTrial.Status.INTERRUPTED) && !all.contains(SweepTrial.Status.RUNNING);
        return ended ? TrialSummary.State.ENDED : TrialSummary.State.RUNNING;
    }

    private static MlflowSource child(Path run, String sweepName, SweepResult sweep, SweepTrial trial) {
        Map<String, String> params = new LinkedHashMap<>();
        params.put("seed", Long.toString(trial.seed()));
        if (sweep.vary() != SweepResult.Vary.LR) {
            params.put(sweep.vary().word(), trial.value());
        }
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("stride.status", trial.status().word());
        tags.put("stride.kind", "trial");
        tags.put("stride.sweep", sweepName);
        tags.put("stride.vary", sweep.vary().word());
        tags.put("stride.value", trial.value());
        tags.put("stride.origin", trial.origin().word());
        SweepTrial.@Nullable Fork forked = trial.forked();
        if (forked != null) {
            tags.put("stride.forked", forked.from() + " at step " + forked.step());
        }
        return new MlflowSource(
                run, trial.name(), params, tags, state(trial.status()), trial.reason(), Map.of(), trial.steps());
    }

    /** Null where the trial's own result says who ended it: a guard or a person. */
    static TrialSummary.@Nullable State state(SweepTrial.Status status) {
        return switch (status) {
            case WAITING, RUNNING -> TrialSummary.State.RUNNING;
            case FINISHED -> TrialSummary.State.SUCCEEDED;
            case FAILED -> TrialSummary.State.FAILED;
            case PRUNED, INTERRUPTED -> TrialSummary.State.ENDED;
            case STOPPED -> null;
        };
    }
}
