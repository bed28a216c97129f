package dev.stride.search;

import java.util.List;
import java.util.Optional;

/**
 * Which rate a sweep tries next. While the best rate lies at an edge the grid grows in that direction; then rates between
 * are tried until the best one is bracketed. A trial that failed or diverged counts as worse than any score.
 *
 * <p>Curves of a score over the logarithm of the rate have one valley and rise no less steeply above it than below it. So
 * the optimum lies above the middle between two rates of which the higher is better, and below every rate above the best.
 * The best is bracketed where the next rate above is within half a step and the next below within a whole one: the optimum
 * is then within half a step of it, whatever else the curve does.
 *
 * <p>The grid grows by as much as the parabola of {@link Basin} says, half a step to 1.75 steps, and by 1.75 steps where
 * there is none. Where the lowest rate is the best and the gap above it is wider than a step, its middle comes first; for
 * the last trial half a step is wide enough.
 *
 * @param ratio of two neighbours of the grid, above 1; a step is log10 of it
 * @param maxTrials different rates at most, those of the grid included
 * @param lowest no rate below is tried
 * @param highest no rate above is tried
 * @param higherIsBetter the score's direction
 */
public record RateSearch(double ratio, int maxTrials, double lowest, double highest, boolean higherIsBetter) {
    /** Rates at most, where nothing else was asked for. */
    public static final int MAX_TRIALS = 7;

    /** Bounds outside of which no fine-tuning was seen to work. */
    public static final double LOWEST = 1e-8;

    public static final double HIGHEST = 1;

    /** A gap is this much wider than half a step at most; rates are written with three digits. */
    private static final double SLACK = 1.02;

    /** Steps that the grid grows by; chosen with planted optima, docs/decisions.md. */
    private static final double GROWTH = 1.75;

    /** Least steps of growth, where the parabola turns at the edge already. */
    private static final double LEAST_GROWTH = 0.5;

    /** Steps down where no rate could be used. */
    private static final double RETREAT = 2;

    public RateSearch {
        if (!(ratio > 1) || !(lowest > 0) || !(highest > lowest) || maxTrials < 1) {
            throw new IllegalArgumentException(
                    "ratio " + ratio + ", " + maxTrials + " trials, " + lowest + " to " + highest);
        }
    }

    /** A search with the usual bounds. */
    public static RateSearch of(double ratio, boolean higherIsBetter) {
        return new RateSearch(ratio, MAX_TRIALS, LOWEST, HIGHEST, higherIsBetter);
    }

    /** What to do next, with the reason as a sentence. */
    public sealed interface Next {
        /** The reason. */
        Saying sentence();
    }

    /** Try this rate. */
    public record Try(double lr, Saying sentence) implements Next {}

    /** The best rate has neighbours close enough on both sides. */
    public record Bracketed(double lr, Saying sentence) implements Next {}

    /** The search ends at a bound: the number of trials, or the lowest or highest rate. */
    public record Bound(Saying sentence) implements Next {}

    /**
     * What to do next.
     *
     * @param tried at least one rate, each once, in any order
     */
    public Next next(List<Tried> tried) {
        if (tried.isEmpty()) {
            throw new IllegalArgumentException("a search begins with the grid's rates");
        }
        List<Tried> sorted = Basin.sorted(tried);
        int best = Basin.best(sorted, higherIsBetter);
        if (best < 0) {
            return noneUsable(sorted);
        }
        Optional<Basin> basin = Basin.fit(sorted, higherIsBetter);
        if (best == 0 || best == sorted.size() - 1) {
            return atEdge(sorted, best == 0 ? -1 : 1, basin);
        }
        return between(sorted, best, basin);
    }

    private double step() {
        return Math.log10(ratio);
    }

    private Next noneUsable(List<Tried> sorted) {
        double lr = sorted.get(0).lr();
        if (sorted.size() >= maxTrials) {
            return new Bound(new Saying(
                    "None of the " + sorted.size() + " rates could be used, and more are not tried.",
                    "已试的 " + sorted.size() + " 个学习率均不可用，且不再追加。"));
        }
        if (lr <= lowest) {
            return new Bound(new Saying(
                    "None of the rates could be used, down to the lowest that is tried, " + Rates.name(lr) + ".",
                    "直到允许尝试的最低值 " + Rates.name(lr) + "，所有学习率均不可用。"));
        }
        double next = within(Math.log10(lr) - RETREAT * step());
        return new Try(
                next,
                new Saying(
                        "No rate could be used; " + Rates.name(next) + " is lower.",
                        "尚无可用的学习率；接着尝试更低的 " + Rates.name(next) + "。"));
    }

