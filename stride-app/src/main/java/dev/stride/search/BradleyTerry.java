package dev.stride.search;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;

/**
 * Strengths of contenders from comparisons of two: {@code P(i beats j) = e^si / (e^si + e^sj)} (Bradley and Terry 1952).
 *
 * <p>The strengths are those of maximum likelihood, found by the MM algorithm of Hunter 2004, "MM algorithms for
 * generalized Bradley-Terry models". A tie is half a win for either side. Every two of K contenders also have a tie of
 * weight 1/(K-1), so each has one comparison in all that nobody made; an unbeaten one stays finite by it. With two
 * contenders the difference is {@code ln((w1 + 0.5) / (w2 + 0.5))}.
 *
 * <p>Errors: the inverse of the observed information, or the variance clustered by prompt (sandwich, G/(G-1)) where that is
 * larger. The first is right for votes that are independent, and stays honest for one who is unbeaten; the second sees
 * that several votes on one prompt say less than votes on several prompts.
 *
 * <p>The result does not depend on the order of the comparisons, nor on which side a contender stood, bit for bit.
 */
public final class BradleyTerry {
    private static final double NORMAL_95 = 1.959964;
    private static final int MAX_ROUNDS = 1_000_000;
    private static final double FLAT = 1e-10;

    private final double[] strengths; // [contenders], natural logarithm, mean 0
    private final double[][] byInformation; // [contenders, contenders], covariance
    private final double[][] byPrompt; // [contenders, contenders], covariance

    private BradleyTerry(double[] strengths, double[][] byInformation, double[][] byPrompt) {
        this.strengths = strengths;
        this.byInformation = byInformation;
        this.byPrompt = byPrompt;
    }

    /**
     * One comparison.
     *
     * @param first a contender, counted from 0
     * @param second another one
     * @param won 1 if the first is better, 0 if the second is, 0.5 for a tie
     * @param prompt what both answered; comparisons of one prompt are not taken as independent
     */
    public record Game(int first, int second, double won, String prompt) {
        public Game {
            if (first == second || first < 0 || second < 0) {
                throw new IllegalArgumentException("contender " + first + " against " + second);
            }
            if (won != 0 && won != 0.5 && won != 1) {
                throw new IllegalArgumentException("a comparison is won by 0, 0.5 or 1, not " + won);
            }
        }
    }

    /** A value with the ends of its 95 % interval. */
    public record Interval(double value, double low, double high) {}

    /** Comparisons of two contenders on one prompt; the sums are exact, since they are of halves. */
    private static final class Tally {
        private double games;
        private double won;
    }

