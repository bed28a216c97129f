package dev.stride.data;

import dev.stride.tokenizer.TokenizedExample;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A {@link DataCheck} in calm lines for people. Long lists end with how many more there are. */
final class DataCheckText {
    private static final int TOKENS = 200;
    private final StringBuilder text = new StringBuilder();

    DataCheckText(DataCheck check) {
        check.files().forEach(this::file);
        for (DataCheck.Overlap overlap : check.overlaps()) {
            line("%s: %d rows stand also in %s", overlap.file(), overlap.rows(), overlap.other());
            twins(overlap.firstRows(), overlap.rows());
        }
        DataCheck.FirstExample first = check.first();
        if (first != null) {
            line("");
            line("First example, %s: token -> label", first.source());
            tokens(first.tokens());
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }

    private void file(FileCheck file) {
        if (text.length() > 0) {
            line("");
        }
        line("%s", file.file());
        line("  format         %s, %s", file.format(), file.container());
        line(
                "  rows           %d read%s, %d good, %d bad",
                file.rowsRead(), file.limited() ? " (the limit; more follow)" : "", file.examples(), file.badRows());
        if (file.badRows() > 0) {
            line("  faults         %s", joined(file.badByKind()));
            file.firstBadRows().forEach(row -> line("    %s", row.toProblem().toLine()));
            more(file.firstBadRows().size(), file.badRows());
        }
        line("  empty answers  %d", file.emptyAnswers());
        line("  duplicates     %d", file.duplicates());
        twins(file.firstDuplicates(), file.duplicates());
        line("  messages       %s", joined(file.messagesByRole()));
        line("  conversations  %d sorts", file.conversations().size());
        counts(file.conversations());
        if (!file.labels().isEmpty()) {
            line("  labels         %d", file.labels().size());
            counts(file.labels());
        }
        if (!file.unusedKeys().isEmpty()) {
            line("  not used       %s", String.join(", ", file.unusedKeys()));
        }
        file.notes().forEach(note -> line("  note           %s", note));
        FileCheck.Lengths lengths = file.lengths();
        if (lengths != null) {
            lengths(lengths);
        }
    }

    private void lengths(FileCheck.Lengths lengths) {
        LengthHistogram histogram = lengths.histogram();
        line("  tokens         %d, of which %d are trained", lengths.tokens(), lengths.trainedTokens());
        if (lengths.rowsWithoutTrainedToken() > 0) {
            line("  nothing trained in %d rows: no batch will hold them", lengths.rowsWithoutTrainedToken());
        }
        line(
                "  length         %d to %d, mean %.1f, median %d, 95 %% up to %d, 99 %% up to %d",
                histogram.shortest(),
                histogram.longest(),
                histogram.mean(),
                histogram.median(),
                histogram.p95(),
                histogram.p99());
        histogram.toText().lines().forEach(bin -> line("    %s", bin));
        if (lengths.maxLength() > 0) {
            line("  over %d        %d rows would be cut", lengths.maxLength(), lengths.rowsOverMaxLength());
        }
    }

    private void tokens(List<DataCheck.TokenLabel> tokens) {
        int shown = Math.min(TOKENS, tokens.size());
        for (DataCheck.TokenLabel token : tokens.subList(0, shown)) {
            boolean trained = token.label() != TokenizedExample.IGNORE_INDEX;
            line("  %6d -> %6s  %s", token.id(), trained ? token.label() : "-", visible(token.text()));
        }
        more(shown, tokens.size());
    }

    private void twins(List<FileCheck.Twin> twins, int all) {
        twins.forEach(twin -> line("    %s is %s", twin.row(), twin.sameAs()));
        more(twins.size(), all);
    }

    private void counts(Map<String, Integer> counts) {
        counts.entrySet().stream()
                .limit(DataReader.SHOWN)
                .forEach(entry -> line("    %7d  %s", entry.getValue(), visible(entry.getKey())));
        more(Math.min(DataReader.SHOWN, counts.size()), counts.size());
    }

    private void more(int shown, int all) {
        if (all > shown) {
            line("    ... and %d more", all - shown);
        }
    }

    private static String joined(Map<String, Integer> counts) {
        return String.join(
                ", ",
                counts.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue())
                        .toList());
    }

    /** A token's text on one line. */
    private static String visible(String token) {
        return token.replace("\\", "\\\\")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t");
    }

    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }
}
