package dev.stride.search;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A parabola of the score over log10 of the rate, fitted by weighted least squares to the points near the best one.
 *
 * <p>Real curves are flat on the left and explode on the right, so a parabola holds only near the optimum. It begins with
 * three points: the best and its nearest neighbour on each side; at an edge the best and the next two. Through three
 * points with the best in the middle the optimum lies within half a gap of the best, however high the outer ones are. The
 * second neighbour of each side joins where the parabola of the three foretells how far it is above the optimum to within
 * half of that, and there is no failed trial between. A failed trial is never a point.
 *
 * @param lr the optimum
 * @param low lower end of its 95 % interval: the delta method with the points' errors, or with the residuals where no
 *     error is known; with three points and no errors the neighbours of the best are the interval
 * @param high its upper end
 * @param value the score that the parabola has there
 * @param inside whether the optimum lies within the rates that could be used
 * @param curvature of the score, turned so that lower is better, per squared decade; above 0
 * @param used the rates that the parabola was fitted to, ascending
 */
public record Basin(
        double lr, double low, double high, double value, boolean inside, double curvature, List<Double> used) {
    private static final double NORMAL_95 = 1.96;

    /** Quantiles of Student's t at 97.5 % for 1 and 2 degrees of freedom; five points leave no more. */
    private static final List<Double> STUDENT = List.of(12.706, 4.303);

    public Basin {
        used = List.copyOf(used);
    }

    /** Half of the interval, in decades. */
    public double log10Width() {
        return (Math.log10(high) - Math.log10(low)) / 2;
    }

    /**
     * Fits.
     *
     * @param tried in any order; rates may not repeat
     * @return empty with fewer than three usable points, or where the three near the best do not curve the right way
     * @throws IllegalArgumentException if a rate stands twice
     */
    public static Optional<Basin> fit(List<Tried> tried, boolean higherIsBetter) {
        List<Tried> sorted = sorted(tried);
        int best = best(sorted, higherIsBetter);
        if (best < 0) {
            return Optional.empty();
        }
        List<Tried> usable = sorted.stream().filter(Tried::isUsable).toList();
        int at = usable.indexOf(sorted.get(best));
        int from = Math.max(0, Math.min(at - 1, usable.size() - 3));
        if (usable.size() < 3) {
            return Optional.empty();
        }
        List<Tried> three = usable.subList(from, from + 3);
        Parabola first = Parabola.through(three, higherIsBetter);
        if (!first.hasOptimum()) {
            return Optional.empty();
        }
        List<Tried> points = new ArrayList<>(three);
        if (from > 0
                && neighbours(sorted, usable.get(from - 1), usable.get(from))
                && first.foretells(usable.get(from - 1))) {
            points.add(0, usable.get(from - 1));
        }
        int after = from + 3;
        if (after < usable.size()
                && neighbours(sorted, usable.get(after - 1), usable.get(after))
                && first.foretells(usable.get(after))) {
            points.add(usable.get(after));
        }
        Parabola all = points.size() == 3 ? first : Parabola.through(points, higherIsBetter);
        double start = three.get(0).decade();
        double end = three.get(2).decade();
        if (!all.hasOptimum()
                || (at > 0 && at < usable.size() - 1 && !(all.optimum() > start && all.optimum() < end))) {
            all = first;
            points = new ArrayList<>(three);
        }
        return Optional.of(all.toBasin(points, usable, usable.get(at)));
    }

    /** Ascending rates. */
    static List<Tried> sorted(List<Tried> tried) {
        Set<Double> rates = new HashSet<>();
        for (Tried point : tried) {
            if (!rates.add(point.lr())) {
                throw new IllegalArgumentException("the rate " + point.lr() + " stands twice");
            }
        }
        return tried.stream().sorted(Comparator.comparingDouble(Tried::lr)).toList();
    }

    /** The index of the best usable point, of equal ones the lowest rate; -1 where there is none. */
    static int best(List<Tried> sorted, boolean higherIsBetter) {
        int best = -1;
        for (int i = 0; i < sorted.size(); i++) {
            if (sorted.get(i).isUsable()
                    && (best < 0
                            || sorted.get(i).cost(higherIsBetter)
                                    < sorted.get(best).cost(higherIsBetter))) {
                best = i;
            }
        }
        return best;
    }

    private static boolean neighbours(List<Tried> sorted, Tried a, Tried b) {
        return sorted.indexOf(b) == sorted.indexOf(a) + 1;
    }

    /** {@code a (x - centre)^2 + b (x - centre) + c} over decades, of costs, with the covariance of a and b. */
    private record Parabola(
            double centre,
            double a,
            double b,
            double c,
            double aa,
            double ab,
            double bb,
            boolean hasErrors,
            int degrees,
            boolean higher) {
        /** Normal equations of three unknowns, solved by Cramer's rule; the centre keeps them well conditioned. */
        static Parabola through(List<Tried> points, boolean higher) {
            boolean errors = points.stream().allMatch(p -> p.error() > 0 && Double.isFinite(p.error()));
            double centre = points.stream().mapToDouble(Tried::decade).average().orElseThrow();
            double[] s = new double[5];
            double[] t = new double[3];
            for (Tried point : points) {
                double x = point.decade() - centre;
                double weight = errors ? 1 / (point.error() * point.error()) : 1;
                double power = weight;
                for (int k = 0; k < 5; k++) {
                    s[k] += power;
                    if (k < 3) {
                        t[k] += power * point.cost(higher);
                    }
                    power *= x;
                }
            }
            double inv00 = s[2] * s[0] - s[1] * s[1];
            double inv01 = s[1] * s[2] - s[3] * s[0];
            double inv02 = s[3] * s[1] - s[2] * s[2];
            double det = s[4] * inv00 + s[3] * inv01 + s[2] * inv02;
            double inv11 = s[4] * s[0] - s[2] * s[2];
            double inv12 = s[3] * s[2] - s[4] * s[1];
            double inv22 = s[4] * s[2] - s[3] * s[3];
            double a = (inv00 * t[2] + inv01 * t[1] + inv02 * t[0]) / det;
            double b = (inv01 * t[2] + inv11 * t[1] + inv12 * t[0]) / det;
            double c = (inv02 * t[2] + inv12 * t[1] + inv22 * t[0]) / det;
            int degrees = points.size() - 3;
            double scale = 1;
            if (!errors && degrees > 0) {
                double squares = 0;
                for (Tried point : points) {
                    double x = point.decade() - centre;
                    double off = point.cost(higher) - (a * x * x + b * x + c);
                    squares += off * off;
                }
                scale = squares / degrees;
            }
            return new Parabola(
                    centre,
                    a,
                    b,
                    c,
                    scale * inv00 / det,
                    scale * inv01 / det,
                    scale * inv11 / det,
                    errors,
                    degrees,
                    higher);
        }

        boolean hasOptimum() {
            return a > 0 && Double.isFinite(optimum());
        }

        /** In decades. */
        double optimum() {
            return centre - b / (2 * a);
        }

        private double lowest() {
            return c - b * b / (4 * a);
        }

        /** Whether a further point's height over the optimum is what this parabola has there, to within half. */
        boolean foretells(Tried point) {
            double x = point.decade() - optimum();
            double height = point.cost(higher) - lowest();
            return Math.abs(height - a * x * x) <= 0.5 * Math.abs(height);
        }

        Basin toBasin(List<Tried> points, List<Tried> usable, Tried best) {
            double optimum = optimum();
            double low;
            double high;
            if (hasErrors || degrees > 0) {
                double byB = -1 / (2 * a);
                double byA = b / (2 * a * a);
                double variance = byA * byA * aa + 2 * byA * byB * ab + byB * byB * bb;
                double quantile = hasErrors ? NORMAL_95 : STUDENT.get(degrees - 1);
                double half = quantile * Math.sqrt(Math.max(0, variance));
                low = optimum - half;
                high = optimum + half;
            } else {
                int at = usable.indexOf(best);
                low = Math.min(optimum, usable.get(Math.max(0, at - 1)).decade());
                high = Math.max(
                        optimum, usable.get(Math.min(usable.size() - 1, at + 1)).decade());
            }
            double value = higher ? -lowest() : lowest();
            return new Basin(
                    Math.pow(10, optimum),
                    Math.pow(10, low),
                    Math.pow(10, high),
                    value,
                    optimum >= usable.get(0).decade()
                            && optimum <= usable.get(usable.size() - 1).decade(),
                    2 * a,
                    points.stream().map(Tried::lr).toList());
        }
    }
}
