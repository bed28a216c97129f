package dev.stride.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stride.config.ConfigReader;
import dev.stride.config.UserException;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import dev.stride.sweep.Sweep;
import dev.stride.sweep.SweepListener;
import dev.stride.sweep.SweepPlan;
import dev.stride.sweep.TrialLauncher;
import dev.stride.train.TrainCallback;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps whose trials are Spark's jobs, on the bundled small checkpoint; every trial is a process of its own. */
class SparkSweepTest {
    private static final Path SAMPLES = Path.of(System.getProperty("stride.root"), "samples");

    @TempDir
    Path folder;

    @Test
    void trials_onTwoSlots_haveTheNumbersOfTheSweepInOneProcess() {
        SweepPlan plan = plan("--lrs", "1e-3,1e-2,3e-2", "--steps", "4", "--prune", "off", "--together", "1");
        SweepResult local = Sweep.start(plan, folder.resolve("local"), new Heard(), () -> false);
        SweepResult spark = start("local[2]", plan, "spark", new Heard(), () -> false);
        assertThat(spark.trials()).hasSize(3);
        for (int i = 0; i < 3; i++) {
            SweepTrial trial = spark.trials().get(i);
            assertThat(trial.status()).isEqualTo(SweepTrial.Status.FINISHED);
            assertThat(result("spark", trial))
                    .as("%s: result.json", trial.name())
                    .isEqualTo(result("local", local.trials().get(i)));
            assertThat(losses(run("spark", trial)))
                    .as("%s: every loss", trial.name())
                    .hasSize(4)
                    .isEqualTo(losses(run("local", trial)));
        }
        assertThat(Objects.requireNonNull(spark.answer()).lr())
                .isEqualTo(Objects.requireNonNull(local.answer()).lr());
    }

    /** All are held at update 2; then the best two go first, and the losing rate follows them and is compared. */
    @Test
    void pruned_trialsGroupIsCancelled_theRestGoesOn() {
        SweepPlan plan = plan("--lrs", "1e-7,3e-3,1e-2", "--steps", "16", "--prune", "median");
        Heard heard = new Heard();
        SweepResult result = start("local[2]", plan, "sweep", heard, () -> false);
        assertThat(result.trials()).hasSize(3);
        for (SweepTrial trial : result.trials()) {
            if (!trial.name().equals("lr-1e-7")) {
                assertThat(trial.status()).as(trial.name()).isEqualTo(SweepTrial.Status.FINISHED);
                assertThat(trial.steps()).isEqualTo(16);
            }
        }
        SweepTrial loser = trial(result, "lr-1e-7");
        assertThat(loser.status()).isEqualTo(SweepTrial.Status.PRUNED);
        assertThat(loser.reason()).contains("median");
        assertThat(loser.steps()).isLessThan(16);
        assertThat(result("sweep", loser).status()).isEqualTo(RunResult.Status.STOPPED);
        List<RunEvent> events = EventReader.read(run("sweep", loser)).events();
        assertThat(events.get(events.size() - 1)).isInstanceOf(VerdictEvent.class);
        assertThat(heard.said).anyMatch(sentence -> sentence.startsWith("lr-1e-7: pruned: "));
    }

    @Test
    void interrupted_trialsSave_andTheSweepGoesOnFromThere() {
        SweepPlan plan = plan("--lrs", "1e-3,1e-2", "--steps", "12", "--prune", "off");
        AtomicBoolean interrupted = new AtomicBoolean();
        Heard first = new Heard();
        first.atEvent = event -> interrupted.compareAndSet(false, event.step() >= 2);
        SweepResult half = start("local[2]", plan, "sweep", first, interrupted::get);
        assertThat(half.trials())
                .extracting(SweepTrial::status)
                .containsAnyOf(SweepTrial.Status.INTERRUPTED)
                .doesNotContain(SweepTrial.Status.FINISHED, SweepTrial.Status.RUNNING);
        Heard second = new Heard();
        SweepResult whole;
        try (TrialLauncher launcher = TrialLauncher.open("local[2]", program(), 1, null)) {
            whole = Sweep.resume(plan, folder.resolve("sweep"), second, () -> false, launcher);
        }
        assertThat(whole.trials()).extracting(SweepTrial::status).containsOnly(SweepTrial.Status.FINISHED);
        long saved = half.trials().stream().mapToLong(SweepTrial::steps).sum();
        assertThat(saved).isPositive();
        assertThat(second.steps).as("what was saved is not made again").hasSize((int) (2 * 12 - saved));
        for (SweepTrial trial : whole.trials()) {
            assertThat(losses(run("sweep", trial)).keySet())
                    .as("%s has each update once", trial.name())
                    .hasSize(12);
        }
    }

