package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.SmallCheckpoint;
import dev.stride.checkpoint.DType;
import dev.stride.config.UserException;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.StepEvent;
import dev.stride.monitor.EvaluationSeen;
import dev.stride.monitor.Monitor;
import dev.stride.monitor.Verdict;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs over one base are the runs that they are alone: an element of a product is a sum over the same numbers whatever
 * rows are beside its own, and the masks of dropout are the same bits. But libraries choose another order of adding for
 * another number of rows. Seen over 10 updates, relative: losses 1e-8, norms 4e-7, weights 3e-6, in float32 and in bf16.
 * Where the members and their rows are the same, as after a kill, everything is the same bits.
 */
@Timeout(600) // a member that is waited for in vain would never end
class SharedRunsTest {
    /** Allowed for a loss; ten times of it for a norm, a hundred times for weights, which add up what updates differ by. */
    private static final double FLOAT32 = 1e-6;
    /** The same where products are in bf16: a sum that differs in its last bit may round to the neighbour, 2^-8 away. */
    private static final double BF16 = 1e-4;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path single;
    private static Path half;
    private static Path rows;
    private static Path otherRows;
    private static Path validation;

    @BeforeAll
    static void write() {
        single = SmallCheckpoint.PLAIN.writeBelow(shared);
        half = SmallCheckpoint.PLAIN.ofType(DType.BF16).writeBelow(shared);
        rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 22, 3);
        otherRows = SmallCheckpoint.rows(shared.resolve("other.jsonl"), 9, 6);
        validation = SmallCheckpoint.rows(shared.resolve("validation.jsonl"), 5, 4);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void train_threeMembers_equalTheirSoloRuns(DType type) {
        List<List<String>> all = List.of(
                words(type, "2e-2", "--schedule", "linear", "--steps", "8", "--lora-dropout", "0"),
                words(type, "5e-3", "--schedule", "cosine", "--steps", "8", "--lora-dropout", "0.1"),
                Runs.with(
                        words(type, "1e-3", "--schedule", "constant", "--steps", "6", "--lora-dropout", "0.1"),
                        "--lora-rank",
                        "3",
                        "--lora-targets",
                        "query_key_value,dense_4h_to_h",
                        "--data",
                        otherRows.toString(),
                        "--micro-batch",
                        "1"));
        List<SharedRuns.Outcome> outcomes = train(all, "joint", false, () -> false);
        int steps = 0;
        int evaluations = 0;
        for (int i = 0; i < all.size(); i++) {
            Path solo = folder.resolve("solo-" + i);
            RunResult expected = Runs.train(all.get(i), solo, () -> false);
            RunResult result = Objects.requireNonNull(outcomes.get(i).result());
            assertThat(result.status()).isEqualTo(RunResult.Status.FINISHED).isEqualTo(expected.status());
            assertThat(result.steps()).isEqualTo(expected.steps());
            double tolerance = type == DType.F32 ? FLOAT32 : BF16;
            steps += SameRuns.compareSteps(folder.resolve("joint-" + i), solo, tolerance);
            evaluations += SameRuns.compareEvaluations(folder.resolve("joint-" + i), solo, tolerance);
            SameRuns.compareWeights(folder.resolve("joint-" + i), solo, result.steps(), tolerance);
        }
        assertThat(steps).isEqualTo(8 + 8 + 6);
        assertThat(evaluations).isEqualTo(2 + 2 + 2);
    }

