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
import dev.stride.recipe.Factor;
import dev.stride.recipe.RateGroup;
import dev.stride.recipe.RunPlan;
import dev.stride.schedule.Cooldown;
import dev.stride.schedule.LrSchedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs whose rate leaves the plan, by recoveries of both profiles and by cuts on a plateau: a process that dies at any
 * evaluation changes no decision, and every rate is the product of its ledger. The validation rows are unlike the ones
 * that are learnt, so their loss falls first and then rises.
 */
class WatchResumeTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path model;
    private static Path rows;
    private static Path validation;

    /** What changes the rate. */
    enum Kind {
        CLASSIC,
        EVIDENCE,
        PLATEAU;

        List<String> more() {
            return switch (this) {
                case CLASSIC -> List.of("--schedule", "constant");
                case EVIDENCE -> List.of("--schedule", "constant", "--profile", "evidence");
                case PLATEAU ->
                    List.of("--schedule", "plateau", "--plateau-patience", "1", "--guard", "early-stop=off");
            };
        }
    }

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

    private static List<String> words(Kind kind) {
        List<String> words = List.of(
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
                "1e-2",
                "--layer-decay",
                "0.9",
                "--warmup",
                "0",
                "--batch",
                "4",
                "--steps",
                "24",
                "--eval-every",
                "2",
                "--guard",
                "diverged=off,grad-norm=off,grad-norm-z=off",
                "--val-generate",
                "0",
                "--save-every",
                "3",
                "--threads",
                "1");
        return Runs.with(words, kind.more().toArray(String[]::new));
    }

    /** Dies once at every evaluation, when the event is written and nothing else is. */
    private static final class Deaths implements TrainCallback {
        private final Set<String> seen = new HashSet<>();
        private String branch = RunBranch.MAIN;

        @Override
        public void event(RunEvent event) {
            if (event instanceof BranchEvent start) {
                branch = start.branch();
            } else if (event instanceof EvalEvent && seen.add(branch + " " + event.step())) {
                throw new IllegalStateException("died in " + branch + " at " + event.step());
            }
        }

        /** A process that goes on begins in the branch whose state was saved last. */
        void goesOnIn(Path run) {
            branch = RunBranch.MAIN;
            for (RunEvent event : Runs.events(run)) {
                if (event instanceof BranchEvent start
                        && Files.isDirectory(run.resolve("checkpoints").resolve(start.branch()))) {
                    branch = start.branch();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void processThatDiesAtEveryEvaluation_decidesTheSame(Kind kind) {
        RunResult whole = Runs.train(words(kind), folder.resolve("whole"), () -> false);
        List<String> expected = Runs.numbers(folder.resolve("whole"));
        Path run = folder.resolve("run");
        Deaths deaths = new Deaths();
        RunResult result = null;
        int died = 0;
        while (result == null) {
            try (TrainingRun training = new TrainingRun(Runs.prepare(words(kind)), TrainCallback.NONE)) {
                result = died == 0
                        ? training.train(run, deaths, () -> false)
                        : training.resume(run, deaths, () -> false);
            } catch (IllegalStateException death) {
                assertThat(death).hasMessageStartingWith("died in");
                assertThat(died++).isLessThan(200);
                deaths.goesOnIn(run);
            }
        }
        assertThat(died).as("one death for each evaluation").isEqualTo((int) Runs.evaluations(folder.resolve("whole")));
        assertThat(Runs.numbers(run)).isEqualTo(expected);
        assertThat(result).isEqualTo(whole);
    }

    /** Every branch, every update, every group: the same bits. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void everyRate_isTheProductOfItsLedger(Kind kind) {
        RunPlan plan = Runs.prepare(words(kind)).plan();
        Path run = folder.resolve("run");
        Runs.train(words(kind), run, () -> false);
        int compared = 0;
        int lowered = 0;
        int cooled = 0;
        for (RunBranch branch : RunBranch.of(Runs.events(run))) {
            LrSchedule schedule = plan.schedule();
            double factor = branch.factor();
            for (RunEvent event : branch.events()) {
                if (event instanceof BranchEvent start && start.cooldown() > 0) {
                    schedule = new Cooldown(schedule, start.step(), start.step() + start.cooldown());
                } else if (event instanceof VerdictEvent verdict
                        && verdict.action().equals("reduce-lr")) {
                    factor *= 0.5;
                } else if (event instanceof StepEvent step) {
                    Map<String, Double> rates = step.lr();
                    assertThat(rates).hasSameSizeAs(plan.groups());
                    for (RateGroup group : plan.groups()) {
                        List<Factor> factors = plan.ledger(group, step.step(), schedule, factor)
                                .factors();
                        double product = factors.stream()
                                .mapToDouble(Factor::value)
                                .reduce((a, b) -> a * b)
                                .orElseThrow();
                        assertThat(Objects.requireNonNull(rates.get(group.name())))
                                .as("%s, update %d, %s", branch.name(), step.step(), group.name())
                                .isEqualTo(product);
                        compared++;
                        lowered += factor == 1 ? 0 : 1;
                        cooled += schedule instanceof Cooldown ? 1 : 0;
                    }
                }
            }
        }
        assertThat(compared).isGreaterThan(100);
        assertThat(lowered).as("rates below the plan's").isGreaterThan(20);
        assertThat(cooled > 0).as("a cooldown").isEqualTo(kind == Kind.EVIDENCE);
    }
}
