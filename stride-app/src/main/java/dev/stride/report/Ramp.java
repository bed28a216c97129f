package dev.stride.report;

import java.awt.Color;
import java.util.List;

/**
 * Colours of an ordered set, from low to high: indices of colours beside those of {@link ChartSvg}, which tell apart and
 * do not order. The style sheet has the same colours, with lighter ones for dark paper.
 */
final class Ramp {
    /** The index of the first colour of the ramp. */
    static final int FIRST = 100;

    private static final List<Color> COLOURS = List.of(
            new Color(0x3b3fa8),
            new Color(0x2f6fc4),
            new Color(0x1c93b5),
            new Color(0x18a085),
            new Color(0x4f9e3a),
            new Color(0x9a9412),
            new Color(0xc97d0a),
            new Color(0xd4561c),
            new Color(0xb3263a));

    private Ramp() {}

    /** The colour of the place {@code index} among {@code count}, from the first colour to the last. */
    static int colour(int index, int count) {
        return FIRST + (count <= 1 ? 1 : (int) Math.round(index * (COLOURS.size() - 1.0) / (count - 1)));
    }

    static boolean has(int colour) {
        return colour >= FIRST;
    }

    /** The class in the style sheet. */
    static String word(int colour) {
        return "r" + (colour - FIRST);
    }

    static Color ink(int colour) {
        return COLOURS.get(colour - FIRST);
    }
}
