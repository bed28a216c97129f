package dev.stride.monitor;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Made-up runs, the same for the same seed: what guards must leave alone, and what they must not. */
final class Curves {
    private Curves() {}

    /**
     * A run in good order: the loss falls to a floor with noise of 3 to 20 % that is sometimes heavy-tailed, the norm is
     * log-normal around 0.3 to 3 with a deviation of 0.1 to 0.4, higher at first and drifting after; 60 to 2,000 steps, of
     * which 6 to 10 % are warm-up.
     */
    static List<StepSeen> healthy(long seed) {
        Random random = new Random(seed);
        long total = Math.round(60 * Math.pow(2000.0 / 60, random.nextDouble()));
        long warmup = Math.max(1, Math.round(total * (0.06 + 0.04 * random.nextDouble())));
        double floor = 0.2 + 2 * random.nextDouble();
        double fall = 4 * random.nextDouble();
        double time = total * (0.03 + 0.5 * random.nextDouble());
        double noise = 0.03 + 0.17 * random.nextDouble();
        boolean heavy = random.nextBoolean();
        double usual = 0.3 * Math.pow(10, random.nextDouble());
        double spread = 0.1 + 0.3 * random.nextDouble();
        double drift = random.nextGaussian() * 0.7;
        double first = random.nextDouble();
        double peak = 1e-5 * Math.pow(100, random.nextDouble());
        List<StepSeen> steps = new ArrayList<>();
        for (long step = 1; step <= total; step++) {
            double done = (double) step / total;
            double odd = random.nextGaussian() * (heavy ? 0.5 + random.nextDouble() : 1);
            double loss = (floor + fall * Math.exp(-step / time)) * Math.exp(noise * odd);
            double norm = usual
                    * Math.exp(
                            first * Math.exp(-step / (0.5 * warmup)) + drift * done + spread * random.nextGaussian());
            double lr = peak * Math.min((double) step / warmup, (1 - done) / (1 - (double) warmup / total) + 1e-3);
            steps.add(new StepSeen(step, loss, norm, lr, warmup, total));
        }
        return steps;
    }

    /**
     * A run whose rate is far too high: healthy until the rate is a share of its peak, then loss and norm grow together,
     * by a tenth a step, up to a loss of 12 and a norm of 300.
     */
    static List<StepSeen> tooHot(long seed, long total, double breaksAt) {
        Random random = new Random(seed);
        long warmup = Math.max(1, Math.round(0.06 * total));
        double peak = 9e-4;
        List<StepSeen> steps = new ArrayList<>();
        double broken = 0;
        for (long step = 1; step <= total; step++) {
            double lr = peak * Math.min(1, (double) step / warmup);
            broken += lr >= breaksAt * peak ? 0.4 : 0;
            double loss = Math.min(12, 4 * Math.exp(0.25 * broken)) * Math.exp(0.05 * random.nextGaussian());
            double norm = Math.min(300, 2 * Math.exp(broken)) * Math.exp(0.2 * random.nextGaussian());
            steps.add(new StepSeen(step, loss, norm, lr, warmup, total));
        }
        return steps;
    }

    /** The verdicts of one monitor over a run that are more than "go on", each with its step. */
    static List<Fired> fired(Monitor monitor, List<StepSeen> steps) {
        List<Fired> fired = new ArrayList<>();
        for (StepSeen step : steps) {
            Verdict verdict = monitor.judge(step);
            if (!(verdict instanceof Verdict.Proceed)) {
                fired.add(new Fired(step.step(), verdict));
            }
        }
        return fired;
    }

    /** A verdict and the step at which it came. */
    record Fired(long step, Verdict verdict) {
        String reason() {
            if (verdict instanceof Verdict.Stop stop) {
                return stop.reason();
            }
            return verdict instanceof Verdict.Alarm alarm ? alarm.reason() : "";
        }
    }
}
