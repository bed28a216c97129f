package dev.stride.train;

import dev.stride.monitor.EvaluationSeen;
import dev.stride.monitor.Monitor;
import dev.stride.monitor.StepSeen;
import dev.stride.monitor.Verdict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The monitors of a run as one: each sees everything, in their order, and each remembers for itself. */
final class Watch {
    private final List<Monitor> monitors;

    /** What a monitor said, and which. */
    record Said(String monitor, Verdict verdict) {}

    Watch(List<? extends Monitor> monitors) {
        this.monitors = List.copyOf(monitors);
    }

    /** What the monitors say of a step before its update is made; those with nothing to say are left out. */
    List<Said> judge(StepSeen step) {
        return ask(monitor -> monitor.judge(step));
    }

    /** What the monitors say of an evaluation. */
    List<Said> evaluated(EvaluationSeen evaluation) {
        return ask(monitor -> monitor.evaluated(evaluation));
    }

    /** What the monitors say of the share of weights that an update changed. */
    List<Said> moved(long step, double share) {
        return ask(monitor -> monitor.moved(step, share));
    }

    Map<String, Map<String, double[]>> state() {
        Map<String, Map<String, double[]>> states = new LinkedHashMap<>();
        for (Monitor monitor : monitors) {
            Map<String, double[]> state = monitor.state();
            if (!state.isEmpty()) {
                states.put(monitor.name(), state);
            }
        }
        return states;
    }

    /** Goes on from what was remembered; a monitor that is new to the run starts afresh. */
    void restore(Map<String, Map<String, double[]>> states) {
        for (Monitor monitor : monitors) {
            Map<String, double[]> state = states.get(monitor.name());
            if (state != null) {
                monitor.restore(state);
            }
        }
    }

    private List<Said> ask(Function<Monitor, Verdict> question) {
        List<Said> said = new ArrayList<>();
        for (Monitor monitor : monitors) {
            Verdict verdict = question.apply(monitor);
            if (!(verdict instanceof Verdict.Proceed)) {
                said.add(new Said(monitor.name(), verdict));
            }
        }
        return said;
    }
}
