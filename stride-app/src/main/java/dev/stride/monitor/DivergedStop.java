package dev.stride.monitor;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Stops a run whose loss has left for good: its last losses are far above its first ones ({@link AboveBeginning}), or three
 * in a row are far above what the loss has already been.
 *
 * <p>What it has been is the lowest smoothed loss, with two standard errors on top; far above is more than 15 % and more
 * than four times the noise of one update. The noise is learnt from how far a loss falls below the one before, since
 * rises are what is being judged. In the first updates, before there is a smoothed loss, far above is 22 % over the highest
 * loss until then, and the gradient norm must have doubled too: the first losses of small batches scatter that much by
 * themselves, but not together with the norm.
 */
public final class DivergedStop implements Monitor {
    private static final int IN_A_ROW = 3;
    /** Updates before there is a smoothed loss to compare with. */
    private static final int EARLY = 8;

    private static final double EARLY_SHARE = 0.22;
    private static final double EARLY_NORM = 2;
    private static final double SHARE = 0.15;
    private static final double NOISES = 4;
    private static final double KEEP = 0.95;
    private static final int WINDOW = 50;
    /** The mean of max(0, d) is 0.564 standard deviations of an update where d is the difference of two normal ones. */
    private static final double FALL = 1 / 0.564;

    private static final double IMAGINED = 8;
    private static final double IMAGINED_NOISE = 0.08;

    private final AboveBeginning beginning = new AboveBeginning();
    /** Updates that were not far above. */
    private double calm;

    private double smoothed;
    private double lowest; // in the first updates the highest
    private double last;
    private double noiseSum;
    private double noises;
    private double[] calmNorms = {};
    private double[] high = {};

    @Override
    public String name() {
        return Guard.DIVERGED.word();
    }

    @Override
    public Verdict judge(StepSeen step) {
        if (!step.isFinite()) {
            return new Verdict.Proceed();
        }
        AboveBeginning.Risen risen = beginning.see(step.loss());
        if (risen != null) {
            return stop(
                    step,
                    "the mean of the last five losses up to step " + step.step() + " is " + Numbers.text(risen.now())
                            + ", far above the " + Numbers.text(risen.began()) + " that the run began with");
        }
        if (calm == 0 || !isHigh(step)) {
            high = new double[0];
            learn(step);
            return new Verdict.Proceed();
        }
        high = Arrays.copyOf(high, high.length + 1);
        high[high.length - 1] = step.loss();
        if (high.length < IN_A_ROW) {
            return new Verdict.Proceed();
        }
        return stop(
                step,
                "the loss was " + Numbers.text(high[0]) + ", " + Numbers.text(high[1]) + " and "
                        + Numbers.text(high[2]) + " in three updates in a row up to step " + step.step()
                        + ", after it had been " + Numbers.text(lowest));
    }

    private static Verdict stop(StepSeen step, String seen) {
        return new Verdict.Stop(
                seen + ": training diverges, and the rate of " + Numbers.text(step.lr()) + " is the likely cause");
    }

    private boolean isHigh(StepSeen step) {
        if (calm > EARLY) {
            return step.loss() > lowest + Math.max(SHARE * lowest, NOISES * noise());
        }
        double[] norms = calmNorms.clone();
        Arrays.sort(norms);
        return step.loss() > lowest * (1 + EARLY_SHARE) && step.gradientNorm() > EARLY_NORM * norms[norms.length / 2];
    }

    /** The noise of one update; eight imagined values steady it at the beginning. */
    private double noise() {
        return (noiseSum + IMAGINED * IMAGINED_NOISE * smoothed) / (noises + IMAGINED);
    }

    private void learn(StepSeen step) {
        double loss = step.loss();
        calm++;
        if (calm == 1) {
            smoothed = loss;
            lowest = loss;
        } else {
            double below = FALL * Math.max(0, last - loss);
            noiseSum += noises < WINDOW ? below : below - noiseSum / WINDOW;
            noises = Math.min(noises + 1, WINDOW);
            smoothed += Math.max(1 / calm, 1 - KEEP) * (loss - smoothed);
            double uncertain = 2 * noise() / Math.sqrt(Math.min(calm, 2 / (1 - KEEP) - 1));
            lowest = calm <= EARLY ? Math.max(lowest, loss) : Math.min(lowest, smoothed + uncertain);
        }
        last = loss;
        if (calm <= EARLY) {
            calmNorms = Arrays.copyOf(calmNorms, calmNorms.length + 1);
            calmNorms[calmNorms.length - 1] = step.gradientNorm();
        }
    }

    @Override
    public Map<String, double[]> state() {
        Map<String, double[]> state = new LinkedHashMap<>();
        state.put("seen", new double[] {calm, smoothed, lowest, last, noiseSum, noises});
        state.put("norms", calmNorms.clone());
        state.put("high", high.clone());
        state.put("first", beginning.first());
        state.put("last", beginning.last());
        return state;
    }

    @Override
    public void restore(Map<String, double[]> state) {
        double[] seen = Objects.requireNonNull(state.get("seen"), "seen");
        calm = seen[0];
        smoothed = seen[1];
        lowest = seen[2];
        last = seen[3];
        noiseSum = seen[4];
        noises = seen[5];
        calmNorms = Objects.requireNonNull(state.get("norms"), "norms").clone();
        high = Objects.requireNonNull(state.get("high"), "high").clone();
        beginning.restore(
                Objects.requireNonNull(state.get("first"), "first"), Objects.requireNonNull(state.get("last"), "last"));
    }
}
