package dev.stride.search;

import dev.stride.search.Contender.Rated;
import dev.stride.search.Contender.RowScores;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Which contender is best, which are as good, and how sure that is: a paired bootstrap over the same validation rows.
 *
 * <p>In each resample the rows of each metric are drawn with replacement, the same for all contenders, and where a
 * contender has several seeds, so many of its seeds are drawn first, for each contender on its own, and their deviations
 * widened as few seeds need it. A part without rows is
 * drawn from the normal law of its interval. The best is the one with the best mean over its seeds. Each other one is
 * compared with it, two-sided as in {@link dev.stride.metrics.PairedBootstrap}, and with Holm's correction (1979) for the
 * number of comparisons; it is as good where p is 0.05 or more.
 *
 * <p>A combined score is the weighted mean of its parts, each scaled so that the worst contender of the sweep has 0 and
 * the best 1 and the weights made to sum to 1. The scale is that of the whole rows and stays in every resample. A part in
 * which all are equal gives 0 to each.
 *
 * @param parts what is compared; a single one is not scaled
 * @param ratio of two neighbours of the grid: a rate within one step of the best is its neighbour
 * @param seed of the drawing
 * @param resamples how often, at least 100
 */
public record Comparison(List<Part> parts, double ratio, long seed, int resamples) {
    /** Below it a difference is called one. */
    private static final double LEVEL = 0.05;

    private static final double NORMAL = 1.96;

    /** Quantiles of Student's t at 97.5 % for 2 x (S - 1) degrees of freedom, S from 2: two contenders are compared. */
    private static final List<Double> STUDENT =
            List.of(4.303, 2.776, 2.447, 2.306, 2.228, 2.179, 2.145, 2.120, 2.101, 2.086);

    /** Quantiles of the normal law for 5 % two-sided and 80 % power. */
    private static final double POWER = (1.96 + 0.84) * (1.96 + 0.84);

    /**
     * One metric of the score.
     *
     * @param name as in the contenders
     * @param higherIsBetter its direction
     * @param weight above 0
     */
    public record Part(String name, boolean higherIsBetter, double weight) {
        public Part {
            if (!(weight > 0) || Double.isInfinite(weight)) {
                throw new IllegalArgumentException("the weight of " + name + " is " + weight);
            }
        }
    }

    public Comparison {
        parts = List.copyOf(parts);
        if (parts.isEmpty() || resamples < 100 || !(ratio > 1)) {
            throw new IllegalArgumentException(parts.size() + " parts, " + resamples + " resamples, ratio " + ratio);
        }
    }

    /** A comparison by one metric. */
    public static Comparison of(String metric, boolean higherIsBetter, double ratio, long seed) {
        return new Comparison(List.of(new Part(metric, higherIsBetter, 1)), ratio, seed, 2000);
    }

    /**
     * What came of a comparison.
     *
     * @param scores of the contenders, in ascending order of their rates; of one metric its mean over the seeds, else the
     *     combined score
     * @param p of each against the best, after Holm's correction; 1 for the best itself
     * @param best its index
     * @param runnerUp the index of the second best; the best's where it is alone
     * @param answer with empty sentences and command
     */
    public record Outcome(List<Double> scores, List<Double> p, int best, int runnerUp, SweepAnswer answer) {
        public Outcome {
            scores = List.copyOf(scores);
            p = List.copyOf(p);
        }
    }

    /** The answer where no contender came to its end. */
    public static SweepAnswer noneUsable() {
        double none = Double.NaN;
        return new SweepAnswer(none, none, none, "", List.of(), false, 0, none, "", 0, 0, 0, "", "", "", "");
    }

    /**
     * Compares.
     *
     * @param contenders at least one, with the same rows
     * @throws IllegalArgumentException if a contender lacks a part or has other rows
     */
    public Outcome compare(List<Contender> contenders) {
        List<Contender> sorted = contenders.stream()
                .sorted(Comparator.comparingDouble(Contender::lr))
                .toList();
        if (sorted.isEmpty()) {
            throw new IllegalArgumentException("no contender to compare");
        }
        Resampling drawing = new Resampling(parts, sorted);
        double[] whole = drawing.whole();
        int count = sorted.size();
        int best = best(whole);
        double[][] all = new double[resamples][];
        double[][] rowsOnly = new double[resamples][];
        SplittableRandom random = new SplittableRandom(seed);
        int wins = 0;
        for (int k = 0; k < resamples; k++) {
            Map<String, int[]> rows = drawing.drawRows(random);
            rowsOnly[k] = drawing.scores(rows, null);
            all[k] = drawing.scores(rows, random);
            wins += best(all[k]) == best ? 1 : 0;
        }
        double[] p = holm(
                IntStream.range(0, count)
                        .mapToDouble(c -> c == best ? 1 : twoSided(all, best, c))
                        .toArray(),
                best);
        int runnerUp = IntStream.range(0, count)
                .filter(c -> c != best)
                .boxed()
                .max(Comparator.comparingDouble(c -> whole[c]))
                .orElse(best);
        double sign = parts.size() == 1 && !parts.get(0).higherIsBetter() ? -1 : 1;
        return new Outcome(
                IntStream.range(0, count).mapToObj(c -> sign * whole[c]).toList(),
                IntStream.range(0, count).mapToObj(c -> p[c]).toList(),
                best,
                runnerUp,
                answer(
                        sorted,
                        p,
                        best,
                        runnerUp,
                        (double) wins / resamples,
                        rowsNeeded(whole, rowsOnly, best, runnerUp, drawing.rows()),
                        drawing.rows()));
    }

