package dev.stride.monitor;

import java.util.Map;

/**
 * Something that watches a run and judges it. It never acts; whoever runs the loop does what the verdict says.
 *
 * <p>Its state is a flat map of numbers, so that a checkpoint can hold it: a monitor that is restored from the state of
 * another judges everything that follows as the other would.
 */
public interface Monitor {
    /** The name under which its verdicts are logged and with which {@code --guard} turns it off. */
    String name();

    /** Judges an update before it is made. */
    default Verdict judge(StepSeen step) {
        return new Verdict.Proceed();
    }

    /** Judges an evaluation. */
    default Verdict evaluated(EvaluationSeen evaluation) {
        return new Verdict.Proceed();
    }

    /** Judges the share of the trained weights that an update changed, 0 to 1. */
    default Verdict moved(long step, double share) {
        return new Verdict.Proceed();
    }

    /** Everything that later verdicts depend on, by name; NaN and infinities may be among the values. */
    Map<String, double[]> state();

    /** Goes on from the state of another. */
    void restore(Map<String, double[]> state);
}
