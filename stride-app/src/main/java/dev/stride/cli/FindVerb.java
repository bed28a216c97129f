package dev.stride.cli;

import dev.stride.config.Numbers;
import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import dev.stride.recipe.RangeAnswer;
import dev.stride.recipe.RangeCurve;
import dev.stride.recipe.RangeTest;
import dev.stride.report.RangeChart;
import dev.stride.train.Preparation;
import dev.stride.train.RangeTestRun;
import dev.stride.train.TrainingRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "find",
        description =
                "Tries rising learning rates for one update each, three times over, takes the updates back, and says"
                        + " which peak to use and which never to pass. Takes the settings of the run that it is for.",
        footer = {
            "",
            "Example: stride find --model samples/model --data samples/dialogue/train.jsonl --task dialogue --batch 16"
        })
final class FindVerb implements Verb {
    static final String DOCUMENT = "find.json";
    static final String PICTURE = "find.png";

    private static final int WIDTH = 78;
    private static final int HEIGHT = 12;

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print the answer and all curves as one JSON document.")
    private boolean json;

    FindVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        return Stream.concat(TrainVerb.KNOBS.stream(), Stream.of("find")).toList();
    }

    @Override
    public Integer call() {
        RunConfig config = KnobOptions.read(spec.commandLine().getParseResult());
        Path resumed = config.output().resume();
        if (resumed != null) {
            throw new UserException(
                    "a range test has nothing to go on with",
                    List.of(new Problem(
                            "output.resume",
                            resumed.toString(),
                            "",
                            config.origin("output.resume").text(),
                            "Name the checkpoint with --model or --init-adapter.")));
        }
        Preparation preparation = Preparation.of(config);
        int skipped = preparation.train().examples().badRows().size();
        if (skipped > 0) {
            console.say("skipped rows: " + skipped + "; stride data check shows them");
        }
        Path given = config.output().dir();
        Path folder = given != null ? given : Path.of("runs", "find-" + TrainVerb.timeName());
        RangeTestRun.Result result = find(preparation, Interrupt.install(console));
        if (result.interrupted()) {
            console.say("interrupted; nothing was written");
            return ExitStatus.INTERRUPTED;
        }
        write(folder, result);
        if (json) {
            console.print(Json.text(result.toJson()));
        } else {
            console.print(text(result, folder));
        }
        return ExitStatus.DONE;
    }

    private RangeTestRun.Result find(Preparation preparation, Interrupt interrupt) {
        try (FindDisplay display = new FindDisplay(console);
                TrainingRun run = new TrainingRun(preparation, display)) {
            return run.find(display, interrupt);
        }
    }

    private void write(Path folder, RangeTestRun.Result result) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + e.getMessage(), e);
        }
        AtomicFile.write(folder.resolve(DOCUMENT), Json.text(result.toJson()));
        RangeAnswer answer = result.answer();
        try {
            AtomicFile.write(
                    folder.resolve(PICTURE),
                    RangeChart.render(
                            result.passes().stream().map(FindVerb::line).toList(),
                            line(RangeCurve.median(result.passes())),
                            answer.suggestion(),
                            answer.ceiling()));
        } catch (UserException e) {
            console.say(PICTURE + " was not drawn: " + e.getMessage());
        }
    }

    private static RangeChart.Line line(RangeCurve curve) {
        return new RangeChart.Line(curve.rates(), curve.losses());
    }

    private static String text(RangeTestRun.Result result, Path folder) {
        RangeAnswer answer = result.answer();
        StringBuilder text = new StringBuilder(RangeTest.draw(result.passes(), answer, WIDTH, HEIGHT));
        text.append('\n').append(answer.sentence()).append('\n');
        Double suggestion = answer.suggestion();
        if (suggestion != null) {
            text.append("The plan would use ")
                    .append(Numbers.text(result.plannedPeak()))
                    .append("; --lr sets another.\n");
        }
        return text.append('\n')
                .append(result.cost())
                .append("\ncurves: ")
                .append(folder.resolve(DOCUMENT))
                .append("  ")
                .append(folder.resolve(PICTURE))
                .toString();
    }
}