    private SweepAnswer answer(
            List<Contender> sorted, double[] p, int best, int runnerUp, double confidence, long needed, int rows) {
        int low = best;
        while (low > 0 && p[low - 1] >= LEVEL) {
            low--;
        }
        int high = best;
        while (high < p.length - 1 && p[high + 1] >= LEVEL) {
            high++;
        }
        List<String> asGood = new ArrayList<>();
        boolean anyWorse = false;
        boolean farAsGood = false;
        int against = runnerUp;
        double nearest = -1;
        for (int c = 0; c < p.length; c++) {
            if (c == best) {
                continue;
            }
            if (p[c] >= LEVEL) {
                asGood.add(sorted.get(c).value());
                double steps =
                        Math.abs(Math.log(sorted.get(c).lr() / sorted.get(best).lr())) / Math.log(ratio);
                farAsGood |= c < low || c > high || steps > 1.05;
            } else {
                anyWorse = true;
                if (p[c] > nearest) {
                    nearest = p[c];
                    against = c;
                }
            }
        }
        boolean decided = anyWorse && !farAsGood;
        if (!decided) {
            against = runnerUp;
        }
        return new SweepAnswer(
                sorted.get(best).lr(),
                sorted.get(low).lr(),
                sorted.get(high).lr(),
                sorted.get(best).value(),
                asGood,
                decided,
                confidence,
                against == best ? Double.NaN : p[against],
                against == best ? "" : sorted.get(against).value(),
                sorted.stream().mapToInt(c -> c.seeds().size()).min().orElseThrow(),
                rows,
                runnerUp != best && p[runnerUp] >= LEVEL ? needed : 0,
                "",
                "",
                "",
                "");
    }

    /** Rows for 80 % power, from the variance that one row's difference has; seeds are taken as they are. */
    private static long rowsNeeded(double[] whole, double[][] rowsOnly, int best, int other, int rows) {
        double difference = whole[best] - whole[other];
        double mean = 0;
        for (double[] scores : rowsOnly) {
            mean += (scores[best] - scores[other]) / rowsOnly.length;
        }
        double squares = 0;
        for (double[] scores : rowsOnly) {
            double off = scores[best] - scores[other] - mean;
            squares += off * off / (rowsOnly.length - 1);
        }
        double needed = Math.ceil(POWER * squares * rows / (difference * difference));
        return best == other || !(needed < 1e9) ? 0 : (long) needed;
    }

    private double twoSided(double[][] all, int best, int other) {
        int notAbove = 0;
        int notBelow = 0;
        for (double[] scores : all) {
            double difference = scores[best] - scores[other];
            notAbove += difference <= 0 ? 1 : 0;
            notBelow += difference >= 0 ? 1 : 0;
        }
        return Math.min(1, 2 * (Math.min(notAbove, notBelow) + 1.0) / (resamples + 1.0));
    }

    /** Holm's step-down correction of all but the best's own. */
    static double[] holm(double[] p, int best) {
        List<Integer> order = IntStream.range(0, p.length)
                .filter(c -> c != best)
                .boxed()
                .sorted(Comparator.comparingDouble(c -> p[c]))
                .toList();
        double[] corrected = p.clone();
        double highest = 0;
        for (int i = 0; i < order.size(); i++) {
            highest = Math.max(highest, Math.min(1, (order.size() - i) * p[order.get(i)]));
            corrected[order.get(i)] = highest;
        }
        return corrected;
    }

    /** The index of the highest; of equal ones the lowest rate. */
    private static int best(double[] scores) {
        int best = 0;
        for (int c = 1; c < scores.length; c++) {
            best = scores[c] > scores[best] ? c : best;
        }
        return best;
    }

    /** The scores of contenders over drawn rows, turned so that higher is better. */
    private static final class Resampling {
        private final List<Part> parts;
        private final List<Contender> contenders;
        private final Map<String, Integer> rows = new HashMap<>();
        private final Map<String, double[]> scales = new HashMap<>();