    /** A worker is killed as hard as can be, while one trial is over and another has a checkpoint. */
    @Test
    void lostExecutor_losesNoFinishedTrial_andItsTrialGoesOnFromTheCheckpoint() throws IOException {
        sparkHome();
        SweepPlan plan = plan("--lrs", "1e-3,3e-3,1e-2", "--steps", "16", "--prune", "off", "--save-every", "2");
        Heard heard = new Heard();
        List<String> killed = new ArrayList<>();
        Path trials = folder.resolve("sweep").resolve("trials");
        heard.atEvent = event -> {
            // the third trial runs once one of the first two is over
            if (killed.isEmpty() && heard.running.contains("lr-1e-2") && hasCheckpoint(trials.resolve("lr-1e-2"))) {
                killed.add(kill("lr-1e-2", heard));
            }
        };
        SweepResult result = start("local-cluster[2,1,1024]", plan, "sweep", heard, () -> false);
        assertThat(killed).as("an executor was killed").hasSize(1).doesNotContain("");
        assertThat(result.trials()).hasSize(3).extracting(SweepTrial::status).containsOnly(SweepTrial.Status.FINISHED);
        SweepPlan again = plan("--lrs", "1e-3,3e-3,1e-2", "--steps", "16", "--prune", "off", "--together", "1");
        Sweep.start(again, folder.resolve("local"), new Heard(), () -> false);
        for (SweepTrial trial : result.trials()) {
            assertThat(losses(run("sweep", trial)))
                    .as("%s: as if nothing had happened", trial.name())
                    .hasSize(16)
                    .isEqualTo(losses(run("local", trial)));
        }
    }

    /** Two processes a trial, in a stage whose tasks run at once; a losing trial's are ended together. */
    @Test
    void trials_ofTwoProcesses_haveTheNumbersOfOne_andTheLosingOneIsPruned() {
        SweepPlan plan =
                plan(2, "--lrs", "1e-7,3e-3,1e-2", "--steps", "16", "--prune", "median", "--lora-dropout", "0");
        SweepResult result = start("local[2]", 2, plan, "sweep", new Heard(), () -> false);
        SweepTrial loser = trial(result, "lr-1e-7");
        assertThat(loser.status()).isEqualTo(SweepTrial.Status.PRUNED);
        assertThat(result("sweep", loser).status()).isEqualTo(RunResult.Status.STOPPED);
        SweepPlan alone =
                plan("--lrs", "3e-3,1e-2", "--steps", "16", "--prune", "off", "--together", "1", "--lora-dropout", "0");
        SweepResult local = Sweep.start(alone, folder.resolve("local"), new Heard(), () -> false);
        for (SweepTrial trial : local.trials()) {
            assertClose(run("sweep", trial(result, trial.name())), run("local", trial), 16);
        }
    }

    /** The executor of one of the two processes is killed; the whole stage begins again and goes on from the checkpoint. */
    @Test
    void lostExecutor_ofATrialOfTwoProcesses_goesOnFromTheCheckpoint() throws IOException {
        sparkHome();
        SweepPlan plan =
                plan(2, "--lrs", "1e-2", "--steps", "16", "--prune", "off", "--save-every", "2", "--lora-dropout", "0");
        Heard heard = new Heard();
        List<String> killed = new ArrayList<>();
        heard.atEvent = event -> {
            if (killed.isEmpty()
                    && hasCheckpoint(folder.resolve("sweep").resolve("trials").resolve("lr-1e-2"))) {
                killed.add(kill("lr-1e-2", heard));
            }
        };
        SweepResult result = start("local-cluster[2,1,1024]", 2, plan, "sweep", heard, () -> false);
        assertThat(killed).as("an executor was killed").hasSize(1).doesNotContain("");
        assertThat(result.trials())
                .allSatisfy(
                        trial -> assertThat(trial.status()).as(trial.reason()).isEqualTo(SweepTrial.Status.FINISHED));
        SweepPlan alone =
                plan("--lrs", "1e-2", "--steps", "16", "--prune", "off", "--together", "1", "--lora-dropout", "0");
        SweepResult local = Sweep.start(alone, folder.resolve("local"), new Heard(), () -> false);
        assertClose(
                run("sweep", result.trials().get(0)),
                run("local", local.trials().get(0)),
                16);
    }

