package dev.stride.schedule;

import dev.stride.config.Numbers;
import dev.stride.config.PlateauConfig;

/**
 * A warm-up, then one rate for as long as validation gets better: lr(k) = peak x min(1, k/W), before any cut.
 *
 * <p>This is the planned rate. A cut depends on validation and not on the step, so it is a factor on this rate, made
 * while the run goes: it multiplies by {@code rule.factor()} and never goes below the minimum.
 *
 * <p>Peak 3e-5, W 60, 1000 steps: lr(1) = 5e-7, lr(60) = 3e-5, lr(1000) = 3e-5.
 *
 * @param minimum the rate below which nothing is cut
 * @param rule when and by how much the rate is cut
 */
public record ReducedOnPlateau(double peak, double minimum, PlateauConfig rule, long warmup, long steps)
        implements LrSchedule {
    public ReducedOnPlateau {
        Steps.check(peak, minimum, warmup, steps);
    }

    @Override
    public double at(long step) {
        return Steps.rising(peak, Steps.clamped(step, steps), Steps.peakStep(warmup));
    }

    /** The rate of the last update of a run without a cut. */
    @Override
    public double floor() {
        return at(steps);
    }

    @Override
    public String shape() {
        int bad = rule.convention().evaluationsToCut(rule.patience());
        return "constant, x " + Numbers.text(rule.factor()) + " after " + bad
                + (bad == 1 ? " evaluation" : " evaluations") + " in a row without a gain, not below "
                + Numbers.text(minimum);
    }
}
