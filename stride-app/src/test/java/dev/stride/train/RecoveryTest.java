package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.SmallCheckpoint;
import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A run whose validation no longer gets better goes back to its best checkpoint, with the rate halved after everything
 * was restored. The validation rows are unlike the ones that are learnt, so their loss falls first and then rises.
 */
class RecoveryTest {
    private static final double PEAK = 1e-2;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path model;
    private static Path rows;
    private static Path validation;

    @BeforeAll
    static void write() throws IOException {
        model = SmallCheckpoint.PLAIN.writeBelow(shared);
        rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 12, 3);
        validation = Files.writeString(
                shared.resolve("validation.jsonl"),
                row("when", "never, says the owl") + row("who", "zoe quizzed five jumpy wizards"));
    }

    private static String row(String prompt, String answer) {
        return "{\"conversations\":[{\"role\":\"user\",\"content\":\"" + prompt
                + "\"},{\"role\":\"assistant\",\"content\":\"" + answer + "\"}]}\n";
    }

    private static List<String> words(String... more) {
        return Runs.with(
                List.of(
                        "--model",
                        model.toString(),
                        "--data",
                        rows.toString(),
                        "--val",
                        validation.toString(),
                        "--method",
                        "full",
                        "--precision",
                        "fp32",
                        "--lr",
                        Double.toString(PEAK),
                        "--schedule",
                        "constant",
                        "--warmup",
                        "0",
                        "--batch",
                        "4",
                        "--steps",
                        "24",
                        "--eval-every",
                        "2",
                        "--guard",
                        "diverged=off,grad-norm=off",
                        "--val-generate",
                        "0",
                        "--save-every",
                        "3",
                        "--threads",
                        "1"),
                more);
    }

    private static double lr(RunEvent event) {
        return Objects.requireNonNull(((StepEvent) event).lr().get("decay"));
    }

    private static List<RunEvent> steps(RunBranch branch) {
        return branch.events().stream().filter(StepEvent.class::isInstance).toList();
    }

    @Test
    void noGain_goesBackToTheBestAndHalvesTheRate_twiceAtMost() {
        RunResult result = Runs.train(words(), folder.resolve("run"), () -> false);
        List<RunBranch> branches = RunBranch.of(Runs.events(folder.resolve("run")));
        assertThat(branches).extracting(RunBranch::name).containsExactly("main", "recovery-1", "recovery-2");
        double main = bestLoss(branches.get(0));
        long bestStep = bestStep(branches.get(0));
        RunBranch first = branches.get(1);
        assertThat(first.fromStep()).isEqualTo(bestStep);
        assertThat(first.factor()).isEqualTo(0.5);
        assertThat(((BranchEvent) first.events().get(0)).reason())
                .contains("step " + bestStep)
                .contains("0.5");
        // restored first, halved after: the very first update has half the plan's rate
        List<RunEvent> steps = steps(first);
        assertThat(steps.get(0).step()).isEqualTo(bestStep + 1);
        assertThat(steps).allMatch(step -> lr(step) == 0.5 * PEAK);
        // the evaluation that the branch starts from is that of the best checkpoint: no gain twice, then back
        List<VerdictEvent> verdicts = verdicts(branches);
        assertThat(verdicts.get(0).action()).isEqualTo("recover");
        assertThat(verdicts.get(0).step()).isEqualTo(bestStep + 4);
        assertThat(verdicts.get(verdicts.size() - 1).action()).isEqualTo("keep");
        double best =
                branches.stream().mapToDouble(RecoveryTest::bestLoss).min().orElseThrow();
        RunResult.Best kept = Objects.requireNonNull(result.best());
        assertThat(kept.value()).isEqualTo(best).isLessThanOrEqualTo(main);
        assertThat(folder.resolve("run").resolve(kept.checkpoint())).isDirectoryContaining("glob:**state.json");
        assertThat(result.reason()).contains("did best");
    }

    @Test
    void noRecoveries_aStopIsAStop() {
        RunResult result = Runs.train(words("--recoveries", "0"), folder.resolve("run"), () -> false);
        assertThat(result.status()).isEqualTo(RunResult.Status.STOPPED);
        assertThat(result.reason()).contains("2 evaluations in a row brought no better loss");
        assertThat(RunBranch.of(Runs.events(folder.resolve("run")))).hasSize(1);
    }

    @Test
    void guardOff_runsToItsEnd() {
        RunResult result = Runs.train(words("--guard", "early-stop=off"), folder.resolve("run"), () -> false);
        assertThat(result.status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(result.steps()).isEqualTo(24);
    }

    @Test
    void evidence_triesACooldownToo() {
        Runs.train(words("--profile", "evidence", "--recoveries", "1"), folder.resolve("run"), () -> false);
        List<RunBranch> branches = RunBranch.of(Runs.events(folder.resolve("run")));
        assertThat(branches).extracting(RunBranch::name).startsWith("main", "recovery-1", "recovery-1-cooldown");
        List<RunEvent> cooling = steps(branches.get(2));
        assertThat(lr(cooling.get(0))).isLessThan(PEAK);
        assertThat(lr(cooling.get(cooling.size() - 1))).isZero();
        assertThat(branches.get(2).fromStep()).isEqualTo(branches.get(1).fromStep());
    }

    /** The same decisions, events and checkpoints whenever the run was interrupted, in whatever branch. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void interruptedAgainAndAgain_decidesTheSame(int updates) {
        RunResult whole = Runs.train(words(), folder.resolve("whole"), () -> false);
        List<String> expected = Runs.numbers(folder.resolve("whole"));
        Path parts = folder.resolve("parts");
        RunResult result = Runs.train(words(), parts, Runs.after(updates));
        int stops = 0;
        while (result.status() == RunResult.Status.INTERRUPTED) {
            assertThat(stops++).isLessThan(100);
            result = Runs.resume(words(), parts, Runs.after(updates));
        }
        assertThat(stops).isGreaterThan(expected.size() / (4 * updates));
        assertThat(Runs.numbers(parts)).isEqualTo(expected);
        assertThat(result).isEqualTo(whole);
    }

    /**
     * A constant rate at which the loss falls and then only goes up and down: the run that goes back and halves it ends
     * far below its twin, which makes all its updates at that rate. Four seeds ended 26 to 61 % below the twin's best;
     * a tenth is asked for, since such a run differs from processor to processor.
     */
    @Test
    void aRateThatIsTooHigh_endsBetterThanTheTwinWithoutRecovery() {
        List<String> high =
                List.of("--val", rows.toString(), "--lr", "6e-2", "--steps", "144", "--eval-every", "6", "--seed", "2");
        Path unchanged = folder.resolve("unchanged");
        Path recovered = folder.resolve("recovered");
        RunResult twin = Runs.train(replaced(high, "--guard", "all=off"), unchanged, () -> false);
        assertThat(twin.steps()).isEqualTo(144);
        RunResult result = Runs.train(replaced(high, "--guard", "all=off,early-stop=on"), recovered, () -> false);
        List<RunBranch> branches = RunBranch.of(Runs.events(recovered));
        assertThat(branches).hasSizeGreaterThan(1);
        double best = Objects.requireNonNull(result.best()).value();
        assertThat(best)
                .isLessThan(0.9 * bestLoss(branches.get(0)))
                .isLessThan(0.9 * Objects.requireNonNull(twin.best()).value());
    }

    /** The usual words with other values for some of the flags. */
    private static List<String> replaced(List<String> pairs, String... more) {
        List<String> replaced = new ArrayList<>(words());
        List<String> given = Runs.with(pairs, more);
        for (int i = 0; i < given.size(); i += 2) {
            int flag = replaced.indexOf(given.get(i));
            if (flag < 0) {
                replaced.addAll(given.subList(i, i + 2));
            } else {
                replaced.set(flag + 1, given.get(i + 1));
            }
        }
        return replaced;
    }

    private static List<VerdictEvent> verdicts(List<RunBranch> branches) {
        return branches.stream()
                .flatMap(branch -> branch.events().stream())
                .filter(VerdictEvent.class::isInstance)
                .map(VerdictEvent.class::cast)
                .filter(verdict -> !verdict.action().equals("alarm"))
                .toList();
    }

    private static double bestLoss(RunBranch branch) {
        return branch.events().stream()
                .filter(EvalEvent.class::isInstance)
                .mapToDouble(event -> ((EvalEvent) event).loss())
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    private static long bestStep(RunBranch branch) {
        return branch.events().stream()
                .filter(EvalEvent.class::isInstance)
                .map(EvalEvent.class::cast)
                .filter(event -> event.loss() == bestLoss(branch))
                .findFirst()
                .orElseThrow()
                .step();
    }
}
