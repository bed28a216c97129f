package dev.stride.cli;

import dev.stride.config.ConfigReader;
import dev.stride.config.UserException;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunRecord;
import dev.stride.experiment.RunResult;
import dev.stride.report.BilingualText;
import dev.stride.report.ReportData;
import dev.stride.report.ReportRun;
import dev.stride.report.TextTable;
import dev.stride.train.Preparation;
import dev.stride.train.TrainingRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description = "Fine-tunes the bundled small checkpoint at three learning rates and says which one to use.",
        footer = {"", "Example: stride demo"})
final class DemoVerb implements Verb {
    private static final double BASE = 1e-2;
    private static final double[] FACTORS = {0.3, 1, 3};

    private final Console console;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the runs and the report go. Default: runs/demo-TIME.")
    private @Nullable Path out;

    @Option(names = "--short", description = "A fraction of the data: a check that everything works, not a comparison.")
    private boolean brief;

    DemoVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Path samples = samples();
        Path folder = out != null ? out : Path.of("runs", "demo-" + TrainVerb.timeName());
        Interrupt interrupt = Interrupt.install(console);
        List<RunRecord> records = new ArrayList<>();
        for (int i = 0; i < FACTORS.length; i++) {
            double lr = BASE * FACTORS[i];
            Path run = folder.resolve("lr-" + RateAnswer.rate(lr));
            Preparation preparation = Preparation.of(ConfigReader.read(null, settings(samples, lr), List.of()));
            if (i == 0) {
                console.err().println(preparation.plan().toText());
                Examples.printFirst(console.err(), preparation);
            }
            RunResult result = train(preparation, run, "lr " + RateAnswer.rate(lr), interrupt);
            Reports.write(run, console);
            if (result.status() == RunResult.Status.INTERRUPTED) {
                console.say("interrupted; the runs so far are in " + folder);
                return ExitStatus.INTERRUPTED;
            }
            records.add(EventReader.read(run));
        }
        report(folder, records);
        return ExitStatus.DONE;
    }

    private void report(Path folder, List<RunRecord> records) {
        BilingualText answer =
                RateAnswer.of(records.stream().map(DemoVerb::trial).toList());
        List<ReportRun> runs = records.stream()
                .map(record -> ReportRun.of(record.name().replace("lr-", "lr "), record)
                        .withVerdicts(RunDiagnosis.texts(record)))
                .toList();
        Reports.write(folder, new ReportData("Stride demo: one task, three learning rates", answer, runs), console);
        console.print("");
        console.print(TextTable.of(runs, Reports.language()));
        console.print(answer.in(Reports.language()));
        console.print("");
        console.print("report: " + folder.resolve(Reports.PAGE).toAbsolutePath().normalize());
    }

    private RunResult train(Preparation preparation, Path run, String name, Interrupt interrupt) {
        try (ProgressDisplay display = new ProgressDisplay(
                        console,
                        name,
                        preparation.plan().updates().value(),
                        preparation.config().train().logEvery());
                TrainingRun training = new TrainingRun(preparation, display)) {
            return training.train(run, display, interrupt);
        }
    }

    private static RateAnswer.Trial trial(RunRecord record) {
        List<Double> losses =
                record.events(EvalEvent.class).stream().map(EvalEvent::loss).toList();
        RunResult result = record.result();
        return new RateAnswer.Trial(
                plannedPeak(record), losses, result != null && result.status() == RunResult.Status.FINISHED);
    }

    private static double plannedPeak(RunRecord record) {
        return record.plan().path("lr").path("peak").asDouble();
    }

    private Map<String, List<String>> settings(Path samples, double lr) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("--model", samples.resolve("model").toString());
        values.put("--data", samples.resolve("dialogue/train.jsonl").toString());
        values.put("--val", samples.resolve("dialogue/validation.jsonl").toString());
        values.put("--task", "dialogue");
        values.put("--method", "lora");
        values.put("--lora-rank", "8");
        values.put("--lora-alpha", "16");
        values.put("--lora-dropout", "0");
        values.put("--lora-targets", "all");
        values.put("--lr", Double.toString(lr));
        values.put("--batch", "16");
        values.put("--epochs", brief ? "1" : "2");
        values.put("--max-new-tokens", "64");
        values.put("--val-generate", brief ? "4" : "30");
        values.put("--eval-batch", "40");
        values.put("--log-every", "20");
        values.put("--keep-last", "1");
        // rates are compared over the same updates, by the loss
        values.put("--guard", "early-stop=off");
        values.put("--stop-metric", "loss");
        values.put("--seed", "1");
        if (brief) {
            values.put("--limit", "160");
            values.put("--val-limit", "20");
        } else {
            values.put("--eval-every", "32");
        }
        Map<String, List<String>> flags = new LinkedHashMap<>();
        values.forEach((flag, value) -> flags.put(flag, List.of(value)));
        return flags;
    }

    /** The samples beside the program: the launcher says where the project is. */
    private static Path samples() {
        String home = System.getenv("STRIDE_HOME");
        Path samples = Path.of(home == null ? "" : home).resolve("samples");
        if (!Files.isDirectory(samples.resolve("model"))) {
            throw new UserException("the bundled samples are not at " + samples.toAbsolutePath()
                    + "; run the demo with the launcher ./stride of the project");
        }
        return samples;
    }
}