    @Test
    void fewerPlacesThanATrialHasProcesses_isRefused() {
        assertThatThrownBy(() -> TrialLauncher.open("local[1]", program(), 2, null))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--on local[1]")
                .hasMessageContaining("2 processes")
                .hasMessageContaining("--nproc 1");
    }

    @Test
    void address_ofAnotherKind_isRefused() {
        assertThatThrownBy(() -> TrialLauncher.open("yarn", program(), 1, null))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--on yarn")
                .hasMessageContaining("spark://HOST:PORT");
    }

    @Test
    void process_thatCannotStart_failsItsTrialWithAReason_andNotTheSweep() {
        SweepPlan plan = plan("--lrs", "1e-3,1e-2", "--steps", "4", "--prune", "off");
        TrialLauncher.Program wrong = new TrialLauncher.Program(
                List.of("-cp", "nowhere", "no.Main"), Map.of(), Path.of("").toAbsolutePath());
        SweepResult result;
        try (TrialLauncher launcher = TrialLauncher.open("local[2]", wrong, 1, null)) {
            result = Sweep.start(plan, folder.resolve("sweep"), new Heard(), () -> false, launcher);
        }
        assertThat(result.trials()).hasSize(2).allSatisfy(trial -> {
            assertThat(trial.status()).isEqualTo(SweepTrial.Status.FAILED);
            assertThat(trial.reason()).contains("no.Main");
        });
    }

    /** What local-cluster starts its executors by. */
    static void sparkHome() throws IOException {
        Path home = Path.of(Objects.requireNonNullElse(System.getenv("SPARK_HOME"), ""));
        Path jars = home.resolveSibling("lib");
        assumeTrue(
                home.getFileName() != null && Files.isDirectory(jars),
                "SKIPPED: Spark's jars are not in target/lib; run the tests by Maven");
        Files.createDirectories(home);
        Files.deleteIfExists(home.resolve("jars"));
        Files.createSymbolicLink(home.resolve("jars"), jars);
    }

    /** Ranks add float32 in another order. */
    private static void assertClose(Path run, Path whole, int updates) {
        List<StepEvent> expected = steps(whole);
        List<StepEvent> steps = steps(run);
        assertThat(steps).hasSize(updates).hasSameSizeAs(expected);
        for (int i = 0; i < updates; i++) {
            double loss = expected.get(i).loss();
            assertThat(steps.get(i).loss()).as("update %s", i + 1).isCloseTo(loss, within(1e-4 * loss));
            assertThat(steps.get(i).lr()).isEqualTo(expected.get(i).lr());
        }
    }

    private static List<StepEvent> steps(Path run) {
        return EventReader.read(run).events().stream()
                .filter(StepEvent.class::isInstance)
                .map(StepEvent.class::cast)
                .toList();
    }