    /** Two contenders, the lower one first, on a prompt. */
    private record Place(String prompt, int low, int high) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            int byPrompt = prompt.compareTo(other.prompt);
            return byPrompt != 0
                    ? byPrompt
                    : low != other.low ? Integer.compare(low, other.low) : Integer.compare(high, other.high);
        }
    }

    /**
     * Fits.
     *
     * @param contenders how many there are, at least 2; one without comparisons stays at the middle with a wide interval
     */
    public static BradleyTerry fit(int contenders, List<Game> games) {
        if (contenders < 2) {
            throw new IllegalArgumentException(contenders + " contenders; a comparison needs 2");
        }
        Map<Place, Tally> tallies = new TreeMap<>();
        double[][] met = new double[contenders][contenders];
        double[] wins = new double[contenders];
        for (Game game : games) {
            int low = Math.min(game.first(), game.second());
            int high = Math.max(game.first(), game.second());
            double won = game.first() == low ? game.won() : 1 - game.won();
            Tally tally = tallies.computeIfAbsent(new Place(game.prompt(), low, high), place -> new Tally());
            tally.games += 1;
            tally.won += won;
            met[low][high] += 1;
            met[high][low] += 1;
            wins[low] += won;
            wins[high] += 1 - won;
        }
        for (int i = 0; i < contenders; i++) {
            wins[i] += 0.5;
            for (int j = 0; j < contenders; j++) {
                met[i][j] += i == j ? 0 : 1.0 / (contenders - 1);
            }
        }
        double[] strengths = climb(met, wins);
        double[][] covariance = inverse(met, strengths);
        return new BradleyTerry(strengths, covariance, clustered(tallies, strengths, covariance));
    }

    /** How many contenders there are. */
    public int size() {
        return strengths.length;
    }

    /** The strength of a contender: natural log odds against one of mean strength. */
    public Interval score(int contender) {
        double half = NORMAL_95 * Math.sqrt(variance(k -> (k == contender ? 1 : 0) - 1.0 / size()));
        return new Interval(strengths[contender], strengths[contender] - half, strengths[contender] + half);
    }

    /** By how much the first is stronger than the second, in natural log odds. */
    public Interval difference(int first, int second) {
        double half = NORMAL_95 * Math.sqrt(variance(k -> k == first ? 1 : k == second ? -1 : 0));
        double value = strengths[first] - strengths[second];
        return new Interval(value, value - half, value + half);
    }

    /** How probable it is that the first is preferred to the second. */
    public double probability(int first, int second) {
        return logistic(strengths[first] - strengths[second]);
    }

    /**
     * The share of comparisons that a contender is expected to win against the others, each met equally often; 0 to 1. The
     * interval is made on the scale of log odds (delta method), so it stays within 0 and 1.
     */
    public Interval share(int contender) {
        int others = size() - 1;
        double[] slope = new double[size()];
        double share = 0;
        for (int j = 0; j < size(); j++) {
            if (j != contender) {
                double p = probability(contender, j);
                share += p / others;
                slope[j] = -p * (1 - p) / others;
                slope[contender] += p * (1 - p) / others;
            }
        }
        double odds = Math.log(share / (1 - share));
        double half = NORMAL_95 * Math.sqrt(variance(k -> slope[k])) / (share * (1 - share));
        return new Interval(share, logistic(odds - half), logistic(odds + half));
    }

    /** Of a sum of strengths with weights that add up to 0. */
    private double variance(IntToDoubleFunction weights) {
        return Math.max(quadratic(byInformation, weights), quadratic(byPrompt, weights));
    }

    private static double quadratic(double[][] matrix, IntToDoubleFunction weights) {
        double sum = 0;
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix.length; j++) {
                sum += weights.applyAsDouble(i) * matrix[i][j] * weights.applyAsDouble(j);
            }
        }
        return Math.max(0, sum);
    }

    /** Hunter's rounds until the gradient is flat; all contenders move at once, so that none is first. */
    private static double[] climb(double[][] met, double[] wins) {
        int size = wins.length;
        double[] strengths = new double[size];
        double[] odds = new double[size];
        for (int round = 0; round < MAX_ROUNDS; round++) {
            double steepest = 0;
            double mean = 0;
            for (int i = 0; i < size; i++) {
                odds[i] = Math.exp(strengths[i]);
            }
            for (int i = 0; i < size; i++) {
                double sum = 0;
                for (int j = 0; j < size; j++) {
                    sum += i == j ? 0 : met[i][j] / (odds[i] + odds[j]);
                }
                steepest = Math.max(steepest, Math.abs(wins[i] - odds[i] * sum));
                strengths[i] = Math.log(wins[i] / sum);
                mean += strengths[i] / size;
            }
            for (int i = 0; i < size; i++) {
                strengths[i] -= mean;
            }
            if (steepest < FLAT) {
                break;
            }
        }
        return strengths;
    }

    /** The information's inverse among strengths that add up to 0. */
    private static double[][] inverse(double[][] met, double[] strengths) {
        int size = strengths.length;
        double[][] rows = new double[size][2 * size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                double p = logistic(strengths[i] - strengths[j]);
                double part = i == j ? 0 : met[i][j] * p * (1 - p);
                rows[i][i] += part;
                rows[i][j] -= part;
                // along equal shifts of all strengths there is no information; a mean of 1 there makes it invertible
                rows[i][j] += 1.0 / size;
            }
            rows[i][size + i] = 1;
        }
        for (int column = 0; column < size; column++) {
            int pivot = column;
            for (int i = column + 1; i < size; i++) {
                pivot = Math.abs(rows[i][column]) > Math.abs(rows[pivot][column]) ? i : pivot;
            }
            double[] swapped = rows[pivot];
            rows[pivot] = rows[column];
            rows[column] = swapped;
            double scale = rows[column][column];
            for (int k = column; k < 2 * size; k++) {
                rows[column][k] /= scale;
            }
            for (int i = 0; i < size; i++) {
                double factor = rows[i][column];
                for (int k = column; i != column && k < 2 * size; k++) {
                    rows[i][k] -= factor * rows[column][k];
                }
            }
        }
        double[][] inverse = new double[size][size];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                inverse[i][j] = rows[i][size + j] - 1.0 / size;
            }
        }
        return inverse;
    }

    /** The covariance when what a prompt says counts as one observation; zeros with fewer than two prompts. */
    private static double[][] clustered(Map<Place, Tally> tallies, double[] strengths, double[][] covariance) {
        int size = strengths.length;
        Map<String, double[]> gradients = new TreeMap<>();
        tallies.forEach((place, tally) -> {
            double[] gradient = gradients.computeIfAbsent(place.prompt(), prompt -> new double[size]);
            double excess = tally.won - tally.games * logistic(strengths[place.low()] - strengths[place.high()]);
            gradient[place.low()] += excess;
            gradient[place.high()] -= excess;
        });
        double[][] result = new double[size][size];
        int prompts = gradients.size();
        if (prompts < 2) {
            return result;
        }
        double correction = prompts / (prompts - 1.0);
        for (double[] gradient : gradients.values()) {
            double[] moved = new double[size];
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < size; j++) {
                    moved[i] += covariance[i][j] * gradient[j];
                }
            }
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < size; j++) {
                    result[i][j] += correction * moved[i] * moved[j];
                }
            }
        }
        return result;
    }

    private static double logistic(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
