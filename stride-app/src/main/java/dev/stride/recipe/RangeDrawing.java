package dev.stride.recipe;

import dev.stride.config.Numbers;
import java.util.Arrays;
import java.util.Collections;

/** A range-test curve as lines of text: the loss over the logarithm of the rate, with suggestion and ceiling below. */
final class RangeDrawing {
    private static final int MARGIN = 9;

    private RangeDrawing() {}

    static String of(RangeCurve curve, RangeAnswer answer, int width, int height) {
        if (curve.size() < 2 || width < 40 || height < 4) {
            return "";
        }
        double low = Collections.min(curve.losses());
        double high = Collections.max(curve.losses());
        if (Double.isFinite(answer.start())) {
            // what diverges would flatten everything else; it is drawn at the top
            high = Math.min(high, answer.start() + 0.3 * Math.max(0, answer.start() - low));
        }
        high = high > low ? high : low + 1;
        int columns = width - MARGIN;
        char[][] rows = new char[height][columns];
        for (char[] row : rows) {
            Arrays.fill(row, ' ');
        }
        for (int i = 0; i < curve.size(); i++) {
            double share = Math.min(1, (curve.losses().get(i) - low) / (high - low));
            rows[height - 1 - (int) Math.round(share * (height - 1))][
                    column(curve, curve.rates().get(i), columns)] = '•';
        }
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < height; r++) {
            String label = r == 0 ? Numbers.text(rounded(high)) : r == height - 1 ? Numbers.text(rounded(low)) : "";
            text.append(" ".repeat(Math.max(0, MARGIN - 2 - label.length())))
                    .append(label)
                    .append(" ┤")
                    .append(new String(rows[r]).stripTrailing())
                    .append('\n');
        }
        return text.append(axis(curve, answer, columns)).toString();
    }

    private static String axis(RangeCurve curve, RangeAnswer answer, int columns) {
        StringBuilder line = new StringBuilder("─".repeat(columns));
        String left = RangeAnswer.rate(curve.rates().get(0));
        String right = RangeAnswer.rate(curve.rates().get(curve.size() - 1));
        StringBuilder legend = new StringBuilder();
        Double ceiling = answer.ceiling();
        if (ceiling != null) {
            line.setCharAt(column(curve, ceiling, columns), '╳');
            legend.append("   ╳ ceiling ").append(RangeAnswer.rate(ceiling));
        }
        Double suggestion = answer.suggestion();
        if (suggestion != null) {
            line.setCharAt(column(curve, suggestion, columns), '▲');
            legend.insert(0, "   ▲ suggestion " + RangeAnswer.rate(suggestion));
        }
        String ends = left + " ".repeat(Math.max(1, columns - left.length() - right.length())) + right;
        return " ".repeat(MARGIN - 1) + "└" + line + '\n' + " ".repeat(MARGIN) + ends + '\n' + " ".repeat(MARGIN)
                + ("learning rate" + legend).strip() + '\n';
    }

    private static int column(RangeCurve curve, double rate, int columns) {
        double first = curve.rates().get(0);
        double last = curve.rates().get(curve.size() - 1);
        int column = (int) Math.round(Math.log(rate / first) / Math.log(last / first) * (columns - 1));
        return Math.max(0, Math.min(columns - 1, column));
    }

    private static double rounded(double loss) {
        return Double.parseDouble(String.format(java.util.Locale.ROOT, "%.2e", loss));
    }
}
