package dev.stride.train;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.experiment.RunResult;
import dev.stride.monitor.Monitor;
import dev.stride.peft.LoraTuning;
import dev.stride.recipe.Planner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Several LoRA runs that train at the same time over one frozen base, which is loaded and passed through once for all of
 * them. Each is an ordinary run with its own rate, schedule, rows, monitors, checkpoints and folder, and can be gone on
 * with alone or with others.
 *
 * <p>An update of each is one joint pass, so memory holds the base once and activations of all members' rows: give each
 * member {@link #tokenBudget} tokens of a pass. How an update is split into micro-batches changes none of its numbers as
 * long as nothing is dropped; with dropout it changes the masks. The seconds of an update are those of all members.
 */
public final class SharedRuns {
    private SharedRuns() {}

    /**
     * One of the runs.
     *
     * @param folder of the run; holds nothing yet unless it is gone on with
     * @param resume go on with the run of the folder
     * @param monitors judge besides those of the configuration; they may be shared by members, since no two members are
     *     ever judged at once
     * @param callback is told what happens, in a thread of the member's or of the base's, no two members at once
     * @param interrupted is asked between updates; once true the member's state is saved and it ends, the others go on
     */
    public record Member(
            Preparation preparation,
            Path folder,
            boolean resume,
            List<Monitor> monitors,
            TrainCallback callback,
            BooleanSupplier interrupted) {
        public Member {
            monitors = List.copyOf(monitors);
        }
    }

    /**
     * How a member ended: with a result, or with what was thrown.
     *
     * @param result null where it failed
     * @param failure null where it did not
     */
    public record Outcome(
            @Nullable RunResult result, @Nullable Throwable failure) {}

    /**
     * The tokens of a pass that each of several members may have: what fits the machine when all of them are in one pass,
     * divided among them. A token budget that was given is divided as it is.
     *
     * @param single any one of them, planned alone
     * @return for {@code train.token_budget}; at least the longest row
     */
    public static int tokenBudget(Preparation single, int members) {
        return Planner.sharedPassTokens(single.plan(), members);
    }

    /**
     * Trains all members to their ends.
     *
     * @param base serves them and outlives them
     * @param ended is told how a member ended as soon as it has, in that member's thread, no two members at once
     * @return how each ended, in their order; one that fails does not take the others
     * @throws UserException where a member cannot use the base, or two have one folder
     */
    public static List<Outcome> train(BaseModel base, List<Member> members, BiConsumer<Member, Outcome> ended) {
        require(base, members);
        Outcome[] outcomes = new Outcome[members.size()];
        List<Integer> indices = new ArrayList<>();
        List<LoraTuning> tunings = new ArrayList<>();
        boolean recompute = false;
        for (int i = 0; i < outcomes.length; i++) {
            try {
                LoraTuning tuning = TrainingRun.lora(members.get(i).preparation(), base.model(), false);
                recompute |= TrainingRun.recomputes(members.get(i).preparation(), tuning, base.model());
                tunings.add(tuning);
                indices.add(i);
            } catch (RuntimeException e) {
                outcomes[i] = new Outcome(null, e);
                ended.accept(members.get(i), outcomes[i]);
            }
        }
        List<FutureTask<Void>> lives = new ArrayList<>();
        try (SharedBase shared = new SharedBase(base.model(), tunings, recompute)) {
            List<SharedBase.Seat> seats = shared.seats();
            for (int i = 0; i < tunings.size(); i++) {
                int index = indices.get(i);
                Member member = members.get(index);
                LoraTuning tuning = tunings.get(i);
                SharedBase.Seat seat = seats.get(i);
                Runnable life = () -> {
                    outcomes[index] = outcome(member, base, tuning, seat);
                    ended.accept(member, outcomes[index]);
                };
                FutureTask<Void> attended = new FutureTask<>(() -> seat.attend(life), null);
                try {
                    new Thread(attended, "run " + member.folder().getFileName()).start();
                    lives.add(attended);
                } catch (OutOfMemoryError e) { // the system has no more threads
                    outcomes[index] = new Outcome(null, e);
                    seat.attend(() -> ended.accept(member, outcomes[index]));
                }
            }
            awaitAll(lives);
        }
        return List.of(outcomes);
    }

    /** Waits for all of them, then says what the first of them threw, if any did. */
    private static void awaitAll(List<FutureTask<Void>> lives) {
        @Nullable RuntimeException first = null;
        for (FutureTask<Void> life : lives) {
            try {
                SharedBase.await(life);
            } catch (RuntimeException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    private static Outcome outcome(Member member, BaseModel base, LoraTuning tuning, Passes passes) {
        try (TrainingRun run = new TrainingRun(member.preparation(), base, tuning, passes)) {
            RunResult result = member.resume()
                    ? run.resume(member.folder(), member.monitors(), member.callback(), member.interrupted())
                    : run.train(member.folder(), member.monitors(), member.callback(), member.interrupted());
            return new Outcome(result, null);
        } catch (RuntimeException | Error e) {
            return new Outcome(null, e);
        }
    }

    private static void require(BaseModel base, List<Member> members) {
        List<Problem> problems = new ArrayList<>();
        Set<Path> folders = new HashSet<>();
        for (Member member : members) {
            for (Problem problem : base.misfits(member.preparation())) {
                problems.add(new Problem(
                        member.folder().getFileName() + ": " + problem.where(),
                        problem.given(),
                        problem.allowed(),
                        problem.origin(),
                        problem.advice()));
            }
            if (!folders.add(member.folder().toAbsolutePath().normalize())) {
                problems.add(Problem.of("folder", member.folder().toString(), "one of its own for each run"));
            }
        }
        if (members.isEmpty()) {
            problems.add(Problem.of("runs", "none", "at least 1"));
        }
        if (!problems.isEmpty()) {
            throw new UserException("the runs cannot train over one base", problems);
        }
    }
}
