package dev.stride.search;

import dev.stride.schedule.Constant;
import dev.stride.schedule.LrSchedule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongToDoubleFunction;

/** Made-up trials for the tests of the rules. */
final class Trials {
    private Trials() {}

    /** Losses at steps {@code every}, 2 x every, .. of a run of 72 updates at a constant rate. */
    static TrialCurve losses(String name, long every, double... values) {
        return curve(name, new Constant(1e-3, 6, 72), false, every, values);
    }

    static TrialCurve scores(String name, long every, double... values) {
        return curve(name, new Constant(1e-3, 6, 72), true, every, values);
    }

    /** What a function gives at steps {@code every}, 2 x every, .. up to {@code last}. */
    static TrialCurve planted(String name, LrSchedule schedule, long every, long last, LongToDoubleFunction loss) {
        List<TrialCurve.Evaluation> evaluations = new ArrayList<>();
        for (long step = every; step <= last; step += every) {
            evaluations.add(new TrialCurve.Evaluation(step, loss.applyAsDouble(step)));
        }
        return new TrialCurve(name, schedule, false, schedule.steps(), evaluations);
    }

    private static TrialCurve curve(
            String name, LrSchedule schedule, boolean higherIsBetter, long every, double... values) {
        List<TrialCurve.Evaluation> evaluations = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            evaluations.add(new TrialCurve.Evaluation((i + 1) * every, values[i]));
        }
        return new TrialCurve(name, schedule, higherIsBetter, schedule.steps(), evaluations);
    }
}
