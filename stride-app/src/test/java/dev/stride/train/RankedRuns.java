package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRequest;
import dev.stride.experiment.RunRequests;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Checks of runs that several processes trained, for tests of the command line. */
public final class RankedRuns {
    /** Ranks add float32 in another order; differences grow slowly with the updates (see {@link RankedRunTest}). */
    private static final double FLOAT32 = 1e-5;

    private RankedRuns() {}

    /** Words with another value of one flag. */
    public static List<String> replaced(List<String> words, String flag, String value) {
        List<String> changed = new ArrayList<>(words);
        changed.set(changed.indexOf(flag) + 1, value);
        return changed;
    }

    /** A run learned what another did, whatever happened to it on the way. */
    public static void assertSame(Path run, Path whole, int updates) {
        assertThat(SameRuns.compareSteps(run, whole, FLOAT32)).isEqualTo(updates);
        List<EvalEvent> wanted = evaluations(whole);
        List<EvalEvent> found = evaluations(run);
        assertThat(wanted).hasSizeGreaterThanOrEqualTo(3);
        assertThat(found).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.size(); i++) {
            double loss = wanted.get(i).loss();
            assertThat(found.get(i).loss()).isCloseTo(loss, within(FLOAT32 * loss));
        }
        SameRuns.compareWeights(run, whole, updates, FLOAT32);
    }

    private static List<EvalEvent> evaluations(Path run) {
        return Runs.events(run).stream()
                .filter(EvalEvent.class::isInstance)
                .map(EvalEvent.class::cast)
                .toList();
    }

    /**
     * Compares with what one process does that is asked to halve the rate after the same update. A rank that had not
     * halved would draw the losses of the next updates away.
     *
     * @param words of the run
     * @param solo a folder for the other run
     */
    public static void assertHalvedAlike(List<String> words, Path run, long halvedAfter, Path solo) {
        long updates = halvedAfter + 30;
        try (TrainingRun one = new TrainingRun(Runs.prepare(words), TrainCallback.NONE)) {
            AtomicLong looks = new AtomicLong();
            one.nanos(() -> looks.addAndGet(1_000_000_000L)); // looks for requests before each update
            boolean[] enough = {false};
            TrainCallback asking = new TrainCallback() {
                @Override
                public void event(RunEvent event) {
                    if (event instanceof StepEvent step && step.step() == halvedAfter) {
                        RunRequests.ask(solo, new RunRequest(RunRequest.Action.HALVE, "", "test", Instant.now()));
                    }
                    enough[0] |= event instanceof StepEvent step && step.step() == updates;
                }
            };
            one.train(solo, asking, () -> enough[0]);
        }
        List<StepEvent> expected = Runs.steps(solo);
        List<StepEvent> steps = Runs.steps(run);
        assertThat(expected).hasSize((int) updates);
        assertThat(steps).hasSizeGreaterThanOrEqualTo((int) halvedAfter + 10);
        int compared = Math.min(expected.size(), steps.size());
        for (int i = 0; i < compared; i++) {
            double loss = expected.get(i).loss();
            assertThat(steps.get(i).lr())
                    .as("update %s", i + 1)
                    .isEqualTo(expected.get(i).lr());
            assertThat(steps.get(i).loss()).as("update %s", i + 1).isCloseTo(loss, within(10 * FLOAT32 * loss));
        }
        assertThat(Runs.events(solo))
                .anyMatch(event -> event instanceof VerdictEvent told
                        && told.action().equals("reduce-lr")
                        && told.step() == halvedAfter);
    }
}
