package dev.stride.cli;

import dev.stride.config.UserException;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunRecord;
import dev.stride.report.BilingualText;
import dev.stride.report.HtmlReport;
import dev.stride.report.LrChart;
import dev.stride.report.ReportData;
import dev.stride.report.TextTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "report",
        description = "Draws the page and the picture of a run, or of several side by side.",
        footer = {"", "Example: stride report runs/low runs/high --out runs --png compared.png"})
final class ReportVerb implements Verb {
    private final Console console;

    @Parameters(paramLabel = "RUN", arity = "1..*", description = "Folders of runs.")
    private List<Path> folders = List.of();

    @Option(names = "--out", paramLabel = "DIR", description = "Where to write. Default: the first run's folder.")
    private @Nullable Path out;

    @Option(
            names = "--png",
            paramLabel = "FILE",
            description = "Where to write the picture. Default: report.png beside the page.")
    private @Nullable Path png;

    ReportVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<RunRecord> runs = folders.stream().map(EventReader::read).toList();
        String title = runs.size() == 1 ? runs.get(0).name() : runs.size() + " runs";
        ReportData data = ReportData.of(title, BilingualText.NONE, runs);
        Path folder = out == null ? folders.get(0) : out;
        makeFolder(folder);
        if (png == null) {
            Reports.write(folder, data, console);
        } else {
            Path beside = png.toAbsolutePath().getParent();
            if (Files.isDirectory(png) || beside == null) {
                throw new UserException("--png " + png + " is a folder: give the picture's file, for example "
                        + png.resolve(Reports.PICTURE));
            }
            makeFolder(beside);
            // a picture that was asked for by name must not be missing in silence
            LrChart.write(png, data);
            HtmlReport.write(folder.resolve(Reports.PAGE), data, Reports.language());
        }
        console.print(TextTable.of(data.runs(), Reports.language()));
        console.print(folder.resolve(Reports.PAGE).toString());
        return ExitStatus.DONE;
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + e.getMessage(), e);
        }
    }
}
