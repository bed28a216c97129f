package dev.stride.report;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What one chart shows, before it is drawn: lines over steps, in the order in which they are painted.
 *
 * @param id a word of its own on the page
 * @param steps the horizontal axis
 * @param left the vertical axis at the left
 * @param leftTitle its name
 * @param right the vertical axis at the right, or null
 * @param rightTitle its name; empty where there is none
 * @param lines what is painted
 */
record Chart(
        String id,
        Axis.Linear steps,
        Axis left,
        BilingualText leftTitle,
        @Nullable Axis right,
        BilingualText rightTitle,
        List<Line> lines) {
    /** How a line looks. */
    enum Kind {
        /** A value of every update: noisy, so it is pale where a smooth line lies over it. */
        RAW,
        /** The same, smoothed. */
        SMOOTH,
        /** The rate that was used. */
        RATE,
        /** The rate that was planned. */
        PLANNED,
        /** Points: evaluations beside a line of updates. */
        POINTS,
        /** Points joined by a line: evaluations alone. */
        CURVE,
        /** The norm of the gradients before clipping. */
        NORM,
        /** The norm that gradients are clipped to. */
        CLIP,
        /** How many of the last updates were clipped. */
        CLIP_RATE,
        /** The training loss, smoothed, under the validation losses of many trials. */
        TRAIN,
        /** The last point of a trial that was ended early. */
        END,
        /** The point where a trial was taken up from another. */
        FORK;

        /** The class in the style sheet. */
        String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** Whether its values are read by pointing at the chart; of a smooth line the raw values are. */
        boolean isRead() {
            return this != SMOOTH && this != PLANNED && this != CLIP && this != TRAIN && this != END && this != FORK;
        }

        /** Whether its values are those of evaluations, which are few. */
        boolean isSparse() {
            return this == POINTS || this == CURVE || isAlone();
        }

        /** Whether its points are joined by no line. */
        boolean isAlone() {
            return this == POINTS || this == END || this == FORK;
        }
    }

    /**
     * One line.
     *
     * @param run the index of its run
     * @param name its run's name, with that of its branch where there are several
     * @param label what its values are
     * @param kind how it looks
     * @param colour the index of its colour
     * @param branch 0 for the main branch, which is drawn whole, more for later ones, which are dashed
     * @param variant 0 for the first line of its kind, more for further parameter groups and scores
     * @param onRight whether its values belong to the right axis
     * @param series its values
     */
    record Line(
            int run,
            String name,
            BilingualText label,
            Kind kind,
            int colour,
            int branch,
            int variant,
            boolean onRight,
            Series series) {
        /** The same line with fewer points that looks the same. */
        Line thinned(int buckets) {
            return new Line(run, name, label, kind, colour, branch, variant, onRight, series.thinned(buckets));
        }
    }

    /**
     * Something that happened, with its words.
     *
     * @param number as it stands on the chart, from 1
     * @param run the index of its run
     * @param name its run's name, with that of its branch where there are several
     * @param colour the index of its colour
     * @param step where it stands
     * @param label what kind of thing it is
     * @param text the words
     */
    record Mark(int number, int run, String name, int colour, long step, BilingualText label, String text) {}

    /** The axis of a line. */
    Axis axisOf(Line line) {
        return line.onRight() && right != null ? right : left;
    }
}