    /** Farther out; or between, where the parabola already turns before the edge. */
    private Next atEdge(List<Tried> sorted, int direction, Optional<Basin> basin) {
        Tried edge = direction < 0 ? sorted.get(0) : sorted.get(sorted.size() - 1);
        String which = direction < 0 ? "lowest" : "highest";
        String lr = Rates.name(edge.lr());
        String side = direction < 0 ? "低" : "高";
        if (sorted.size() >= maxTrials) {
            return new Bound(new Saying(
                    "The best rate, " + lr + ", is the " + which + " tried, and " + maxTrials + " rates are the bound.",
                    "最佳学习率 " + lr + " 是已试中最" + side + "的，而学习率数目以 " + maxTrials + " 个为限。"));
        }
        double bound = direction < 0 ? lowest : highest;
        if (direction * (bound - edge.lr()) <= 0) {
            return new Bound(new Saying(
                    "The best rate, " + lr + ", is the " + which + " that is tried.",
                    "最佳学习率 " + lr + " 已是允许尝试的最" + side + "值。"));
        }
        if (direction < 0 && sorted.size() > 1) {
            Tried above = sorted.get(1);
            boolean beyond = basin.isPresent() && basin.get().lr() < edge.lr();
            boolean last = sorted.size() == maxTrials - 1;
            if (!beyond && above.decade() - edge.decade() > (last ? 0.5 : 1) * step() * SLACK) {
                return inBetween(edge, edge, above, (above.decade() - edge.decade()) / 2);
            }
        }
        double stride = GROWTH * step();
        if (basin.isPresent()) {
            double beyond = direction * (Math.log10(basin.get().lr()) - edge.decade());
            stride = Math.min(Math.max(beyond, LEAST_GROWTH * step()), GROWTH * step());
        }
        double next = within(edge.decade() + direction * stride);
        return new Try(
                next,
                new Saying(
                        "The best rate, " + lr + ", is the " + which + " tried: " + Rates.name(next) + " lies beyond.",
                        "最佳学习率 " + lr + " 是已试中最" + side + "的：接着尝试更" + side + "的 " + Rates.name(next) + "。"));
    }

    private Next between(List<Tried> sorted, int best, Optional<Basin> basin) {
        Tried middle = sorted.get(best);
        Tried below = sorted.get(best - 1);
        Tried above = sorted.get(best + 1);
        double half = step() / 2;
        double gapBelow = middle.decade() - below.decade();
        double gapAbove = above.decade() - middle.decade();
        boolean doneBelow = gapBelow / 2 <= half * SLACK;
        boolean doneAbove = gapAbove <= half * SLACK;
        if (doneBelow && doneAbove) {
            return new Bracketed(
                    middle.lr(), between(middle, below, above, ", near enough on both sides.", "，两侧都已足够接近。"));
        }
        if (sorted.size() >= maxTrials) {
            return new Bound(between(
                    middle,
                    below,
                    above,
                    ", and " + maxTrials + " rates are the bound.",
                    "，而学习率数目以 " + maxTrials + " 个为限。"));
        }
        double offset = basin.map(b -> Math.log10(b.lr()) - middle.decade()).orElse(half);
        boolean up = doneBelow || (!doneAbove && (offset >= 0 || gapAbove >= gapBelow / 2));
        double gap = up ? gapAbove : gapBelow;
        double distance = gap / 2;
        if (gap > step() * SLACK && basin.isPresent() && (up ? above : below).isUsable()) {
            distance = Math.min(Math.max(up ? offset : -offset, half), gap / 2);
        }
        return inBetween(middle, below, above, up ? distance : -distance);
    }

    private Next inBetween(Tried best, Tried below, Tried above, double distance) {
        double next = within(best.decade() + distance);
        String name = Rates.name(next);
        return new Try(next, between(best, below, above, ": " + name + " is in between.", "：接着尝试其间的 " + name + "。"));
    }

    /** That a rate lies between two others, and what follows from it. */
    private static Saying between(Tried best, Tried below, Tried above, String english, String chinese) {
        String low = Rates.name(below.lr());
        String high = Rates.name(above.lr());
        String lr = Rates.name(best.lr());
        return new Saying(
                "The best rate, " + lr + ", lies between " + low + " and " + high + english,
                "最佳学习率 " + lr + " 位于 " + low + " 与 " + high + " 之间" + chinese);
    }

    /** A rate of three digits within the bounds. */
    private double within(double decade) {
        return Math.min(highest, Math.max(lowest, Rates.round(Math.pow(10, decade))));
    }
}
