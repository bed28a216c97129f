package dev.stride.report;

import dev.stride.experiment.RunRecord;
import java.util.List;

/**
 * What one report shows: one run, or several that are compared.
 *
 * @param title the report's name
 * @param answer one sentence that says what to take from it, or {@link BilingualText#NONE}
 * @param runs the runs in the order in which they are shown, at least one
 */
public record ReportData(String title, BilingualText answer, List<ReportRun> runs) {
    public ReportData {
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("a report needs at least one run");
        }
        runs = List.copyOf(runs);
    }

    /** A report on runs under their folders' names. */
    public static ReportData of(String title, BilingualText answer, List<RunRecord> runs) {
        return new ReportData(title, answer, runs.stream().map(ReportRun::of).toList());
    }
}
