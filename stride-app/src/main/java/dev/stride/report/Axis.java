package dev.stride.report;

import java.util.ArrayList;
import java.util.List;

/** Maps values to a share of a chart's side, 0 at its low end and 1 at its high end, and knows its ticks. */
sealed interface Axis {
    /** The value at the low end. */
    double low();

    /** The value at the high end. */
    double high();

    /** Where a value lies; outside 0..1 beyond the ends, not finite where it has no place. */
    double share(double value);

    /** Round values between the ends, ascending. */
    List<Double> ticks(int wanted);

    /** Equal distances are equal differences. */
    record Linear(double low, double high) implements Axis {
        public Linear {
            if (!(low < high) || !Double.isFinite(low) || !Double.isFinite(high)) {
                throw new IllegalArgumentException("no axis from " + low + " to " + high);
            }
        }

        @Override
        public double share(double value) {
            return (value - low) / (high - low);
        }

        @Override
        public List<Double> ticks(int wanted) {
            List<Double> ticks = new ArrayList<>();
            // round steps may be much wider than those wanted; fewer than three ticks would not make a scale
            for (int finer = wanted; ticks.size() < Math.min(3, wanted); finer++) {
                double step = niceStep((high - low) / finer);
                ticks.clear();
                for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
                    ticks.add(i * step);
                }
            }
            return ticks;
        }
    }

    /** Equal distances are equal ratios; what is not positive has no place. */
    record Log(double low, double high) implements Axis {
        public Log {
            if (!(0 < low && low < high) || !Double.isFinite(high)) {
                throw new IllegalArgumentException("no logarithmic axis from " + low + " to " + high);
            }
        }

        @Override
        public double share(double value) {
            return value > 0 ? Math.log(value / low) / Math.log(high / low) : Double.NaN;
        }

        @Override
        public List<Double> ticks(int wanted) {
            double decades = Math.log10(high / low);
            int[] digits = decades * 3 <= wanted + 1
                    ? new int[] {1, 2, 5}
                    : decades * 2 <= wanted + 1 ? new int[] {1, 3} : new int[] {1};
            int every = (int) Math.max(1, Math.ceil(decades / wanted));
            List<Double> ticks = new ArrayList<>();
            for (int e = (int) Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
                for (int digit : digits) {
                    double tick = digit * Math.pow(10, e);
                    if (e % every == 0 && tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) {
                        ticks.add(tick);
                    }
                }
            }
            return ticks;
        }
    }

    /** An axis from 1, 2 or 5 times a power of ten to another, around positive values. */
    static Axis logAround(double low, double high) {
        double from = roundDown(low);
        double to = niceStep(high);
        return new Log(from, from < to ? to : from * 10);
    }

    /** A linear axis around values, with a little air, or one of any size around a single value. */
    static Axis linearAround(double low, double high) {
        double air = high > low ? (high - low) * 0.06 : Math.max(Math.abs(high), 1e-12) * 0.1;
        return new Linear(low - air, high + air);
    }

    /** The least 1, 2 or 5 times a power of ten at or above a positive value. */
    private static double niceStep(double rough) {
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double digit = rough / power;
        return power * (digit <= 1 + 1e-9 ? 1 : digit <= 2 + 1e-9 ? 2 : digit <= 5 + 1e-9 ? 5 : 10);
    }

    /** The greatest 1, 2 or 5 times a power of ten at or below a positive value. */
    private static double roundDown(double value) {
        double power = Math.pow(10, Math.floor(Math.log10(value)));
        double digit = value / power;
        return power * (digit >= 5 - 1e-9 ? 5 : digit >= 2 - 1e-9 ? 2 : 1);
    }
}
