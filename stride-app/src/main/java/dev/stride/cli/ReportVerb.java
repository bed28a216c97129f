package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.MlflowExport;
import dev.stride.experiment.MlflowSource;
import dev.stride.experiment.MlflowTarget;
import dev.stride.experiment.RunExport;
import dev.stride.experiment.RunRecord;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.report.BilingualText;
import dev.stride.report.HtmlReport;
import dev.stride.report.LrChart;
import dev.stride.report.ReportData;
import dev.stride.report.ReportRun;
import dev.stride.report.ShareArchive;
import dev.stride.report.SweepData;
import dev.stride.report.SweepFile;
import dev.stride.report.SweepPicture;
import dev.stride.report.SweepReport;
import dev.stride.report.TextTable;
import dev.stride.search.SweepResult;
import dev.stride.search.Votes;
import dev.stride.sweep.Sweep;
import dev.stride.sweep.SweepJudge;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "report",
        description =
                "Says what a run or a sweep shows, and draws its page and picture; or of several runs side by side.",
        footer = {"", "Example: stride report runs/low runs/high --out runs --png compared.png"})
final class ReportVerb implements Verb {
    private static final Set<String> OF_A_SWEEP = Set.of(Sweep.YAML, SweepResult.FILE, Votes.FILE);

    private final Console console;

    @Parameters(paramLabel = "FOLDER", arity = "1..*", description = "Folders of runs, or that of one sweep.")
    private List<Path> folders = List.of();

    @Option(names = "--out", paramLabel = "DIR", description = "Where to write. Default: the first run's folder.")
    private @Nullable Path out;

    @Option(
            names = "--png",
            paramLabel = "FILE",
            description = "Where to write the picture. Default: report.png beside the page.")
    private @Nullable Path png;

    @Option(
            names = "--csv",
            paramLabel = "FILE",
            description = "Write all updates and evaluations as a table, a row for each update, for pandas or Excel.")
    private @Nullable Path csv;

    @Option(
            names = "--jsonl",
            paramLabel = "FILE",
            description = "Write all events as lines of JSON, each with its run and branch.")
    private @Nullable Path jsonl;

    @Option(
            names = "--share",
            paramLabel = "FILE.zip",
            description = "Pack configuration, numbers and page to be passed on, without data, weights or texts.")
    private @Nullable Path share;

