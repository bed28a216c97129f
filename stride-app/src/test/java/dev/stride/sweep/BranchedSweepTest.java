package dev.stride.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.SmallFiles;
import dev.stride.config.ConfigReader;
import dev.stride.config.UserException;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.schedule.LrSchedule;
import dev.stride.schedule.Sloped;
import dev.stride.search.SweepAnswer;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import dev.stride.train.RunFork;
import dev.stride.train.Runs;
import dev.stride.train.TrainCallback;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sweeps whose trials share beginnings or are cooled on their way, on a checkpoint of milliseconds. Rates 1e-3, 2e-3 and
 * 4e-3 with a planned warm-up of 8 updates rise by 5e-4 an update, to their peaks at 2, 4 and 8: they leave the highest one
 * after 1 and 3 updates.
 */
class BranchedSweepTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static SmallFiles files;

    @BeforeAll
    static void write() {
        files = SmallFiles.write(shared, 22, 3, 5, 4);
    }

    @Test
    void forkedTrials_oneAfterTheOther_areThoseThatTrainAlone() throws IOException {
        Path sweep = folder.resolve("sweep");
        Counting counting = new Counting();
        SweepResult result = Sweep.start(plan("--fork", "on", "--together", "1"), sweep, counting, () -> false);
        checkForks(result, counting);
        int compared = 0;
        for (String rate : List.of("1e-3", "2e-3", "4e-3")) {
            Path trial = sweep.resolve("trials/lr-" + rate);
            Path alone = folder.resolve("alone-" + rate);
            Map<String, List<String>> flags = flags("--lr", rate, "--warmup-slope", "5e-4");
            flags.put("--guard", List.of("early-stop=off"));
            flags.remove("--warmup");
            flags.remove("--prune");
            flags.remove("--lrs");
            flags.remove("--grow");
            List<String> words = new ArrayList<>();
            flags.forEach((flag, values) -> words.addAll(List.of(flag, values.get(0))));
            Runs.train(words, alone, () -> false);
            assertThat(Runs.numbers(trial)).as(rate).isEqualTo(Runs.numbers(alone));
            assertThat(Runs.content(trial, 12)).as(rate).isEqualTo(Runs.content(alone, 12));
            compared++;
        }
        assertThat(compared).isEqualTo(3);
        assertThat(SweepResult.read(sweep).toText()).isEqualTo(result.toText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "full"})
    void forkedTrials_ofBothMethods_countWhatIsSharedOnce(String method) {
        Counting counting = new Counting();
        checkForks(
                Sweep.start(plan("--fork", "on", "--method", method), folder.resolve("sweep"), counting, () -> false),
                counting);
    }

    /** A trial that goes on reads absolute paths from its folder, a new one has what was given. */
    @Test
    void forkedTrials_modelByARelativePath_trainOverOneBase() {
        String relative = Path.of("")
                .toAbsolutePath()
                .relativize(files.model().toAbsolutePath())
                .toString();
        assertThat(Path.of(relative)).isRelative();
        Counting counting = new Counting();
        checkForks(
                Sweep.start(plan("--fork", "on", "--model", relative), folder.resolve("sweep"), counting, () -> false),
                counting);
    }

    private static void checkForks(SweepResult result, Counting counting) {
        assertThat(result.trials()).extracting(SweepTrial::status).containsOnly(SweepTrial.Status.FINISHED);
        assertThat(result.trials())
                .extracting(SweepTrial::forked)
                .containsExactly(new SweepTrial.Fork("lr-4e-3", 1), new SweepTrial.Fork("lr-4e-3", 3), null);
        assertThat(result.trials()).extracting(SweepTrial::steps).containsOnly(12L);
        assertThat(result.updates().grid()).isEqualTo(36);
        assertThat(result.updates().made()).isEqualTo(32).isEqualTo(counting.steps);
        assertThat(result.updates().saved()).isEqualTo(Map.of("prefix", 4L));
    }

    /** Ended after every possible number of updates and gone on with, the sweep is the one that never was. */
    @Test
    void forkedSweep_endedAnywhere_goesOnWithoutForkingAgain() {
        SweepResult whole = Sweep.start(
                plan("--fork", "on", "--together", "1"), folder.resolve("whole"), new Counting(), () -> false);
        for (int updates : new int[] {0, 1, 2, 3, 4, 13}) {
            Path sweep = folder.resolve("ended-" + updates);
            Counting first = new Counting();
            Sweep.start(plan("--fork", "on", "--together", "1"), sweep, first, first.after(updates));
            assertThat(first.steps).isEqualTo(updates);
            Counting second = new Counting();
            SweepResult result = Sweep.resume(plan("--fork", "on", "--together", "1"), sweep, second, () -> false);
            assertThat(first.steps + second.steps).as("after %s", updates).isEqualTo(32);
            assertThat(result.updates()).isEqualTo(whole.updates());
            assertThat(result.trials())
                    .extracting(SweepTrial::forked)
                    .isEqualTo(whole.trials().stream().map(SweepTrial::forked).toList());
            assertThat(result.trials())
                    .extracting(SweepTrial::metrics)
                    .isEqualTo(whole.trials().stream().map(SweepTrial::metrics).toList());
        }
    }

    @Test
    void trunks_atAQuarterAndAHalf_coolABranchAndEndTheWorseHalf() {
        Path sweep = folder.resolve("sweep");
        Counting counting = new Counting();
        SweepResult result = Sweep.start(
                plan("--trunk", "on", "--fork", "on", "--steps", "40", "--warmup", "8"), sweep, counting, () -> false);
        checkTrunks(result, sweep);
        assertThat(result.updates().made()).isEqualTo(counting.steps);
        Map<String, Long> saved = result.updates().saved();
        // branches from 10 (three) and from 20 (two)
        assertThat(saved).containsEntry("trunk", 70L).containsEntry("prefix", 4L);
        assertThat(result.updates().made()).isEqualTo(120 - 4 - saved.getOrDefault("pruning", 0L) + 3 * 2 + 2 * 4);
        assertThat(result.updates().grid()).isEqualTo(120);
    }

    @Test
    void trunks_endedAnywhere_goOnTheSame() {
        String[] words = {"--trunk", "on", "--steps", "16", "--warmup", "2", "--together", "1"};
        SweepResult whole = Sweep.start(plan(words), folder.resolve("whole"), new Counting(), () -> false);
        int ended = 0;
        for (int updates : new int[] {3, 12, 13, 18, 25, 30}) {
            Path sweep = folder.resolve("ended-" + updates);
            Counting first = new Counting();
            Sweep.start(plan(words), sweep, first, first.after(updates));
            assertThat(first.steps).isEqualTo(updates);
            Counting second = new Counting();
            SweepResult result = Sweep.resume(plan(words), sweep, second, () -> false);
            assertThat(first.steps + second.steps).as("after %s", updates).isEqualTo((int)
                    whole.updates().made());
            assertThat(result.updates()).isEqualTo(whole.updates());
            for (int i = 0; i < 3; i++) {
                assertThat(result.trials().get(i).status())
                        .isEqualTo(whole.trials().get(i).status());
                assertThat(result.trials().get(i).reason())
                        .isEqualTo(whole.trials().get(i).reason());
                assertThat(result.trials().get(i).cooldowns())
                        .isEqualTo(whole.trials().get(i).cooldowns());
            }
            ended++;
        }
        assertThat(ended).isEqualTo(6);
    }

    @Test
    void trunks_pruneOff_coolAndEndNothing() {
        SweepResult result = Sweep.start(
                plan("--trunk", "on", "--steps", "16", "--warmup", "2", "--prune", "off"),
                folder.resolve("sweep"),
                new Counting(),
                () -> false);
        assertThat(result.trials()).extracting(SweepTrial::status).containsOnly(SweepTrial.Status.FINISHED);
        assertThat(result.trials())
                .allSatisfy(trial -> assertThat(trial.cooldowns()).hasSize(2));
        assertThat(result.updates().made()).isEqualTo(48 + 3 + 3);
        assertThat(result.updates().saved()).isEqualTo(Map.of("trunk", 36L));
    }

    /** Ended by what it is at after a quarter, a rate that still rises there would be judged beside ones that do not. */
    @Test
    void trunks_whereAQuarterIsInsideAWarmup_coolAtTheHalfAlone() {
        SweepResult result = Sweep.start(
                plan("--trunk", "on", "--fork", "on", "--steps", "24"),
                folder.resolve("sweep"),
                new Counting(),
                () -> false);
        assertThat(result.trials())
                .allSatisfy(trial -> assertThat(trial.cooldowns())
                        .extracting(SweepTrial.Cooldown::step)
                        .containsExactly(12L));
        assertThat(result.trials().stream().filter(trial -> trial.status() == SweepTrial.Status.FINISHED))
                .hasSize(2);
        assertThat(result.warnings())
                .contains("No branches are cooled at 1/4 of the updates: the rate of lr-4e-3 is not at its peak at"
                        + " update 6.");
    }

    private static void checkTrunks(SweepResult result, Path sweep) {
        assertThat(result.trials())
                .extracting(trial -> trial.cooldowns().size())
                .containsExactlyInAnyOrder(2, 2, 1);
        List<Double> first = new ArrayList<>();
        for (SweepTrial trial : result.trials()) {
            SweepTrial.Cooldown branch = trial.cooldowns().get(0);
            assertThat(branch.step()).isEqualTo(10);
            assertThat(branch.end()).isEqualTo(12);
            first.add(branch.value());
            Path run = sweep.resolve(branch.folder());
            assertThat(RunFork.read(run)).isEqualTo(new RunFork(trial.name(), 10));
            List<StepEvent> cooled = Runs.steps(run);
            List<StepEvent> trunk = Runs.steps(sweep.resolve(trial.folder()));
            assertThat(cooled).hasSize(12);
            for (int i = 0; i < 10; i++) {
                assertThat(cooled.get(i).loss()).isEqualTo(trunk.get(i).loss());
                assertThat(cooled.get(i).lr()).isEqualTo(trunk.get(i).lr());
            }
            double last = cooled.get(11).lr().values().iterator().next();
            assertThat(last).as("the branch ends at the floor").isZero();
            List<RunEvent> evaluations = Runs.events(run).stream()
                    .filter(event -> event instanceof EvalEvent && event.step() == 12)
                    .toList();
            assertThat(evaluations).hasSize(1);
            assertThat(((EvalEvent) evaluations.get(0)).loss()).isCloseTo(branch.value(), within(0.0));
        }
        double worst = first.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        SweepTrial ended = result.trials().stream()
                .filter(trial -> trial.cooldowns().size() == 1)
                .findFirst()
                .orElseThrow();
        assertThat(ended.cooldowns().get(0).value()).isEqualTo(worst);
        assertThat(ended.status()).isEqualTo(SweepTrial.Status.PRUNED);
        assertThat(ended.steps()).isEqualTo(10);
        assertThat(ended.reason())
                .startsWith("Cooled down from step 10 its loss is ")
                .endsWith("the better half, 2 of 3.");
        assertThat(result.trials().stream().filter(trial -> trial.status() == SweepTrial.Status.FINISHED))
                .as("of the two that are left one goes on")
                .hasSize(1);
    }

    @Test
    void plan_whatDoesNotGoTogether_isRefusedOrSaid() {
        assertThatThrownBy(() -> plan("--trunk", "on", "--schedule", "cosine"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("sweep.trunk: on; allowed: with --schedule wsd");
        assertThatThrownBy(() -> plan("--fork", "on", "--schedule-form", "hf"))
                .hasMessageContaining("not with the form hf");
        assertThatThrownBy(() -> plan("--fork", "on", "--schedule", "one-cycle"))
                .hasMessageContaining("not with one-cycle");
        assertThat(plan("--fork", "on", "--warmup", "1").warnings())
                .anySatisfy(warning -> assertThat(warning).startsWith("Trials are not forked: a warm-up of 1 updates"));
        assertThat(plan("--trunk", "on", "--prune", "median").warnings())
                .anySatisfy(warning -> assertThat(warning).contains("--prune median does not act"));
        SweepPlan forked = plan("--fork", "on");
        assertThat(forked.rate(8e-3, SweepTrial.Origin.GROWN)
                        .get(0)
                        .preparation()
                        .plan()
                        .schedule()
                        .warmup())
                .as("16 of 12 updates would be the slope's")
                .isEqualTo(8);
        assertThat(forked.warnings()).anySatisfy(warning -> assertThat(warning).startsWith("8e-3 would rise"));
    }

    /** A forked winner's warm-up, and a trunk's schedule, are the sweep's own: nobody gave them. */
    @ParameterizedTest
    @ValueSource(strings = {"--fork", "--trunk", "both"})
    void command_hasTheScheduleOfTheWinner(String branching) {
        List<String> words = new ArrayList<>(List.of("--steps", "40", "--prune", "off"));
        for (String flag : branching.equals("both") ? List.of("--fork", "--trunk") : List.of(branching)) {
            words.addAll(List.of(flag, "on"));
        }
        SweepPlan plan = plan(words.toArray(String[]::new));
        Path sweep = folder.resolve("sweep");
        SweepAnswer answer = Objects.requireNonNull(
                Sweep.start(plan, sweep, new Counting(), () -> false).answer());
        List<String> command = List.of(answer.command().split(" "));
        assertThat(command.subList(0, 2)).containsExactly("./stride", "train");
        assertThat(command).contains(branching.equals("--trunk") ? "--warmup" : "--warmup-slope");
        assertThat(command).doesNotContain(branching.equals("--trunk") ? "--warmup-slope" : "--warmup");
        LrSchedule winner = plan.grid().stream()
                .filter(trial -> trial.value().equals(answer.value()))
                .findFirst()
                .orElseThrow()
                .preparation()
                .plan()
                .schedule();
        LrSchedule recommended =
                Runs.prepare(command.subList(2, command.size())).plan().schedule();
        assertThat(recommended).isEqualTo(winner);
        assertThat(recommended instanceof Sloped).isEqualTo(!branching.equals("--trunk"));
    }

    /** Counts updates as they are made. */
    private static final class Counting implements SweepListener {
        private int steps;

        @Override
        public TrainCallback trial(String name, long totalSteps) {
            return new TrainCallback() {
                @Override
                public void event(RunEvent event) {
                    steps += event instanceof StepEvent ? 1 : 0;
                }
            };
        }

        @Override
        public void say(String sentence) {}

        BooleanSupplier after(int updates) {
            return () -> steps >= updates;
        }
    }

    private static SweepPlan plan(String... more) {
        return SweepPlan.of(ConfigReader.read(null, flags(more), List.of()));
    }

    private static Map<String, List<String>> flags(String... more) {
        Map<String, List<String>> flags = new LinkedHashMap<>();
        List<String> words = new ArrayList<>(files.flags());
        words.addAll(List.of("--precision", "fp32", "--lrs", "1e-3,2e-3,4e-3", "--grow", "off", "--prune", "off"));
        words.addAll(List.of("--schedule", "linear", "--warmup", "8", "--steps", "12", "--threads", "1"));
        words.addAll(List.of("--batch", "4", "--micro-batch", "2", "--eval-every", "6", "--val-generate", "0"));
        for (int i = 0; i < words.size(); i += 2) {
            flags.put(words.get(i), List.of(words.get(i + 1)));
        }
        if (List.of(more).contains("--trunk")) {
            flags.remove("--schedule");
            flags.remove("--prune");
        }
        for (int i = 0; i < more.length; i += 2) {
            flags.put(more[i], List.of(more[i + 1]));
        }
        return flags;
    }
}
