package dev.stride.cli;

import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunRecord;
import dev.stride.report.BilingualText;
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
        footer = {"", "Example: stride report runs/low runs/high --out runs"})
final class ReportVerb implements Verb {
    private final Console console;

    @Parameters(paramLabel = "RUN", arity = "1..*", description = "Folders of runs.")
    private List<Path> folders = List.of();

    @Option(names = "--out", paramLabel = "DIR", description = "Where to write. Default: the first run's folder.")
    private @Nullable Path out;

    ReportVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<RunRecord> runs = folders.stream().map(EventReader::read).toList();
        String title = runs.size() == 1 ? runs.get(0).name() : runs.size() + " runs";
        ReportData data = ReportData.of(title, BilingualText.NONE, runs);
        Path folder = out == null ? folders.get(0) : out;
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + e.getMessage(), e);
        }
        Reports.write(folder, data, console);
        console.print(TextTable.of(data.runs(), Reports.language()));
        console.print(folder.resolve(Reports.PAGE).toString());
        return ExitStatus.DONE;
    }
}