    @Mixin
    private MlflowFlags mlflow = new MlflowFlags();

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    ReportVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        MlflowTarget server = mlflow.target();
        List<Problem> problems = new ArrayList<>();
        requireFile("--png", png, Reports.PICTURE, problems);
        requireFile("--csv", csv, "run.csv", problems);
        requireFile("--jsonl", jsonl, "run.jsonl", problems);
        if (!problems.isEmpty()) {
            throw new UserException("what was asked for cannot be written", problems);
        }
        return folders.stream().anyMatch(SweepFile::isIn) ? sweep(server) : runs(server);
    }

    private int sweep(@Nullable MlflowTarget server) {
        if (folders.size() > 1) {
            throw new UserException("a sweep has a page of its own: give its folder alone, not " + folders.size()
                    + " folders; its trials can be compared as runs, for example " + folders.get(0) + "/trials/*");
        }
        Path sweep = folders.get(0);
        SweepJudge.again(sweep);
        SweepData data = SweepPage.read(sweep);
        Path folder = out == null ? sweep : out;
        SweepExports.tensorBoard(sweep, data, InstantSource.system());
        makeFolder(folder);
        if (png == null) {
            SweepPage.write(folder, data, console);
        } else {
            makeFolder(beside(png));
            AtomicFile.write(png, SweepPicture.render(data));
            SweepReport.write(folder.resolve(Reports.PAGE), data, Reports.language());
        }
        if (csv != null || jsonl != null) {
            export(trials(sweep, data));
        }
        ShareArchive.Packed packed = share == null ? null : ShareArchive.pack(share, sweep, data, Reports.language());
        Path page = folder.resolve(Reports.PAGE);
        if (json) {
            ObjectNode document = SweepPage.document(data, sweep, page);
            putShared(document, packed);
            putExported(document);
            if (server != null) {
                putSent(document, MlflowExport.send(server, () -> SweepRuns.of(sweep)));
            }
            console.print(Json.text(document));
            return ExitStatus.DONE;
        }
        SweepPage.print(data, console);
        console.print(page.toString());
        printExported();
        printShared(packed);
        if (server != null) {
            // last, so that a server that is away hides nothing
            MlflowFlags.print(MlflowExport.send(server, () -> SweepRuns.of(sweep)), console);
        }
        return ExitStatus.DONE;
    }

    private int runs(@Nullable MlflowTarget server) {
        if (share != null && folders.size() > 1) {
            throw new UserException("--share packs one run or one sweep, not " + folders.size() + " folders");
        }
        List<RunRecord> runs = folders.stream().map(EventReader::read).toList();
        String title = runs.size() == 1 ? runs.get(0).name() : runs.size() + " runs";
        ReportData data = new ReportData(
                title, BilingualText.NONE, runs.stream().map(Reports::run).toList());
        Path folder = out == null ? folders.get(0) : out;
        makeFolder(folder);
        if (png == null) {
            Reports.write(folder, data, console);
        } else {
            makeFolder(beside(png));
            // a picture that was asked for by name must not be missing in silence
            LrChart.write(png, data);
            HtmlReport.write(folder.resolve(Reports.PAGE), data, Reports.language());
        }
        export(named(runs));
        ShareArchive.Packed packed =
                share == null ? null : ShareArchive.pack(share, folders.get(0), Reports.language());
        if (json) {
            ObjectNode document = document(runs, folder);
            putShared(document, packed);
            putExported(document);
            for (int i = 0; server != null && i < folders.size(); i++) {
                putSent((ObjectNode) document.path("runs").path(i), send(server, folders.get(i)));
            }
            console.print(Json.text(document));
            return ExitStatus.DONE;
        }
        for (ReportRun run : data.runs()) {
            for (BilingualText verdict : run.verdicts()) {
                String name = data.runs().size() > 1 ? run.name() + ": " : "";
                console.print(name + verdict.in(Reports.language()));
            }
        }
        console.print("");
        console.print(TextTable.of(data.runs(), Reports.language()));
        console.print(folder.resolve(Reports.PAGE).toString());
        printExported();
        printShared(packed);
        if (server != null) {
            folders.forEach(run -> MlflowFlags.print(send(server, run), console));
        }
        return ExitStatus.DONE;
    }

    private static MlflowExport.Sent send(MlflowTarget server, Path run) {
        return MlflowExport.send(server, () -> List.of(MlflowSource.run(run)));
    }

    private static void putSent(ObjectNode document, MlflowExport.Sent sent) {
        ObjectNode node = document.putObject("mlflow");
        node.put("server", sent.server())
                .put("experiment_id", sent.experiment())
                .put("experiment", sent.name())
                .put("run_id", sent.run())
                .put("metrics", sent.metrics());
        sent.notes().forEach(node.putArray("notes")::add);
    }

    /** What is to be written is a file, and none of those that a run's numbers are read from. */
    private static void requireFile(String option, @Nullable Path file, String example, List<Problem> problems) {
        if (file == null) {
            return;
        }
        if (Files.isDirectory(file) || file.toAbsolutePath().getParent() == null) {
            problems.add(Problem.of(option, file + " is a folder", "a file, for example " + file.resolve(example)));
        } else if (RunStore.isOwn(file) || isSweeps(file)) {
            problems.add(Problem.of(
                    option,
                    file + " is the run's own file",
                    "another one, for example " + file.resolveSibling(example)));
        }
    }

    private static boolean isSweeps(Path file) {
        return SweepFile.isIn(beside(file)) && OF_A_SWEEP.contains(String.valueOf(file.getFileName()));
    }

    private static Path beside(Path file) {
        return Objects.requireNonNull(file.toAbsolutePath().getParent(), "checked by requireFile");
    }

    /** Writes the numbers of runs to where they were asked for. */
    private void export(Map<String, RunRecord> runs) {
        if (csv != null) {
            makeFolder(beside(csv));
            RunExport.csv(csv, runs);
        }
        if (jsonl != null) {
            makeFolder(beside(jsonl));
            RunExport.jsonl(jsonl, runs);
        }
    }

    private void printExported() {
        Stream.of(csv, jsonl).filter(Objects::nonNull).forEach(file -> console.print(file.toString()));
    }

    private void putExported(ObjectNode document) {
        if (csv != null) {
            document.put("csv", csv.toString());
        }
        if (jsonl != null) {
            document.put("jsonl", jsonl.toString());
        }
    }

    /** The runs of several folders by their names, and by their folders where two have one name. */
    private Map<String, RunRecord> named(List<RunRecord> runs) {
        Map<String, RunRecord> named = new LinkedHashMap<>();
        for (int i = 0; i < runs.size(); i++) {
            String name = runs.get(i).name();
            boolean once = runs.stream().filter(run -> run.name().equals(name)).count() == 1;
            named.put(once ? name : folders.get(i).toString(), runs.get(i));
        }
        return named;
    }

    private static Map<String, RunRecord> trials(Path sweep, SweepData data) {
        Map<String, RunRecord> trials = new LinkedHashMap<>();
        for (SweepData.Trial trial : data.trials()) {
            if (trial.run() != null) {
                trials.put(trial.name(), EventReader.read(sweep.resolve(trial.folder())));
            }
        }
        return trials;
    }

    private void printShared(ShareArchive.@Nullable Packed packed) {
        if (packed == null) {
            return;
        }
        console.print(
                share + ": " + packed.files().size() + " files. It holds no data, weights, checkpoints or texts of"
                        + " rows; files are named without their folders. Warnings and names of files are in it: read it before"
                        + " you pass it on.");
        if (!packed.leftOut().isEmpty()) {
            console.print("left out, because a text of a row stands in them or they could not be drawn: "
                    + String.join(", ", packed.leftOut()));
        }
    }

    private void putShared(ObjectNode document, ShareArchive.@Nullable Packed packed) {
        if (packed != null) {
            ObjectNode shared = document.putObject("shared").put("file", String.valueOf(share));
            packed.files().forEach(shared.putArray("files")::add);
            packed.leftOut().forEach(shared.putArray("left_out")::add);
        }
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + e.getMessage(), e);
        }
    }

    private static ObjectNode document(List<RunRecord> runs, Path folder) {
        ObjectNode document = Json.object();
        ArrayNode list = document.putArray("runs");
        for (RunRecord run : runs) {
            ObjectNode node = list.addObject().put("name", run.name());
            node.set("verdicts", RunDiagnosis.json(run));
            RunResult result = run.result();
            if (result == null) {
                node.putNull("result");
            } else {
                node.set("result", result.toJson());
            }
        }
        return document.put("page", folder.resolve(Reports.PAGE).toString());
    }
}
