package dev.stride.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.SmallFiles;
import dev.stride.config.ConfigReader;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.LiveState;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRequest;
import dev.stride.experiment.RunRequests;
import dev.stride.experiment.StepEvent;
import dev.stride.search.SweepAnswer;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import dev.stride.train.Runs;
import dev.stride.train.TrainCallback;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody asks something of single trials while their sweep goes on, whether they train together or one after the other. */
class StoppedTrialTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static SmallFiles files;

    @BeforeAll
    static void write() {
        files = SmallFiles.write(shared, 22, 3, 5, 4);
    }

    private static SweepPlan plan(String together) {
        Map<String, List<String>> flags = new LinkedHashMap<>();
        List<String> words = new ArrayList<>(files.flags());
        words.addAll(List.of("--precision", "fp32", "--lrs", "1e-3,2e-3,4e-3,8e-3", "--grow", "off"));
        words.addAll(List.of("--prune", "off", "--schedule", "linear", "--warmup", "2", "--steps", "12"));
        words.addAll(List.of("--threads", "1", "--batch", "4", "--micro-batch", "2", "--eval-every", "6"));
        words.addAll(List.of("--val-generate", "0", "--method", "lora", "--together", together));
        for (int i = 0; i < words.size(); i += 2) {
            flags.put(words.get(i), List.of(words.get(i + 1)));
        }
        return SweepPlan.of(ConfigReader.read(null, flags, List.of()));
    }

    /** Asks of some trials after an update, and lets time pass then, so that the trial looks before the next one. */
    private static final class Asking implements SweepListener {
        private final Path sweep;
        private final Map<String, RunRequest.Action> wishes;
        private final List<String> said = new ArrayList<>();
        private int steps;

        Asking(Path sweep, Map<String, RunRequest.Action> wishes) {
            this.sweep = sweep;
            this.wishes = wishes;
        }

        @Override
        public TrainCallback trial(String name, long totalSteps) {
            return new TrainCallback() {
                @Override
                public void event(RunEvent event) {
                    steps += event instanceof StepEvent ? 1 : 0;
                    RunRequest.Action wish = wishes.get(name);
                    if (wish != null && event instanceof StepEvent && event.step() == 4) {
                        Path run = sweep.resolve("trials").resolve(name);
                        RunRequests.ask(run, new RunRequest(wish, "", "page", Instant.now()));
                        try {
                            Thread.sleep(250);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                }
            };
        }

        @Override
        public void say(String sentence) {
            said.add(sentence);
        }
    }

    private static Map<String, SweepTrial> byName(SweepResult result) {
        Map<String, SweepTrial> trials = new LinkedHashMap<>();
        result.trials().forEach(trial -> trials.put(trial.name(), trial));
        return trials;
    }

    @ParameterizedTest
    @ValueSource(strings = {"4", "1"})
    void stoppedTrial_isOver_theOthersGoOn_andTheAnswerSaysIt(String together) {
        Path sweep = folder.resolve("sweep");
        Asking asking = new Asking(
                sweep,
                Map.of(
                        "lr-1e-3",
                        RunRequest.Action.STOP,
                        "lr-2e-3",
                        RunRequest.Action.HALVE,
                        "lr-4e-3",
                        RunRequest.Action.EVALUATE));
        SweepResult result = Sweep.start(plan(together), sweep, asking, () -> false);
        SweepTrial stopped = Objects.requireNonNull(byName(result).get("lr-1e-3"));
        assertThat(stopped.status()).isEqualTo(SweepTrial.Status.STOPPED);
        assertThat(stopped.steps()).isEqualTo(4);
        assertThat(stopped.reason()).startsWith("stopped by a person (page) after step 4");
        assertThat(stopped.isStoppedByPerson()).isTrue();
        assertThat(stopped.mayBeRated()).isFalse();
        assertThat(asking.said).anyMatch(line -> line.startsWith("lr-1e-3: stopped: stopped by a person"));
        for (String other : List.of("lr-2e-3", "lr-4e-3", "lr-8e-3")) {
            SweepTrial trial = Objects.requireNonNull(byName(result).get(other));
            assertThat(trial.status()).as(other).isEqualTo(SweepTrial.Status.FINISHED);
            assertThat(trial.steps()).as(other).isEqualTo(12);
        }
        assertThat(Runs.events(sweep.resolve("trials/lr-4e-3")).stream()
                        .filter(event -> event instanceof EvalEvent eval && eval.asked())
                        .map(RunEvent::step))
                .containsExactly(4L);
        SweepAnswer answer = Objects.requireNonNull(result.answer());
        assertThat(answer.isUsable()).isTrue();
        assertThat(answer.sentence()).contains("1e-3 was stopped by a person");
        assertThat(result.warnings())
                .containsOnlyOnce("2e-3 is compared at a rate that is not its own: a person halved it on the way.");
        assertThat(LiveState.read(sweep.resolve("trials/lr-1e-3"))).isNotNull().matches(LiveState::ended);

        Asking again = new Asking(sweep, Map.of());
        SweepResult resumed = Sweep.resume(plan(together), sweep, again, () -> false);
        assertThat(again.steps).as("nothing is trained again").isZero();
        assertThat(resumed.trials()).isEqualTo(result.trials());
        assertThat(resumed.warnings()).isEqualTo(result.warnings());
    }

    /** Whoever goes on with a stopped trial by itself takes the stop back. */
    @org.junit.jupiter.api.Test
    void stoppedTrial_goneOnWithByHand_isNoLongerStopped() {
        Path sweep = folder.resolve("sweep");
        SweepPlan plan = plan("4");
        Sweep.start(plan, sweep, new Asking(sweep, Map.of("lr-1e-3", RunRequest.Action.STOP)), () -> false);
        TrialSpec spec = plan.grid().get(0);
        Path run = sweep.resolve("trials/lr-1e-3");
        TrialState before = new TrialState(spec, run);
        assertThat(before.status()).isEqualTo(SweepTrial.Status.STOPPED);
        try (var training = new dev.stride.train.TrainingRun(TrialRunner.preparation(before, 1), TrainCallback.NONE)) {
            training.resume(run, TrainCallback.NONE, () -> true);
        }
        assertThat(new TrialState(spec, run).status()).isEqualTo(SweepTrial.Status.INTERRUPTED);
    }

    /** Rules that compare trials at a step must not take a value of another step for it. */
    @org.junit.jupiter.api.Test
    void curve_leavesOutWhatAPersonAskedFor() {
        TrialState state = new TrialState(plan("1").grid().get(0), folder.resolve("absent"));
        state.event(new EvalEvent(3, 2.5, 10, Map.of(), 1, true));
        state.event(new EvalEvent(6, 2.0, 10, Map.of(), 1));
        assertThat(state.curve(dev.stride.config.StopMetric.LOSS).evaluations())
                .extracting(dev.stride.search.TrialCurve.Evaluation::step)
                .containsExactly(6L);
        state.event(new EvalEvent(9, 1.5, 10, Map.of(), 1, true));
        assertThat(state.last(dev.stride.config.StopMetric.LOSS)).isEqualTo(1.5);
    }
}
