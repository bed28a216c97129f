package dev.stride.cli;

import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.distributed.RankEnv;
import dev.stride.experiment.MlflowTarget;
import dev.stride.experiment.RunStore;
import dev.stride.report.SweepData;
import dev.stride.search.SweepAnswer;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import dev.stride.sweep.Sweep;
import dev.stride.sweep.SweepListener;
import dev.stride.sweep.SweepPlan;
import dev.stride.sweep.TrialLauncher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

@Command(
        name = "sweep",
        description = "Trains the same model and data at several peak rates and says in one sentence which to use.",
        footer = {
            "",
            "Example: stride sweep --model samples/model --data samples/dialogue/train.jsonl"
                    + " --val samples/dialogue/validation.jsonl --task dialogue --lora-targets all --batch 16 --epochs 2"
                    + " --lrs 3e-3,1e-2,3e-2 --out runs/sweep"
        })
final class SweepVerb implements Verb {
    /** Settings that may differ when a sweep goes on: they change no trial that was made. */
    private static final Set<String> FREE_ON_RESUME = Set.of(
            "output.dir",
            "output.resume",
            "plan.hardware",
            "train.precision",
            "train.threads",
            "train.log_every",
            "sweep.seeds",
            "sweep.grow",
            "sweep.max_rates",
            "sweep.together",
            "sweep.weights");

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print sweep.json.")
    private boolean json;

    @Option(
            names = "--on",
            paramLabel = "ADDRESS",
            description = "Run the trials on Spark instead of in this process: spark://HOST:PORT, or local[N] for N"
                    + " processes at a time on this machine. Needs the annex stride-spark (docs/spark.md).")
    private @Nullable String on;

    @Option(
            names = "--share",
            paramLabel = "URI",
            description =
                    "With --on: where the trials' folders lie for all machines, if these have no file system in"
                            + " common: hdfs://HOST:PORT/PATH, s3a://BUCKET/PATH or file:///PATH. The folder here is kept in step.")
    private @Nullable String share;

    @Mixin
    private final RankOptions ranks = new RankOptions("1");

    @Mixin
    private final ServeOption serve = new ServeOption();

    @Mixin
    private MlflowFlags mlflow = new MlflowFlags();

    SweepVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        List<String> knobs = new ArrayList<>(TrainVerb.KNOBS);
        knobs.add("sweep");
        return knobs;
    }

    @Override
    public Integer call() {
        serve.check();
        ranks.check();
        if (share != null && on == null) {
            throw new UserException("--share " + share + " is used by nothing: trials in this process write to the"
                    + " folder of the sweep. Give --on ADDRESS too, or leave it out");
        }
        ParseResult given = spec.commandLine().getParseResult();
        RunConfig asked = KnobOptions.read(given);
        Path resumed = asked.output().resume();
        RunConfig config = resumed == null ? asked : Resumed.read(resumed.resolve(Sweep.YAML), given, FREE_ON_RESUME);
        MlflowTarget server = resumed == null ? mlflow.target() : mlflow.target(resumed);
        int processes = ranks.processes(config);
        if (share != null && processes > 1) {
            throw new UserException(
                    "--share " + share + ": trials of " + processes + " processes read the run's folder on"
                            + " each machine, so they need a file system that all have at the same path. Leave out --share, or"
                            + " give --nproc 1");
        }
        RankEnv first = new RankEnv(0, processes, 0, "127.0.0.1", RankEnv.ALONE.masterPort(), "stride");
        config = RankJoin.planned(config, first, resumed != null);
        SweepPlan plan = SweepPlan.of(config, on == null ? processes : 1, processes);
        console.err().println(plan.baseline().plan().toText());
        plan.warnings().forEach(warning -> console.say("warning: " + warning));
        Path folder = resumed != null ? resumed : folder(config);
        Interrupt interrupt = Interrupt.install(console);
        SweepResult result;
        SweepData data;
        try (ServeOption.Served served = serve.open(folder, console);
                MlflowFlags.Live live = mlflow.live(server, folder, () -> SweepRuns.of(folder), console)) {
            if (resumed != null) {
                live.begin();
            }
            result = run(plan, folder, processes, resumed != null, interrupt, live);
            data = write(folder, result, console);
        }
        if (json) {
            console.print(result.toText().stripTrailing());
        } else {
            SweepPage.print(data, console);
            console.print(folder.resolve(Reports.PAGE).toString());
        }
        return status(result, interrupt.getAsBoolean());
    }

    private SweepResult run(
            SweepPlan plan, Path folder, int processes, boolean resume, Interrupt interrupt, MlflowFlags.Live live) {
        try (SweepDisplay display =
                        new SweepDisplay(console, plan.asked().train().logEvery());
                TrialLauncher launcher = launcher(folder, processes)) {
            SweepListener told = live.beside(display);
            return resume
                    ? Sweep.resume(plan, folder, told, interrupt, launcher)
                    : Sweep.start(plan, folder, told, interrupt, launcher);
        }
    }

    /** Who runs the trials; null for this process. */
    private @Nullable TrialLauncher launcher(Path folder, int processes) {
        TrialLauncher.Program program = TrialPrograms.of(System.getenv(), ranks.timeoutSeconds());
        if (on != null) {
            return TrialLauncher.open(
                    on,
                    program,
                    processes,
                    share == null ? null : new TrialLauncher.Share(share, folder.toAbsolutePath()));
        }
        return processes == 1 ? null : new RankedTrials(ranks, processes, program);
    }

    /** Writes the pages of the sweep and of its trials, and what TensorBoard reads. */
    static SweepData write(Path folder, SweepResult result, Console console) {
        for (SweepTrial trial : result.trials()) {
            Path run = folder.resolve(trial.folder());
            if (Files.isRegularFile(run.resolve(RunStore.EVENTS))) {
                Reports.write(run, console);
            }
        }
        SweepData data = SweepPage.read(folder);
        SweepPage.write(folder, data, console);
        SweepExports.tensorBoard(folder, data, InstantSource.system());
        return data;
    }

    private static Path folder(RunConfig config) {
        Path given = config.output().dir();
        return given != null ? given : Path.of("runs", "sweep-" + TrainVerb.timeName());
    }

    private static int status(SweepResult result, boolean interrupted) {
        if (interrupted) {
            return ExitStatus.INTERRUPTED;
        }
        SweepAnswer answer = result.answer();
        if (answer != null && answer.isUsable()) {
            return ExitStatus.DONE;
        }
        boolean stopped = result.trials().stream().allMatch(trial -> trial.status() == SweepTrial.Status.STOPPED);
        return stopped ? ExitStatus.STOPPED : ExitStatus.FAILED;
    }
}
