package dev.stride.monitor;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** How often a diagnosis of labelled curves said what, and how often it was right where it spoke. */
final class Confusion {
    private final Map<Finding.Kind, Map<Finding.Kind, Integer>> counts = new EnumMap<>(Finding.Kind.class);
    private final List<String> wrong = new ArrayList<>();
    private int right;
    private int silent;
    private int all;

    static Confusion of(List<LabelledCurve> curves) {
        Confusion confusion = new Confusion();
        curves.forEach(confusion::add);
        return confusion;
    }

    private void add(LabelledCurve labelled) {
        Finding first = Diagnosis.of(labelled.curve()).get(0);
        counts.computeIfAbsent(labelled.label(), label -> new EnumMap<>(Finding.Kind.class))
                .merge(first.kind(), 1, Integer::sum);
        all++;
        if (first.kind() == labelled.label()) {
            right++;
        } else {
            if (first.kind() == Finding.Kind.NOT_SURE) {
                silent++;
            }
            wrong.add(labelled.name() + ": " + first.text().english());
        }
    }

    int all() {
        return all;
    }

    /** Share of the curves it spoke about that it was right on. */
    double rightWhereItSpeaks() {
        return right / (double) (all - silent);
    }

    double notSure() {
        return silent / (double) all;
    }

    /** What it missed, a line each. */
    String misses() {
        return String.join("\n", wrong);
    }

    /** One sentence with the shares. */
    String summary() {
        return String.format(
                Locale.ROOT,
                "%d curves; right on %d of the %d it speaks about (%.1f %%), not sure about %d (%.1f %%).",
                all,
                right,
                all - silent,
                100 * rightWhereItSpeaks(),
                silent,
                100 * notSure());
    }

    /** A table in Markdown: a row a label, a column a verdict. */
    String table() {
        StringBuilder text = new StringBuilder("| labelled |");
        for (Finding.Kind kind : Finding.Kind.values()) {
            text.append(' ').append(kind.word()).append(" |");
        }
        text.append("\n| --- |")
                .append(" ---: |".repeat(Finding.Kind.values().length))
                .append('\n');
        counts.forEach((label, row) -> text.append("| ")
                .append(label.word())
                .append(" | ")
                .append(java.util.Arrays.stream(Finding.Kind.values())
                        .map(kind -> row.containsKey(kind) ? String.valueOf(row.get(kind)) : "")
                        .collect(Collectors.joining(" | ")))
                .append(" |\n"));
        return text.toString();
    }
}
