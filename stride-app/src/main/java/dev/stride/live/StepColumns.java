package dev.stride.live;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Updates as columns of plain numbers, a row an update, in the order in which they were written: 52 bytes a row and 8
 * more for each parameter group, and up to a quarter of that kept free.
 *
 * <p>{@code tokens} and {@code seconds} are sums up to and including the row, so that a row can be found by them.
 */
final class StepColumns {
    private static final int FIRST = 64;

    private int size;
    private int[] step = new int[0];
    private double[] loss = new double[0];
    private double[] gradNorm = new double[0];
    private long[] tokens = new long[0];
    private double[] seconds = new double[0];
    private float[] tokensPerSecond = new float[0];
    private float[] epoch = new float[0];
    private double[] moved = new double[0];
    private final List<String> groups = new ArrayList<>();
    private final List<double[]> rates = new ArrayList<>();

    /** Appends an update; {@code sumTokens} and {@code sumSeconds} are those before it. */
    void add(StepLine line, long sumTokens, double sumSeconds) {
        if (size == step.length) {
            resize(Math.max(FIRST, size + size / 4));
        }
        step[size] = line.step;
        loss[size] = line.loss;
        gradNorm[size] = line.gradNorm;
        tokens[size] = sumTokens + Math.max(0, line.tokens);
        seconds[size] = sumSeconds + (line.seconds > 0 && Double.isFinite(line.seconds) ? line.seconds : 0);
        tokensPerSecond[size] = (float) line.tokensPerSecond;
        epoch[size] = (float) line.epoch;
        moved[size] = line.moved;
        for (double[] column : rates) {
            column[size] = Double.NaN;
        }
        for (int i = 0; i < line.numGroups; i++) {
            int group = group(line.groups[i], i);
            if (group >= 0) {
                rates.get(group)[size] = line.rates[i];
            }
        }
        size++;
    }

    /** The column of a group, most often at the place at which the line has it; -1 where there are too many. */
    private int group(String name, int likely) {
        if (likely < groups.size() && groups.get(likely).equals(name)) {
            return likely;
        }
        int at = groups.indexOf(name);
        if (at >= 0) {
            return at;
        }
        if (groups.size() == StepLine.MAX_GROUPS) {
            return -1;
        }
        double[] column = new double[step.length];
        Arrays.fill(column, 0, size, Double.NaN);
        groups.add(name);
        rates.add(column);
        return groups.size() - 1;
    }

    /** Forgets all rows from one on. */
    void truncate(int rows) {
        size = Math.min(size, rows);
    }

    /** Gives back what is kept free. */
    void trim() {
        if (step.length > size) {
            resize(size);
        }
    }

    private void resize(int capacity) {
        step = Arrays.copyOf(step, capacity);
        loss = Arrays.copyOf(loss, capacity);
        gradNorm = Arrays.copyOf(gradNorm, capacity);
        tokens = Arrays.copyOf(tokens, capacity);
        seconds = Arrays.copyOf(seconds, capacity);
        tokensPerSecond = Arrays.copyOf(tokensPerSecond, capacity);
        epoch = Arrays.copyOf(epoch, capacity);
        moved = Arrays.copyOf(moved, capacity);
        rates.replaceAll(column -> Arrays.copyOf(column, capacity));
    }

    int size() {
        return size;
    }

    /** Bytes of the arrays, with what is kept free. */
    long bytes() {
        return step.length * (4L + 8 + 8 + 8 + 8 + 4 + 4 + 8 + 8L * rates.size());
    }

    /** The parameter groups in the order in which they came. */
    List<String> groups() {
        return Collections.unmodifiableList(groups);
    }

    int step(int row) {
        return step[row];
    }

    double loss(int row) {
        return loss[row];
    }

    double gradNorm(int row) {
        return gradNorm[row];
    }

    /** Tokens trained up to and including the row. */
    long tokens(int row) {
        return tokens[row];
    }

    /** Seconds of updates up to and including the row. */
    double seconds(int row) {
        return seconds[row];
    }

    float tokensPerSecond(int row) {
        return tokensPerSecond[row];
    }

    float epoch(int row) {
        return epoch[row];
    }

    double moved(int row) {
        return moved[row];
    }

    /** The rate of a group, NaN where the update had no such group. */
    double rate(int row, int group) {
        return rates.get(group)[row];
    }

    /** The highest rate of all groups; NaN where there is none. */
    double highestRate(int row) {
        double highest = Double.NaN;
        for (double[] column : rates) {
            if (!(column[row] <= highest)) {
                highest = Double.isNaN(column[row]) ? highest : column[row];
            }
        }
        return highest;
    }
}
