package dev.stride.report;

/** What draws a {@link ScoreChart}: on the page or on a canvas. Places are in the units of the frame. */
interface Pen {
    /** How a line or an area looks. */
    enum Look {
        GRID,
        TICK,
        AXIS,
        /** An area that is as good as the answer. */
        BAND,
        /** The fitted curve. */
        FIT,
        /** Where the fitted curve is best. */
        OPTIMUM,
        /** The score of the best trial, through the whole plot. */
        LEVEL,
        /** How sure a score is. */
        WHISKER;

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** How a point looks. */
    enum Point {
        /** Trained to its end. */
        WHOLE,
        /** Ended early. */
        EARLY,
        /** One seed of several. */
        SEED,
        /** Without a place on the axis. */
        LOST;

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Straight lines between points x, y, x, y... */
    void line(Look look, double... places);

    /** A filled rectangle. */
    void area(Look look, double left, double top, double width, double height);

    /** A point in a colour, with words that the page shows where it is pointed at. */
    void point(Point point, int colour, double x, double y, BilingualText words);

    /**
     * Small grey words.
     *
     * @param anchor 0: the text begins at x, 0.5: its middle is there, 1: it ends there
     */
    void label(String text, double x, double y, double anchor);

    /** The name of an axis. */
    void title(BilingualText text, double x, double y, double anchor);

    /** Where the name of an upright axis begins. */
    double margin();
}
