package dev.stride.live;

/**
 * Which part of a run's curve is asked for.
 *
 * @param x what the curve is drawn over
 * @param from the first value of x; -Infinity for all
 * @param to the last value of x; Infinity for all
 * @param points about how many are wanted, {@value #FEWEST_POINTS} to {@value #MOST_POINTS}: the answer has at most five
 *     times as many rows
 * @param smooth what each further loss leaves of the weights of those before it in the moving average, 0 to 0.9999; 0
 *     for none
 */
public record SeriesRequest(Axis x, double from, double to, int points, double smooth) {
    public static final int FEWEST_POINTS = 10;
    public static final int MOST_POINTS = 20_000;
    /** What a page about as wide as a screen needs. */
    public static final int USUAL_POINTS = 1200;

    private static final double STRONGEST = 0.9999;

    /** What a curve is drawn over. */
    public enum Axis {
        /** Updates made. */
        STEP("step"),
        /** Tokens trained on the way to the update. */
        TOKENS("tokens"),
        /** Seconds that the updates took, without what was between them. */
        SECONDS("seconds");

        private final String word;

        Axis(String word) {
            this.word = word;
        }

        /** The word in a request. */
        public String word() {
            return word;
        }

        /**
         * The axis of a word.
         *
         * @throws IllegalArgumentException if there is none
         */
        public static Axis of(String word) {
            for (Axis axis : values()) {
                if (axis.word.equals(word)) {
                    return axis;
                }
            }
            throw new IllegalArgumentException("x must be step, tokens or seconds");
        }
    }

    public SeriesRequest {
        if (Double.isNaN(from) || Double.isNaN(to)) {
            throw new IllegalArgumentException("from and to must be numbers");
        }
        if (points < FEWEST_POINTS || points > MOST_POINTS) {
            throw new IllegalArgumentException("points must be " + FEWEST_POINTS + " to " + MOST_POINTS);
        }
        if (!(smooth >= 0 && smooth <= STRONGEST)) {
            throw new IllegalArgumentException("smooth must be 0 to " + STRONGEST);
        }
    }

    /** A whole curve over its steps, as a screen shows it. */
    public static SeriesRequest whole() {
        return new SeriesRequest(Axis.STEP, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, USUAL_POINTS, 0);
    }
}