    /** Ends the executor that minds the trial's process, found by when that process began. */
    static String kill(String name, Heard heard) {
        List<ProcessHandle> executors = ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().commandLine().orElse("").contains("CoarseGrainedExecutorBackend"))
                .filter(process -> process.children().findAny().isPresent())
                .toList();
        // of two executors the one whose process began last trains the trial that began last
        ProcessHandle victim = executors.stream()
                .max(java.util.Comparator.comparing(executor -> executor.children()
                        .map(child -> child.info().startInstant().orElseThrow())
                        .max(java.util.Comparator.naturalOrder())
                        .orElseThrow()))
                .orElse(null);
        if (victim == null) {
            return "";
        }
        heard.said.add("killed the executor of " + name);
        victim.destroyForcibly();
        return Long.toString(victim.pid());
    }

    private static boolean hasCheckpoint(Path run) {
        return Files.isDirectory(run.resolve("checkpoints").resolve("step-000002"))
                || Files.isDirectory(run.resolve("checkpoints").resolve("step-000004"));
    }

    private SweepResult start(
            String address, SweepPlan plan, String name, SweepListener listener, BooleanSupplier interrupted) {
        return start(address, 1, plan, name, listener, interrupted);
    }

    private SweepResult start(
            String address,
            int ranks,
            SweepPlan plan,
            String name,
            SweepListener listener,
            BooleanSupplier interrupted) {
        try (TrialLauncher launcher = TrialLauncher.open(address, program(), ranks, null)) {
            return Sweep.start(plan, folder.resolve(name), listener, interrupted, launcher);
        }
    }

    static TrialLauncher.Program program() {
        return new TrialLauncher.Program(
                List.of(
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.bytedeco.javacpp.nopointergc=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.stride.cli.Main",
                        "trial"),
                Map.of("STRIDE_LAUNCHED", "1", "OMP_WAIT_POLICY", "passive"),
                Path.of("").toAbsolutePath());
    }

    static SweepPlan plan(String... more) {
        return plan(1, more);
    }

    private static SweepPlan plan(int ranks, String... more) {
        Map<String, List<String>> flags = new LinkedHashMap<>();
        String words = "--task dialogue --lora-targets all --batch 2 --eval-every 2 --val-generate 0 --threads 1"
                + " --grow off --max-length 48";
        List<String> all = new ArrayList<>(List.of(words.split(" ")));
        all.addAll(List.of("--model", SAMPLES.resolve("model").toString()));
        all.addAll(List.of("--data", SAMPLES.resolve("dialogue/train.jsonl").toString()));
        all.addAll(List.of("--val", SAMPLES.resolve("dialogue/validation.jsonl").toString()));
        all.addAll(Arrays.asList(more));
        for (int i = 0; i < all.size(); i += 2) {
            flags.put(all.get(i), List.of(all.get(i + 1).split(",")));
        }
        return SweepPlan.of(ConfigReader.read(null, flags, List.of()), ranks, ranks);
    }

    static SweepTrial trial(SweepResult result, String name) {
        return result.trials().stream()
                .filter(trial -> trial.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Path run(String sweep, SweepTrial trial) {
        return folder.resolve(sweep).resolve(trial.folder());
    }

    /** Without the seconds, which differ from run to run. */
    private RunResult result(String sweep, SweepTrial trial) {
        RunResult result =
                Objects.requireNonNull(EventReader.read(run(sweep, trial)).result());
        Map<String, Double> numbers = result.finalValues().entrySet().stream()
                .filter(entry -> !Set.of("seconds").contains(entry.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        assertThat(numbers).containsKey("loss");
        return new RunResult(result.status(), result.steps(), result.best(), numbers, result.reason());
    }

    /** Loss and rate of each update, and validation losses, by step. */
    static Map<Long, String> losses(Path run) {
        Map<Long, String> losses = new LinkedHashMap<>();
        Map<Long, Double> evaluations = new LinkedHashMap<>();
        for (RunEvent event : EventReader.read(run).events()) {
            if (event instanceof EvalEvent eval) {
                evaluations.put(eval.step(), eval.loss());
            }
        }
        for (RunEvent event : EventReader.read(run).events()) {
            if (event instanceof StepEvent step) {
                String before =
                        losses.put(step.step(), step.loss() + " " + step.lr() + " " + evaluations.get(step.step()));
                assertThat(before).as("update %s stands once", step.step()).isNull();
            }
        }
        return losses;
    }

    /** What a sweep said of itself. */
    static final class Heard implements SweepListener {
        final List<String> said = new ArrayList<>();
        final List<Long> steps = new ArrayList<>();
        final List<String> running = new ArrayList<>();
        Consumer<RunEvent> atEvent = event -> {};

        @Override
        public TrainCallback trial(String name, long totalSteps) {
            return new TrainCallback() {
                @Override
                public void event(RunEvent event) {
                    if (!running.contains(name)) {
                        running.add(name);
                    }
                    if (event instanceof StepEvent) {
                        steps.add(event.step());
                    }
                    atEvent.accept(event);
                }

                @Override
                public void progress(String what, long done, long total) {}
            };
        }

        @Override
        public void say(String sentence) {
            said.add(sentence);
        }
    }
}
