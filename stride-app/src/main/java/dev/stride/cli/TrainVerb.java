package dev.stride.cli;

import dev.stride.config.RunConfig;
import dev.stride.data.BadRow;
import dev.stride.distributed.RankEnv;
import dev.stride.distributed.Ranks;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.MlflowSource;
import dev.stride.experiment.MlflowTarget;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.train.Preparation;
import dev.stride.train.TrainCallback;
import dev.stride.train.TrainingRun;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

@Command(
        name = "train",
        description = "Fine-tunes a ChatGLM2 or ChatGLM3 checkpoint on conversations.",
        footer = {
            "",
            "Example: stride train --model samples/model --data samples/dialogue/train.jsonl"
                    + " --val samples/dialogue/validation.jsonl --task dialogue --lr 1e-3 --epochs 1 --out runs/first"
        })
final class TrainVerb implements Verb {
    /** Everything that plans or drives a run. */
    static final List<String> KNOBS = List.of(
            "",
            "model.path",
            "model.family",
            "model.init_adapter",
            "data",
            "lora",
            "optimizer",
            "schedule",
            "train",
            "eval",
            "output",
            "plan",
            "watch");

    /**
     * Settings that may differ when a run goes on, because they change no number of it, or because they only name what the
     * device decided when it began; the plan must then be the same.
     */
    private static final Set<String> FREE_ON_RESUME = Set.of(
            "output.dir",
            "output.resume",
            "plan.hardware",
            "train.precision",
            "train.zero",
            "train.threads",
            "train.log_every",
            "train.self_test",
            "train.save_every",
            "train.keep_last",
            "train.keep_best");

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print the result as one JSON document.")
    private boolean json;

    @Mixin
    private final ServeOption serve = new ServeOption();

    @Mixin
    private MlflowFlags mlflow = new MlflowFlags();

    @Mixin
    private final RankOptions rankOptions = new RankOptions();

    TrainVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        return KNOBS;
    }

    @Override
    public Integer call() {
        serve.check();
        rankOptions.check();
        RankEnv env = RankEnv.of(System.getenv());
        ParseResult given = spec.commandLine().getParseResult();
        RunConfig asked = KnobOptions.read(given);
        Path resumed = asked.output().resume();
        if (env.isAlone() && rankOptions.processes(asked) > 1) {
            return RankLaunch.run(console, rankOptions, given, asked, resumed != null ? resumed : folder(asked));
        }
        RunConfig config =
                resumed == null ? asked : Resumed.read(resumed.resolve(RunStore.CONFIG), given, FREE_ON_RESUME);
        try (Ranks ranks = RankJoin.join(env, config, rankOptions, console)) {
            // a folder that is named by the time would be another on each rank
            Path folder = resumed != null
                    ? resumed
                    : Path.of(ranks.tell(folder(config).toString()));
            int status = train(RankJoin.planned(config, env, resumed != null), folder, resumed, ranks);
            ranks.done();
            return status;
        }
    }

    private int train(RunConfig config, Path folder, @Nullable Path resumed, Ranks ranks) {
        Preparation preparation =
                Preparation.of(config, ranks.onThisMachine(), ranks.env().world());
        Interrupt interrupt = Interrupt.install(console);
        if (!ranks.env().isFirst()) {
            try (TrainingRun run = new TrainingRun(preparation, TrainCallback.NONE, ranks)) {
                RunResult result = resumed != null
                        ? run.resume(folder, TrainCallback.NONE, interrupt)
                        : run.train(folder, TrainCallback.NONE, interrupt);
                return ExitStatus.of(result.status());
            }
        }
        MlflowTarget server = resumed == null ? mlflow.target() : mlflow.target(resumed);
        console.err().println(preparation.plan().toText());
        Examples.printFirst(console.err(), preparation);
        reportBadRows(preparation, folder);
        RunResult result;
        try (ServeOption.Served served = serve.open(ServeOption.around(folder), console);
                MlflowFlags.Live live = mlflow.live(server, folder, () -> List.of(MlflowSource.run(folder)), console)) {
            if (resumed != null) {
                live.begin(); // a run that is over has nothing more to say, and may not have been sent yet
            }
            result = run(preparation, folder, resumed != null, interrupt, live, ranks);
            Reports.write(folder, console);
        }
        if (json) {
            console.print(Json.text(result.toJson()));
        } else {
            console.print(summary(result, folder) + RunDiagnosis.lines(EventReader.read(folder), Reports.language()));
        }
        return ExitStatus.of(result.status());
    }

    private RunResult run(
            Preparation preparation,
            Path folder,
            boolean resume,
            Interrupt interrupt,
            MlflowFlags.Live live,
            Ranks ranks) {
        try (ProgressDisplay display = new ProgressDisplay(
                        console,
                        "",
                        preparation.plan().updates().value(),
                        preparation.config().train().logEvery());
                TrainingRun run = new TrainingRun(preparation, display, ranks)) {
            run.listInTensorBoard();
            TrainCallback shown =
                    json ? display : new LiveDiagnosis(display, folder, Reports.language(), display::line);
            TrainCallback told = live.beside(shown);
            return resume ? run.resume(folder, told, interrupt) : run.train(folder, told, interrupt);
        }
    }

    static String summary(RunResult result, Path folder) {
        StringBuilder text = new StringBuilder(result.status().word())
                .append(": ")
                .append(result.reason())
                .append('\n');
        result.finalValues()
                .forEach((name, value) -> text.append(String.format(Locale.ROOT, "  %-14s %s%n", name, number(value))));
        RunResult.Best best = result.best();
        if (best != null) {
            text.append(String.format(
                    Locale.ROOT,
                    "  best           validation %s %s at step %d: %s%n",
                    best.metric(),
                    number(best.value()),
                    best.step(),
                    best.checkpoint().isEmpty() ? "its checkpoint was not kept" : folder.resolve(best.checkpoint())));
        }
        return text.append("  report         ")
                .append(folder.resolve("report.html"))
                .toString();
    }

    private static String number(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.6g", value);
    }

    static Path folder(RunConfig config) {
        Path given = config.output().dir();
        return given != null ? given : Path.of("runs", timeName());
    }

    /** The local time as the name of a folder, for example {@code 20261123-205500}. */
    static String timeName() {
        return LocalDateTime.now(ZoneId.systemDefault()).format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    }

    /** Rows that were skipped on request, beside the run's folder to be. */
    private void reportBadRows(Preparation preparation, Path folder) {
        List<BadRow> bad = new ArrayList<>(preparation.train().examples().badRows());
        if (preparation.validation() != null) {
            bad.addAll(preparation.validation().examples().badRows());
        }
        keepBadRows(bad, folder.resolveSibling(folder.getFileName() + ".bad-rows.jsonl"), console);
    }

    /** Writes skipped rows to a file and says so; nothing where there are none. */
    static void keepBadRows(List<BadRow> bad, Path file, Console console) {
        if (!bad.isEmpty()) {
            BadRow.write(file, bad);
            console.say("skipped rows: " + bad.size() + "; they are in " + file);
        }
    }
}
