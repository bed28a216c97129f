package dev.stride.cli;

import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunRecord;
import dev.stride.report.BilingualText;
import dev.stride.report.HtmlReport;
import dev.stride.report.Language;
import dev.stride.report.LrChart;
import dev.stride.report.ReportData;
import dev.stride.report.ReportRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The page and the picture of runs. */
final class Reports {
    static final String PAGE = "report.html";
    static final String PICTURE = "report.png";

    private Reports() {}

    /** Writes both for the run of a folder, into it. */
    static void write(Path folder, Console console) {
        Path name = folder.toAbsolutePath().normalize().getFileName();
        ReportRun run = run(EventReader.read(folder));
        write(folder, new ReportData(String.valueOf(name), BilingualText.NONE, List.of(run)), console);
    }

    /** A run with what its curve shows, under its folder's name. */
    static ReportRun run(RunRecord record) {
        return ReportRun.of(record).withVerdicts(RunDiagnosis.texts(record));
    }

    /** Writes both into a folder; a machine without fonts gets the page alone, and is told so. */
    static void write(Path folder, ReportData data, Console console) {
        HtmlReport.write(folder.resolve(PAGE), data, language());
        try {
            AtomicFile.write(folder.resolve(PICTURE), LrChart.render(data));
        } catch (UserException e) {
            console.say("report.png was not drawn: " + e.getMessage());
        }
    }

    /** Chinese where the system speaks it, else English. */
    static Language language() {
        return Locale.getDefault().getLanguage().equals("zh") ? Language.CHINESE : Language.ENGLISH;
    }
}
