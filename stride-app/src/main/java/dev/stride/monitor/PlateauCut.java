package dev.stride.monitor;

import dev.stride.config.Numbers;
import dev.stride.config.PlateauConvention;
import dev.stride.config.StopMetric;
import java.util.Map;
import java.util.Objects;

/**
 * Lowers the rate when a metric no longer gets better: PyTorch's {@code ReduceLROnPlateau}, with the patience of either
 * PyTorch or Keras. It only says a factor, so that it composes with a warm-up and any other schedule: the rate is {@code
 * schedule x factor}. Evaluations during warm-up are not looked at.
 *
 * <p>A value is better if it differs from the best by more than {@code threshold} of the best. After a cut the count
 * begins again, and {@code cooldown} evaluations are not counted. The peak never falls below {@code minLr}, and no cut is
 * made that would lower it by {@code eps} or less.
 */
public final class PlateauCut implements Monitor {
    /** The name under which its verdicts are logged. */
    public static final String NAME = "plateau";

    private final Settings settings;
    private final double peak;
    private double best = Double.NaN;
    private double bad;
    private double cooling;
    private double factor = 1;

    /**
     * How a plateau is found and what is done about it.
     *
     * @param metric what must get better
     * @param convention how patience is counted
     * @param patience evaluations that are not better, at least 0
     * @param factor what the rate is multiplied by, between 0 and 1
     * @param threshold the least improvement, as a share of the best
     * @param cooldown evaluations after a cut that are not counted
     * @param minLr the lowest peak
     * @param eps a cut by this or less is not made
     */
    public record Settings(
            StopMetric metric,
            PlateauConvention convention,
            int patience,
            double factor,
            double threshold,
            int cooldown,
            double minLr,
            double eps) {
        /** PyTorch's least cut. */
        public static final double EPS = 1e-8;

        public Settings {
            if (patience < 0
                    || !(factor > 0 && factor < 1)
                    || !(threshold >= 0)
                    || cooldown < 0
                    || !(minLr >= 0)
                    || !(eps >= 0)) {
                throw new IllegalArgumentException("no plateau can be found with a patience of " + patience
                        + ", a factor of " + factor + ", a threshold of " + threshold + ", a cooldown of " + cooldown
                        + ", a floor of " + minLr + " and an eps of " + eps);
            }
        }

        /** PyTorch's settings but for the factor and patience: threshold 1e-4, no cooldown, eps 1e-8. */
        public static Settings torch(StopMetric metric, int patience, double factor, double minLr) {
            return new Settings(metric, PlateauConvention.TORCH, patience, factor, 1e-4, 0, minLr, EPS);
        }

        /** The same with Keras's way of counting. */
        public static Settings keras(StopMetric metric, int patience, double factor, double minLr) {
            return new Settings(metric, PlateauConvention.KERAS, patience, factor, 1e-4, 0, minLr, EPS);
        }
    }

    /** A monitor of a run whose schedule has the given peak rate. */
    public PlateauCut(Settings settings, double peak) {
        this.settings = settings;
        this.peak = peak;
    }

    @Override
    public String name() {
        return NAME;
    }

    /** What all cuts until now multiply the rate by. */
    public double factor() {
        return factor;
    }

    @Override
    public Verdict evaluated(EvaluationSeen evaluation) {
        if (evaluation.warmingUp()) {
            return new Verdict.Proceed();
        }
        double value = evaluation.score(settings.metric.word());
        if (isBetter(value)) {
            best = value;
            bad = 0;
        } else {
            bad++;
        }
        if (cooling > 0) {
            cooling--;
            bad = 0;
        }
        boolean cut = bad >= settings.convention.evaluationsToCut(settings.patience);
        if (!cut) {
            return new Verdict.Proceed();
        }
        double waited = bad;
        bad = 0;
        cooling = settings.cooldown;
        double lr = peak * factor;
        double lower = Math.max(lr * settings.factor, settings.minLr);
        if (!(lr - lower > settings.eps)) {
            return new Verdict.Proceed();
        }
        factor = lower / peak;
        return new Verdict.ReduceLr(
                lower / lr,
                settings.metric.word() + " was not better than its best " + Numbers.text(best) + " in " + (long) waited
                        + (waited == 1 ? " evaluation" : " evaluations") + " (" + Numbers.text(value) + " at step "
                        + evaluation.step() + "), so the peak rate goes from " + Numbers.text(lr) + " to "
                        + Numbers.text(lower));
    }

    private boolean isBetter(double value) {
        if (Double.isNaN(value) || Double.isNaN(best)) {
            return !Double.isNaN(value);
        }
        return settings.metric.higherIsBetter()
                ? value > best * (1 + settings.threshold)
                : value < best * (1 - settings.threshold);
    }

    @Override
    public Map<String, double[]> state() {
        return Map.of("plateau", new double[] {best, bad, cooling, factor});
    }

    @Override
    public void restore(Map<String, double[]> state) {
        double[] saved = Objects.requireNonNull(state.get("plateau"), "plateau");
        best = saved[0];
        bad = saved[1];
        cooling = saved[2];
        factor = saved[3];
    }
}
