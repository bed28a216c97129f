package dev.stride.monitor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Curves of eight kinds from a seed. The loss is a power law of the sum of rates; its noise is relative, follows itself
 * (first-order autoregression) and has heavy tails (Student's t with 4 degrees of freedom); that of the validation loss is
 * a tenth to a third as large. A part of the loss is proportional to the rate and goes with it, as annealing does. Healthy
 * means that without noise the loss still falls by 15 % from the third to the last quarter of the sum of rates; the real
 * runs at good rates fall by 40 %.
 */
final class SyntheticCurves {
    static final List<Finding.Kind> KINDS = List.of(
            Finding.Kind.HEALTHY,
            Finding.Kind.OSCILLATION,
            Finding.Kind.DIVERGED,
            Finding.Kind.UNDERFIT,
            Finding.Kind.OVERFIT,
            Finding.Kind.PLATEAU,
            Finding.Kind.ROUNDING,
            Finding.Kind.SPIKE);

    private final Random random;
    private final int steps;
    private final double[] rates;
    private final double[] spent;
    private final double[] loss;
    private final double start;
    private double[] validation = new double[0];
    private double total;

    private SyntheticCurves(long seed, boolean constant) {
        this.random = new Random(seed);
        this.steps = 60 + random.nextInt(540);
        this.start = between(2, 8);
        this.rates = new double[steps];
        this.spent = new double[steps];
        this.loss = new double[steps];
        double peak = Math.exp(between(Math.log(1e-5), Math.log(1e-3)));
        int warmup = Math.max(1, (int) (steps * between(0.03, 0.1)));
        int shape = constant ? 0 : random.nextInt(3);
        double sum = 0;
        for (int i = 0; i < steps; i++) {
            double done = Math.max(0, (i + 1.0 - warmup) / (steps - warmup));
            double share = shape == 0 ? 1 : shape == 1 ? 1 - done : (1 + Math.cos(Math.PI * done)) / 2;
            rates[i] = peak * Math.min((i + 1.0) / warmup, 1) * share;
            sum += rates[i];
            spent[i] = sum;
        }
        for (int i = 0; i < steps; i++) {
            spent[i] /= sum;
        }
    }

    /** So many of each kind. */
    static List<LabelledCurve> of(int each) {
        List<LabelledCurve> curves = new ArrayList<>();
        for (Finding.Kind kind : KINDS) {
            for (int i = 0; i < each; i++) {
                long seed = 1000L * kind.ordinal() + i;
                boolean constant = kind == Finding.Kind.OSCILLATION;
                Curve curve = new SyntheticCurves(seed, constant).make(kind);
                curves.add(new LabelledCurve(kind.word() + "-" + i, kind, false, curve));
            }
        }
        return curves;
    }

    private Curve make(Finding.Kind kind) {
        double floor;
        double power;
        double annealed;
        do {
            total = Math.exp(between(Math.log(15), Math.log(100)));
            floor = start * between(0.02, 0.2);
            power = between(0.6, 1.6);
            annealed = start * between(0, 0.1);
        } while (clean(0.875, floor, power, annealed) > 0.85 * clean(0.625, floor, power, annealed));
        List<Curve.Skip> skips = new ArrayList<>();
        String storage = "fp32";
        double moved = Double.NaN;
        if (kind == Finding.Kind.UNDERFIT) {
            total = Math.exp(between(Math.log(0.001), Math.log(0.5)));
        }
        if (kind == Finding.Kind.ROUNDING) {
            total = Math.exp(between(Math.log(0.001), Math.log(0.05)));
            storage = "bf16";
            double peak = Math.exp(between(Math.log(1e-6), Math.log(1e-4)));
            double scale = peak / rates[steps / 4];
            for (int i = 0; i < steps; i++) {
                rates[i] *= scale;
            }
            moved = random.nextBoolean() ? Double.NaN : between(0.001, 0.04);
        }
        for (int i = 0; i < steps; i++) {
            double u = total * spent[i];
            if (kind == Finding.Kind.PLATEAU) {
                u = Math.min(u, total * between(0.149, 0.15));
            }
            double noise = annealed * rates[i] / peak();
            loss[i] = floor + noise + (start - floor - noise) * Math.pow(1 + u, -power);
        }
        validation = loss.clone();
        switch (kind) {
            case OSCILLATION -> oscillate();
            case DIVERGED -> diverge(skips);
            case OVERFIT -> overfit();
            default -> {}
        }
        addNoise();
        if (kind == Finding.Kind.SPIKE) {
            spike();
        }
        return curve(skips, storage, moved);
    }

    private double peak() {
        return Arrays.stream(rates).max().orElseThrow();
    }

    /** The loss without noise where so much of the sum of rates is spent. */
    private double clean(double share, double floor, double power, double annealed) {
        int i = 0;
        while (spent[i] < share) {
            i++;
        }
        double noise = annealed * rates[i] / peak();
        return floor + noise + (start - floor - noise) * Math.pow(1 + total * spent[i], -power);
    }

    private void oscillate() {
        double size = between(0.12, 0.35);
        double period = steps * between(0.15, 0.4);
        double phase = between(0, 6);
        for (int i = 0; i < steps; i++) {
            double factor = Math.exp(size * Math.sin(2 * Math.PI * i / period + phase));
            loss[i] *= factor;
            validation[i] *= factor;
        }
    }

    private void diverge(List<Curve.Skip> skips) {
        int at = (int) (steps * between(0.05, 0.7));
        double high = start * between(1.3, 5);
        double length = Math.max(3, steps * between(0.02, 0.15));
        boolean stops = random.nextInt(3) == 0;
        for (int i = at; i < steps; i++) {
            double share = Math.min(1, (i - at) / length);
            loss[i] = loss[i] + (high - loss[i]) * share;
            validation[i] = loss[i];
        }
        if (stops) {
            skips.add(new Curve.Skip(steps + 1, "the loss is NaN; no update was made with it"));
            skips.add(new Curve.Skip(steps + 1, "the gradient norm is Infinity, the second bad step in a row"));
        }
    }

    private void overfit() {
        int at = (int) (steps * between(0.2, 0.6));
        double rise = between(0.1, 0.8);
        double low = validation[at];
        for (int i = at; i < steps; i++) {
            double share = (i - at) / (double) (steps - at);
            validation[i] = low * (1 + rise * share);
            loss[i] *= 1 - 0.8 * share;
        }
    }

    private void addNoise() {
        double size = between(0.03, 0.12);
        double follows = between(0, 0.6);
        double calm = between(0.1, 0.33);
        double last = 0;
        for (int i = 0; i < steps; i++) {
            last = follows * last + Math.sqrt(1 - follows * follows) * size * student();
            loss[i] *= Math.exp(last);
            validation[i] *= Math.exp(size * calm * random.nextGaussian());
        }
    }

    private void spike() {
        int count = 1 + random.nextInt(4);
        for (int k = 0; k < count; k++) {
            int at = (int) (steps * between(0.22, 0.95));
            double factor = between(2.5, 8);
            for (int i = at; i < Math.min(steps - 1, at + 1 + random.nextInt(2)); i++) {
                loss[i] *= factor;
            }
        }
    }

    private Curve curve(List<Curve.Skip> skips, String storage, double moved) {
        List<Curve.Update> updates = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            double norm = (0.2 + loss[i]) * Math.exp(0.3 * random.nextGaussian());
            double share = moved * Math.exp(0.1 * random.nextGaussian());
            updates.add(new Curve.Update(i + 1, loss[i], rates[i], norm, share));
        }
        List<Curve.Evaluation> evaluations = new ArrayList<>();
        int count = 8 + random.nextInt(13);
        for (int k = 1; k <= count; k++) {
            int step = steps * k / count;
            evaluations.add(new Curve.Evaluation(step, validation[step - 1]));
        }
        return new Curve(updates, evaluations, skips, steps, Math.max(1, steps / 20), storage, true);
    }

    private double between(double low, double high) {
        return low + (high - low) * random.nextDouble();
    }

    /** Student's t with 4 degrees of freedom, scaled to a variance of 1. */
    private double student() {
        double chi = 0;
        for (int i = 0; i < 4; i++) {
            double g = random.nextGaussian();
            chi += g * g;
        }
        return random.nextGaussian() / Math.sqrt(chi / 4) / Math.sqrt(2);
    }
}
