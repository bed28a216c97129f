package dev.stride.report;

import dev.stride.experiment.RunRecord;
import java.util.List;

/**
 * What one report shows: one run, or several that are compared.
 *
 * @param title the report's name
 * @param answer one sentence that says what to take from it, or {@link BilingualText#NONE}
 * @param runs the runs in the order in which they are shown, at least one
 * @param withTexts whether generated texts may be shown; a page that is passed on has none
 */
public record ReportData(String title, BilingualText answer, List<ReportRun> runs, boolean withTexts) {
    public ReportData {
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("a report needs at least one run");
        }
        runs = List.copyOf(runs);
    }

    /** A report that may show generated texts. */
    public ReportData(String title, BilingualText answer, List<ReportRun> runs) {
        this(title, answer, runs, true);
    }

    /** A report on runs under their folders' names. */
    public static ReportData of(String title, BilingualText answer, List<RunRecord> runs) {
        return new ReportData(title, answer, runs.stream().map(ReportRun::of).toList());
    }
}
