package dev.stride.live;

import java.util.Arrays;

/**
 * The training loss at a glance, kept up with every update: its exponential moving average (0.9, corrected for the
 * beginning, which starts again with each branch) and means over 20 to 40 parts of equal length. Losses that are not
 * finite are left out of both.
 */
final class RunningLoss {
    static final double KEEP = 0.9;
    static final int PARTS = 40;

    private double sum;
    private double weight;
    private final double[] means = new double[PARTS];
    private final int[] counts = new int[PARTS];
    private int parts;
    private int length = 1;
    private int inLast;

    void add(double loss) {
        if (Double.isFinite(loss)) {
            sum = KEEP * sum + (1 - KEEP) * loss;
            weight = KEEP * weight + (1 - KEEP);
        }
        if (parts == 0 || inLast == length) {
            if (parts == PARTS) {
                halve();
            }
            means[parts] = 0;
            counts[parts] = 0;
            parts++;
            inLast = 0;
        }
        inLast++;
        if (Double.isFinite(loss)) {
            int last = parts - 1;
            counts[last]++;
            means[last] += (loss - means[last]) / counts[last];
        }
    }

    /** Two neighbours become one part. */
    private void halve() {
        for (int i = 0; i < PARTS / 2; i++) {
            int both = counts[2 * i] + counts[2 * i + 1];
            means[i] = both == 0
                    ? 0
                    : means[2 * i] + (means[2 * i + 1] - means[2 * i]) * ((double) counts[2 * i + 1] / both);
            counts[i] = both;
        }
        parts = PARTS / 2;
        length *= 2;
        inLast = length;
    }

    /** Starts the moving average again; the parts go on. */
    void branch() {
        sum = 0;
        weight = 0;
    }

    /** The moving average; NaN where no loss was finite. */
    double smoothed() {
        return weight == 0 ? Double.NaN : sum / weight;
    }

    /** The means of the parts that hold a finite loss, at most {@value #PARTS}. */
    double[] spark() {
        double[] spark = new double[parts];
        int size = 0;
        for (int i = 0; i < parts; i++) {
            if (counts[i] > 0) {
                spark[size++] = PlainNumbers.rounded(means[i]);
            }
        }
        return Arrays.copyOf(spark, size);
    }
}
