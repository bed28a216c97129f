package dev.stride.report;

import java.util.List;

/** The table of the runs for a terminal: plain text, columns aligned, an asterisk behind the best of a column. */
public final class TextTable {
    private TextTable() {}

    /** The table in one language: a line of headings, a rule, one line a run; each line ends with a line feed. */
    public static String of(List<ReportRun> runs, Language language) {
        return of(RunTable.columns(runs), runs.size(), language);
    }

    /** The table of a sweep's trials. */
    public static String of(SweepData sweep, Language language) {
        return of(SweepTable.columns(sweep), sweep.trials().size(), language);
    }

    private static String of(List<RunTable.Column> columns, int rows, Language language) {
        StringBuilder[] lines = new StringBuilder[rows + 2];
        for (int i = 0; i < lines.length; i++) {
            lines[i] = new StringBuilder();
        }
        for (RunTable.Column column : columns) {
            boolean stars = !column.best().isEmpty();
            String[] cells = new String[lines.length];
            cells[0] = column.heading().in(language) + (stars ? " " : "");
            for (int row = 0; row < rows; row++) {
                String star = column.best().contains(row) ? "*" : " ";
                cells[row + 2] = oneLine(column.cells().get(row).in(language)) + (stars ? star : "");
            }
            int width = width(cells[0]);
            for (int row = 2; row < cells.length; row++) {
                width = Math.max(width, width(cells[row]));
            }
            cells[1] = "-".repeat(width);
            for (int row = 0; row < lines.length; row++) {
                lines[row].append(lines[row].isEmpty() ? "" : "  ").append(padded(cells[row], width, column.right()));
            }
        }
        StringBuilder text = new StringBuilder();
        for (StringBuilder line : lines) {
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static String padded(String cell, int width, boolean right) {
        String spaces = " ".repeat(width - width(cell));
        return right ? spaces + cell : cell + spaces;
    }

    /** A name with control characters must not break the table or speak to the terminal. */
    private static String oneLine(String cell) {
        return cell.replaceAll("\\p{Cntrl}", " ");
    }

    /** Columns of a terminal: two for Chinese, Japanese and Korean characters and full-width forms. */
    private static int width(String text) {
        return text.codePoints().map(TextTable::width).sum();
    }

    private static int width(int c) {
        boolean wide = (c >= 0x1100 && c <= 0x115f)
                || (c >= 0x2e80 && c <= 0xa4cf)
                || (c >= 0xac00 && c <= 0xd7a3)
                || (c >= 0xf900 && c <= 0xfaff)
                || (c >= 0xfe30 && c <= 0xfe6f)
                || (c >= 0xff00 && c <= 0xff60)
                || (c >= 0x1f300 && c <= 0x1faff)
                || (c >= 0x20000 && c <= 0x3fffd);
        return wide ? 2 : 1;
    }
}
