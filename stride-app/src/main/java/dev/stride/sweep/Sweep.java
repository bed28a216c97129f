package dev.stride.sweep;

import dev.stride.config.SweptSetting;
import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import dev.stride.experiment.FolderLock;
import dev.stride.search.RateSearch;
import dev.stride.search.Rates;
import dev.stride.search.Saying;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A sweep from its plan to its answer: trains the grid, then rates beyond and between until the best one is bracketed, and
 * compares. Its folder holds {@code sweep.yaml}, {@code trials/}, each an ordinary run's folder, and {@code sweep.json}.
 * It may be ended at any moment and gone on with: trials that are over are never trained again.
 */
public final class Sweep {
    /** What was asked of a sweep, in its folder. */
    public static final String YAML = "sweep.yaml";

    private final Path folder;
    private final SweepPlan plan;
    private final Board board;
    private final List<Saying> course = new ArrayList<>();

    private Sweep(Path folder, SweepPlan plan) {
        this.folder = folder;
        this.plan = plan;
        this.board = new Board(folder, plan);
    }

    /**
     * Trains a new sweep into a folder that is absent or empty.
     *
     * @param interrupted is asked between updates; once true all states are saved and the sweep ends
     * @throws UserException if the folder holds anything
     */
    public static SweepResult start(SweepPlan plan, Path folder, SweepListener listener, BooleanSupplier interrupted) {
        return start(plan, folder, listener, interrupted, null);
    }

    /**
     * The same with trials that run elsewhere.
     *
     * @param launcher runs them; null for this process
     */
    public static SweepResult start(
            SweepPlan plan,
            Path folder,
            SweepListener listener,
            BooleanSupplier interrupted,
            @Nullable TrialLauncher launcher) {
        requireEmpty(folder);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + e.getMessage(), e);
        }
        try (FolderLock lock = FolderLock.take(folder)) {
            lock.warnings().forEach(listener::say);
            SweepRoom.warning(plan.baseline(), plan.grid().size(), SweepRoom.free(folder))
                    .ifPresent(warning -> {
                        plan.warn(warning);
                        listener.say("warning: " + warning);
                    });
            AtomicFile.write(folder.resolve(YAML), plan.asked().toPlacedYaml());
            return new Sweep(folder, plan).run(listener, interrupted, launcher);
        }
    }

    /** Goes on with the sweep of a folder. */
    public static SweepResult resume(SweepPlan plan, Path folder, SweepListener listener, BooleanSupplier interrupted) {
        return resume(plan, folder, listener, interrupted, null);
    }

    /**
     * The same with trials that run elsewhere, wherever those ran that are over.
     *
     * @param launcher runs them; null for this process
     */
    public static SweepResult resume(
            SweepPlan plan,
            Path folder,
            SweepListener listener,
            BooleanSupplier interrupted,
            @Nullable TrialLauncher launcher) {
        try (FolderLock lock = FolderLock.take(folder)) {
            lock.warnings().forEach(listener::say);
            return new Sweep(folder, plan).run(listener, interrupted, launcher);
        }
    }

    private SweepResult run(SweepListener listener, BooleanSupplier interrupted, @Nullable TrialLauncher launcher) {
        List<TrialState> trials = board.add(plan.grid());
        InstantSource clock = InstantSource.system();
        try (TrialRunner runner =
                new TrialRunner(board, plan.asked().sweep().together(), listener, clock, interrupted, launcher)) {
            Round round = round(runner, listener, clock);
            round.train(trials);
            boolean grows = plan.asked().sweep().vary() == SweptSetting.LR
                    && plan.asked().sweep().grow();
            while (grows && !interrupted.getAsBoolean()) {
                RateSearch.Next next = new Judge(folder, board.result(), null).next(search());
                listener.say(next.sentence().english());
                course.add(next.sentence());
                if (!(next instanceof RateSearch.Try more)) {
                    break;
                }
                List<TrialSpec> grown;
                try {
                    grown = plan.rate(more.lr(), SweepTrial.Origin.GROWN);
                } catch (UserException e) {
                    // the grid was planned already, so it is this rate that the schedule does not fit
                    String why = String.valueOf(e.getMessage()).replace('\n', ' ');
                    Saying left = new Saying(
                            Rates.name(more.lr()) + " cannot be tried: " + why, Rates.name(more.lr()) + " 无法尝试：" + why);
                    course.add(left);
                    listener.say(left.english());
                    break;
                }
                round.train(board.add(grown));
            }
        }
        if (!interrupted.getAsBoolean()) {
            board.answered(SweepJudge.of(folder, board.result().withCourse(course)));
        }
        return board.result();
    }

    /** What trials share is trained first, and those that cooled branches end are not trained on. */
    private Round round(TrialRunner runner, SweepListener listener, InstantSource clock) {
        Prefixes prefixes = new Prefixes(board, runner, listener, clock);
        Trunks trunks = new Trunks(board, runner, plan, listener, clock);
        Rounds rounds = new Rounds(board, runner);
        return trials -> {
            if (plan.forks()) {
                prefixes.share(trials);
            }
            if (plan.asked().sweep().trunk()) {
                trunks.train(trials);
            }
            rounds.train(trials);
        };
    }

    /** Trains trials to their ends. */
    private interface Round {
        void train(List<TrialState> trials);
    }

    private RateSearch search() {
        return new RateSearch(
                plan.ratio(),
                Math.max(plan.asked().sweep().maxRates(), (int)
                        plan.grid().stream().map(TrialSpec::value).distinct().count()),
                RateSearch.LOWEST,
                RateSearch.HIGHEST,
                plan.metric().higherIsBetter());
    }

    private static void requireEmpty(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        if (Files.isRegularFile(folder.resolve(YAML))) {
            throw new UserException(folder + " already holds a sweep. Go on with it by --resume " + folder
                    + ", or give --out a folder of its own; nothing there was changed");
        }
        try (Stream<Path> entries = Files.list(folder)) {
            if (entries.findAny().isPresent()) {
                throw new UserException(
                        folder + " holds files that are not of a sweep. Give --out a folder that is empty or"
                                + " does not exist; nothing there was changed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder + ": " + e.getMessage(), e);
        }
    }
}
