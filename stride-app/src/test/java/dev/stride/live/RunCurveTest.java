package dev.stride.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.monitor.Curve;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunCurveTest {
    /** Main to step 4; a recovery from 2 to 3, one from 2 to 5, and one of that from 4 to 5. */
    private static RunCurve branched() {
        RunCurve curve = new RunCurve(6, 1);
        List<RunEvent> events = List.of(
                step(1, 10),
                step(2, 11),
                eval(2, 20),
                step(3, 12),
                new SkipEvent(4, "the loss is NaN"),
                step(4, 13),
                eval(4, 21),
                new BranchEvent(2, "recovery-1", "main", 0.5, "no gain"),
                step(3, 30),
                new BranchEvent(2, "recovery-1-double", "main", 2, "no gain"),
                step(3, 40),
                step(4, 41),
                eval(4, 22),
                step(5, 42),
                new BranchEvent(4, "recovery-2", "recovery-1-double", 1, "no gain"),
                step(5, 50));
        events.forEach(curve::add);
        return curve;
    }

    @Test
    void to_recoveryOfARecovery_isTheWayThereAlone() {
        Curve curve = branched().to("recovery-2", false);
        assertThat(losses(curve)).containsExactly(10.0, 11.0, 40.0, 41.0, 50.0);
        assertThat(curve.evaluations()).extracting(Curve.Evaluation::loss).containsExactly(20.0, 22.0);
        assertThat(curve.skips()).isEmpty();
        assertThat(curve.updates()).extracting(Curve.Update::step).isSorted();
        assertThat(curve.finished()).isFalse();
    }

    @Test
    void to_mainAndFirstRecovery_keepWhatIsTheirs() {
        assertThat(losses(branched().to("main", true))).containsExactly(10.0, 11.0, 12.0, 13.0);
        assertThat(branched().to("main", true).skips()).hasSize(1);
        assertThat(losses(branched().to("recovery-1", true))).containsExactly(10.0, 11.0, 30.0);
    }

    @Test
    void to_branchThatNeverBegan_isTheLast() {
        assertThat(branched().lastBranch()).isEqualTo("recovery-2");
        assertThat(branched().to("recovery-9", true)).isEqualTo(branched().to("recovery-2", true));
    }

    @Test
    void to_shareOfMovedWeights_isThatOfTheEvent() {
        RunCurve curve = new RunCurve(0, 0);
        curve.add(new StepEvent(1, 3, Map.of("decay", 1e-5), 1, 10, 1, 10, 1, 0.04));
        assertThat(curve.to("main", true).updates().get(0).movedShare()).isEqualTo(0.04);
    }

    private static List<Double> losses(Curve curve) {
        return curve.updates().stream().map(Curve.Update::loss).toList();
    }

    private static StepEvent step(int step, double loss) {
        return new StepEvent(step, loss, Map.of("decay", 1e-3), 1, 10, 1, 10, 1);
    }

    private static EvalEvent eval(int step, double loss) {
        return new EvalEvent(step, loss, 10, Map.of(), 1);
    }
}