    /** Members end at different updates and for every reason there is; the one that is left trains on as if alone. */
    @Test
    void train_membersThatEndDifferently_leaveTheOthersAlone() {
        List<List<String>> all = List.of(
                words(DType.F32, "5e-3", "--steps", "10"),
                words(DType.F32, "5e-3", "--steps", "3"),
                words(DType.F32, "5e-3", "--steps", "10"),
                words(DType.F32, "5e-3", "--steps", "10"),
                words(DType.F32, "5e-3", "--steps", "10"),
                words(DType.F32, "1e30", "--steps", "10", "--warmup", "0"));
        TrainCallback failing = new TrainCallback() {
            @Override
            public void event(RunEvent event) {
                if (event instanceof StepEvent && event.step() == 3) {
                    throw new IllegalStateException("planted");
                }
            }
        };
        BooleanSupplier interrupted = Runs.after(5);
        List<SharedRuns.Member> members = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            members.add(new SharedRuns.Member(
                    Runs.prepare(all.get(i)),
                    folder.resolve("joint-" + i),
                    false,
                    i == 3 ? List.of(new StopAtFirstEvaluation()) : List.of(),
                    i == 2 ? failing : i == 4 ? Runs.watching(interrupted) : TrainCallback.NONE,
                    i == 4 ? interrupted : () -> false));
        }
        List<String> ended = new ArrayList<>();
        List<SharedRuns.Outcome> outcomes;
        try (BaseModel base = BaseModel.load(members.get(0).preparation(), TrainCallback.NONE)) {
            outcomes = SharedRuns.train(
                    base,
                    members,
                    (member, outcome) ->
                            ended.add(member.folder().getFileName() + (outcome.failure() == null ? "" : " failed")));
        }
        assertThat(ended)
                .containsExactlyInAnyOrder("joint-0", "joint-1", "joint-2 failed", "joint-3", "joint-4", "joint-5");
        assertThat(outcomes.get(2).failure()).hasMessage("planted");
        checkEnding(outcomes.get(0), RunResult.Status.FINISHED, 10);
        checkEnding(outcomes.get(1), RunResult.Status.FINISHED, 3);
        checkEnding(outcomes.get(3), RunResult.Status.STOPPED, 4);
        checkEnding(outcomes.get(4), RunResult.Status.INTERRUPTED, 5);
        checkEnding(outcomes.get(5), RunResult.Status.STOPPED, -1); // a rate that no number survives
        Path solo = folder.resolve("solo");
        Runs.train(all.get(0), solo, () -> false);
        assertThat(SameRuns.compareSteps(folder.resolve("joint-0"), solo, FLOAT32))
                .isEqualTo(10);
        assertThat(Runs.json(folder.resolve("joint-2/result.json"))
                        .get("status")
                        .asText())
                .isEqualTo("failed");
        assertThat(SameRuns.compareSteps(goOn(all.get(4), "joint-4"), solo, FLOAT32))
                .as("a member goes on alone")
                .isEqualTo(10);
    }

    /** The same rates killed after different updates and gone on with together. */
    @Test
    void resume_aJointRunThatWasKilled_equalsTheWhole() {
        List<List<String>> all = List.of(
                words(DType.F32, "2e-2", "--steps", "8", "--lora-dropout", "0.1"),
                words(DType.F32, "5e-3", "--steps", "8", "--lora-dropout", "0"));
        List<SharedRuns.Outcome> whole = train(all, "whole", false, () -> false);
        AtomicInteger events = new AtomicInteger();
        TrainCallback killed = new TrainCallback() {
            @Override
            public void event(RunEvent event) {
                if (event instanceof StepEvent && events.incrementAndGet() >= 10) {
                    throw new IllegalStateException("killed");
                }
            }
        };
        List<SharedRuns.Outcome> first = train(all, "parts", false, () -> false, killed);
        assertThat(first).allSatisfy(outcome -> assertThat(outcome.failure()).hasMessage("killed"));
        List<SharedRuns.Outcome> second = train(all, "parts", true, () -> false);
        for (int i = 0; i < all.size(); i++) {
            Path parts = folder.resolve("parts-" + i);
            assertThat(second.get(i).result()).isNotNull();
            assertThat(Runs.steps(parts)).hasSize(8);
            assertThat(Runs.numbers(parts)).isEqualTo(Runs.numbers(folder.resolve("whole-" + i)));
            assertThat(Runs.content(parts, 8)).isEqualTo(Runs.content(folder.resolve("whole-" + i), 8));
            assertThat(Objects.requireNonNull(second.get(i).result()).status())
                    .isEqualTo(Objects.requireNonNull(whole.get(i).result()).status());
        }
    }

    /** What goes wrong in a pass that all share is everyone's failure, and every folder says so. */
    @Test
    void train_aPassThatFails_reachesAllMembers() {
        List<List<String>> all =
                List.of(words(DType.F32, "2e-2", "--steps", "8"), words(DType.F32, "5e-3", "--steps", "8"));
        List<SharedRuns.Member> members = members(all, "joint", false, () -> false, TrainCallback.NONE);
        List<SharedRuns.Outcome> outcomes;
        try (BaseModel base = BaseModel.load(members.get(0).preparation(), TrainCallback.NONE)) {
            BaseModel broken = base;
            TrainCallback breaking = new TrainCallback() {
                @Override
                public void event(RunEvent event) {
                    if (event instanceof StepEvent && event.step() == 2) {
                        broken.model().linears().get(0).setAddition((x, y) -> {
                            throw new IllegalStateException("out of memory");
                        });
                    }
                }
            };
            outcomes = SharedRuns.train(
                    base, List.of(members.get(0), with(members.get(1), breaking)), (member, outcome) -> {});
        }
        for (int i = 0; i < all.size(); i++) {
            assertThat(outcomes.get(i).result()).isNull();
            assertThat(outcomes.get(i).failure())
                    .hasMessageContaining("joint pass")
                    .hasMessageContaining("out of memory");
            assertThat(Runs.json(folder.resolve("joint-" + i + "/result.json"))
                            .get("reason")
                            .asText())
                    .contains("out of memory");
        }
    }

    @Test
    void train_membersThatDoNotFitTheBase_areNamedAtOnce() {
        List<SharedRuns.Member> members = members(
                List.of(
                        words(DType.F32, "2e-2", "--steps", "2"),
                        words(DType.BF16, "2e-2", "--steps", "2"),
                        words("full", DType.F32, "2e-2", "--steps", "2")),
                "same",
                false,
                () -> false,
                TrainCallback.NONE);
        try (BaseModel base = BaseModel.load(members.get(0).preparation(), TrainCallback.NONE)) {
            List<SharedRuns.Member> twice = new ArrayList<>(members);
            twice.add(members.get(0));
            assertThatThrownBy(() -> SharedRuns.train(base, twice, (member, outcome) -> {}))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("same-1: model.path")
                    .hasMessageContaining("same-1: train.precision: bf16; allowed: fp32")
                    .hasMessageContaining("same-2: method: full; allowed: lora")
                    .hasMessageContaining("one of its own for each run");
            assertThatThrownBy(() -> new TrainingRun(members.get(2).preparation(), base))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("method: full; allowed: lora");
        }
        assertThat(folder).isEmptyDirectory();
    }

    /** Runs one after the other on a base that is loaded once are the runs that load their own. */
    @Test
    void borrowedBase_runsInTurn_equalTheirOwn() {
        List<String> first = words(DType.F32, "2e-2", "--steps", "4");
        List<String> second = words(DType.F32, "2e-2", "--steps", "4", "--seed", "9", "--lora-dropout", "0.1");
        try (BaseModel base = BaseModel.load(Runs.prepare(first), TrainCallback.NONE)) {
            int run = 0;
            for (List<String> words : List.of(first, second, first)) {
                Path borrowed = folder.resolve("borrowed-" + run);
                Path own = folder.resolve("own-" + run++);
                try (TrainingRun training = new TrainingRun(Runs.prepare(words), base)) {
                    training.train(borrowed, TrainCallback.NONE, () -> false);
                }
                Runs.train(words, own, () -> false);
                assertThat(Runs.numbers(borrowed)).hasSize(5).isEqualTo(Runs.numbers(own));
                assertThat(Runs.content(borrowed, 4)).isEqualTo(Runs.content(own, 4));
            }
        }
    }

    @Test
    void tokenBudget_isThePassOfOneRunDividedAndAtLeastALongestRow() {
        Preparation one = Runs.prepare(words(DType.F32, "2e-2", "--steps", "2"));
        int whole = one.plan().passTokens().value();
        int longest = 0;
        for (int i = 0; i < one.train().tokens().size(); i++) {
            longest = Math.max(longest, one.train().tokens().get(i).length());
        }
        assertThat(SharedRuns.tokenBudget(one, 1)).isEqualTo(whole);
        assertThat(SharedRuns.tokenBudget(one, 1000)).isEqualTo(longest).isGreaterThan(10);
    }

    /** A pruner as a sweep has it. */
    private static final class StopAtFirstEvaluation implements Monitor {
        @Override
        public String name() {
            return "planted-pruner";
        }

        @Override
        public Verdict evaluated(EvaluationSeen evaluation) {
            return new Verdict.Stop("pruned at step " + evaluation.step());
        }

        @Override
        public Map<String, double[]> state() {
            return Map.of();
        }

        @Override
        public void restore(Map<String, double[]> state) {}
    }

    private Path goOn(List<String> words, String name) {
        Runs.resume(words, folder.resolve(name), () -> false);
        return folder.resolve(name);
    }

    private static void checkEnding(SharedRuns.Outcome outcome, RunResult.Status status, long steps) {
        RunResult result = Objects.requireNonNull(outcome.result());
        assertThat(result.status()).as(result.reason()).isEqualTo(status);
        if (steps >= 0) {
            assertThat(result.steps()).isEqualTo(steps);
        }
    }

    private static SharedRuns.Member with(SharedRuns.Member member, TrainCallback callback) {
        return new SharedRuns.Member(
                member.preparation(),
                member.folder(),
                member.resume(),
                member.monitors(),
                callback,
                member.interrupted());
    }

    private List<SharedRuns.Outcome> train(
            List<List<String>> all, String name, boolean resume, BooleanSupplier interrupted) {
        return train(all, name, resume, interrupted, TrainCallback.NONE);
    }

    private List<SharedRuns.Outcome> train(
            List<List<String>> all, String name, boolean resume, BooleanSupplier interrupted, TrainCallback callback) {
        List<SharedRuns.Member> members = members(all, name, resume, interrupted, callback);
        try (BaseModel base = BaseModel.load(members.get(0).preparation(), TrainCallback.NONE)) {
            return SharedRuns.train(base, members, (member, outcome) -> {});
        }
    }

    private List<SharedRuns.Member> members(
            List<List<String>> all, String name, boolean resume, BooleanSupplier interrupted, TrainCallback callback) {
        List<SharedRuns.Member> members = new ArrayList<>();
        for (List<String> words : all) {
            members.add(new SharedRuns.Member(
                    Runs.prepare(words),
                    folder.resolve(name + "-" + members.size()),
                    resume,
                    List.of(),
                    callback,
                    interrupted));
        }
        return members;
    }

    private static List<String> words(DType type, String lr, String... more) {
        return words("lora", type, lr, more);
    }

    private static List<String> words(String method, DType type, String lr, String... more) {
        return Runs.with(
                List.of(
                        "--model",
                        (type == DType.BF16 ? half : single).toString(),
                        "--data",
                        rows.toString(),
                        "--val",
                        validation.toString(),
                        "--method",
                        method,
                        "--precision",
                        type == DType.BF16 ? "bf16" : "fp32",
                        "--lr",
                        lr,
                        "--threads",
                        "1",
                        "--batch",
                        "4",
                        "--eval-every",
                        "4",
                        "--save-every",
                        "3",
                        "--val-generate",
                        "2",
                        "--max-new-tokens",
                        "4"),
                more);
    }
}
