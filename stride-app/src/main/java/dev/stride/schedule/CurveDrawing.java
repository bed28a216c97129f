package dev.stride.schedule;

import dev.stride.config.Numbers;

/** A schedule as lines of text: filled columns in eighths of a character, rates on the left, updates below. */
final class CurveDrawing {
    private static final String EIGHTHS = " ▁▂▃▄▅▆▇█";

    private final LrSchedule schedule;
    private final int width;
    private final int height;

    CurveDrawing(LrSchedule schedule, int width, int height) {
        if (width < 30 || height < 2) {
            throw new IllegalArgumentException(width + " x " + height + " is too small: at least 30 x 2");
        }
        this.schedule = schedule;
        this.width = width;
        this.height = height;
    }

    String toText() {
        String top = Numbers.text(schedule.peak());
        int margin = Math.max(7, top.length()) + 2;
        int columns = width - margin;
        int[] eighths = new int[columns];
        for (int c = 0; c < columns; c++) {
            eighths[c] = (int) Math.round(schedule.at(stepOf(c, columns)) / schedule.peak() * height * 8);
        }
        StringBuilder text = new StringBuilder();
        for (int row = height - 1; row >= 1; row--) {
            String label = row == height - 1 ? top : "";
            text.append(padded(label, margin - 2)).append(" ┤");
            StringBuilder line = new StringBuilder();
            for (int filled : eighths) {
                line.append(EIGHTHS.charAt(Math.max(0, Math.min(8, filled - 8 * row))));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        text.append(padded("0", margin - 2)).append(" ┼");
        for (int filled : eighths) {
            // the lowest row shows at least a line, so that a rate of 0 is seen as one
            text.append(EIGHTHS.charAt(Math.max(1, Math.min(8, filled))));
        }
        return text.append('\n').append(axis(margin, columns)).toString();
    }

    private long stepOf(int column, int columns) {
        return 1 + Math.round((double) column * (schedule.steps() - 1) / (columns - 1));
    }

    private String axis(int margin, int columns) {
        StringBuilder line = new StringBuilder(" ".repeat(margin + columns));
        String last = "update " + Numbers.count(schedule.steps());
        line.replace(margin + columns - last.length(), margin + columns, last);
        line.replace(margin, margin + 1, "1");
        long peakStep = Steps.peakStep(schedule.warmup());
        int at = margin + (int) Math.round((double) (peakStep - 1) * (columns - 1) / Math.max(1, schedule.steps() - 1));
        String peak = Numbers.count(peakStep);
        if (at > margin + 2 && at + peak.length() + 1 < margin + columns - last.length()) {
            line.replace(at, at + peak.length(), peak);
        }
        return line.toString().stripTrailing();
    }

    private static String padded(String label, int size) {
        return " ".repeat(Math.max(0, size - label.length())) + label;
    }
}