        Resampling(List<Part> parts, List<Contender> contenders) {
            this.parts = parts;
            this.contenders = contenders;
            for (Part part : parts) {
                for (Contender contender : contenders) {
                    check(part, contender);
                }
            }
            double sum = parts.stream().mapToDouble(Part::weight).sum();
            for (Part part : parts) {
                double[] values = contenders.stream()
                        .mapToDouble(c -> value(part, c, Map.of(), null))
                        .toArray();
                double worst = Arrays.stream(values).min().orElseThrow();
                double range = Arrays.stream(values).max().orElseThrow() - worst;
                scales.put(
                        part.name(),
                        parts.size() == 1
                                ? new double[] {0, 1}
                                : new double[] {worst, range > 0 ? part.weight() / sum / range : 0});
            }
        }

        private void check(Part part, Contender contender) {
            if (contender.rated().containsKey(part.name())) {
                return;
            }
            for (Contender.Seed seed : contender.seeds()) {
                RowScores scores = seed.parts().get(part.name());
                if (scores == null) {
                    throw new IllegalArgumentException(contender.value() + " has no scores of " + part.name());
                }
                Integer before = rows.putIfAbsent(part.name(), scores.sums().size());
                if (before != null && before != scores.sums().size()) {
                    throw new IllegalArgumentException(contender.value() + " has "
                            + scores.sums().size() + " rows of " + part.name() + ", another one " + before);
                }
            }
        }

        /** The fewest rows of any part; 0 where no part has rows. */
        int rows() {
            return rows.values().stream().mapToInt(n -> n).min().orElse(0);
        }

        Map<String, int[]> drawRows(SplittableRandom random) {
            Map<String, int[]> drawn = new HashMap<>();
            for (Part part : parts) {
                Integer count = rows.get(part.name());
                if (count != null) {
                    int[] times = new int[count];
                    for (int i = 0; i < count; i++) {
                        times[random.nextInt(count)]++;
                    }
                    drawn.put(part.name(), times);
                }
            }
            return drawn;
        }

        double[] whole() {
            return scores(Map.of(), null);
        }

        double[] scores(Map<String, int[]> drawn, @Nullable SplittableRandom random) {
            double[] scores = new double[contenders.size()];
            for (int c = 0; c < scores.length; c++) {
                Contender contender = contenders.get(c);
                int[] seeds = seeds(contender.seeds().size(), random);
                for (Part part : parts) {
                    double[] scale = Objects.requireNonNull(scales.get(part.name()));
                    scores[c] += (value(part, contender, drawn, seeds, random) - scale[0]) * scale[1];
                }
            }
            return scores;
        }

        private static int[] seeds(int count, @Nullable SplittableRandom random) {
            return IntStream.range(0, count)
                    .map(i -> random == null || count == 1 ? i : random.nextInt(count))
                    .toArray();
        }

        private double value(
                Part part, Contender contender, Map<String, int[]> drawn, @Nullable SplittableRandom random) {
            return value(part, contender, drawn, seeds(contender.seeds().size(), random), random);
        }

        private static double value(
                Part part,
                Contender contender,
                Map<String, int[]> drawn,
                int[] seeds,
                @Nullable SplittableRandom random) {
            double sign = part.higherIsBetter() ? 1 : -1;
            Rated rated = contender.rated().get(part.name());
            if (rated != null) {
                return sign * (rated.value() + (random == null ? 0 : rated.error() * random.nextGaussian()));
            }
            double[] bySeed = contender.seeds().stream()
                    .mapToDouble(
                            seed -> mean(Objects.requireNonNull(seed.parts().get(part.name())), drawn.get(part.name())))
                    .toArray();
            double ofAll = Arrays.stream(bySeed).average().orElseThrow();
            double ofDrawn = Arrays.stream(seeds)
                    .mapToDouble(seed -> bySeed[seed])
                    .average()
                    .orElseThrow();
            return sign * (ofAll + widening(bySeed.length) * (ofDrawn - ofAll));
        }

        /**
         * What few seeds' deviations are multiplied by. Drawn with replacement, the mean of S seeds varies by (S - 1)/S of
         * what it should, and its own variance is known from S - 1 degrees of freedom alone: so that a comparison at 5 %
         * is one by Student's t.
         */
        private static double widening(int seeds) {
            return seeds < 2
                    ? 1
                    : Math.sqrt(seeds / (seeds - 1.0)) * STUDENT.get(Math.min(seeds - 2, STUDENT.size() - 1)) / NORMAL;
        }

        private static double mean(RowScores scores, int @Nullable [] times) {
            double sum = 0;
            double weight = 0;
            double plain = 0;
            for (int i = 0; i < scores.sums().size(); i++) {
                int often = times == null ? 1 : times[i];
                sum += often * scores.sums().get(i);
                weight += often * scores.weights().get(i);
                plain += scores.sums().get(i);
            }
            // rows without a trained token may be all that was drawn
            return weight > 0
                    ? sum / weight
                    : plain / scores.weights().stream().mapToDouble(w -> w).sum();
        }
    }
}
