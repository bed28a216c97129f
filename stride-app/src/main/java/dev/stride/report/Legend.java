package dev.stride.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the lines of the first figure mean.
 *
 * @param names runs and branches, by colour and dash; empty where there is only one
 * @param kinds kinds of lines
 */
record Legend(List<Entry> names, List<Entry> kinds) {
    /** The colour of a key that stands for lines of several colours. */
    static final int GREY = -1;

    /** Groups of parameters beyond these are not named one by one. */
    private static final int MOST_GROUPS = 6;

    Legend {
        names = List.copyOf(names);
        kinds = List.copyOf(kinds);
    }

    /**
     * One key with its words.
     *
     * @param kind how the line looks
     * @param colour the index of its colour, or {@link #GREY}
     * @param branch the index of its branch, for its dash
     * @param run the run that it names and switches, or -1
     * @param text the words
     */
    record Entry(Chart.Kind kind, int colour, int branch, int run, BilingualText text) {}

    static Legend of(RunFigure figure) {
        return new Legend(names(figure.strands()), kinds(figure));
    }

    private static List<Entry> names(List<Strand> strands) {
        List<Entry> names = new ArrayList<>();
        if (strands.size() == 1) {
            return names;
        }
        Map<String, Entry> branches = new LinkedHashMap<>();
        for (Strand strand : strands) {
            if (!strand.several()) {
                BilingualText name = BilingualText.of(strand.name());
                names.add(new Entry(Chart.Kind.SMOOTH, strand.colour(0), strand.branch(), -1, name));
            } else if (strand.branch() == 0) {
                BilingualText run = BilingualText.of(strand.runName());
                names.add(new Entry(Chart.Kind.SMOOTH, strand.colour(0), 0, strand.run(), run));
            } else {
                branches.putIfAbsent(
                        strand.branchName(),
                        new Entry(Chart.Kind.SMOOTH, GREY, strand.branch(), -1, BilingualText.of(strand.branchName())));
            }
        }
        names.addAll(branches.values());
        return names;
    }

    private static List<Entry> kinds(RunFigure figure) {
        boolean alone = figure.strands().get(0).alone();
        List<Entry> kinds = new ArrayList<>();
        add(kinds, figure, Chart.Kind.RAW, alone ? 0 : GREY, Words.LEGEND_LOSS);
        add(kinds, figure, Chart.Kind.POINTS, alone ? 0 : GREY, Words.LEGEND_EVAL);
        List<Chart.Line> rates = lines(figure, Chart.Kind.RATE);
        if (alone && rates.size() > 1 && rates.size() <= MOST_GROUPS) {
            rates.forEach(line -> kinds.add(entry(line)));
        } else {
            add(kinds, figure, Chart.Kind.RATE, alone ? 1 : GREY, Words.LEGEND_RATE);
        }
        add(kinds, figure, Chart.Kind.PLANNED, alone ? 1 : GREY, Words.LEGEND_PLANNED);
        if (alone) {
            lines(figure, Chart.Kind.CURVE).forEach(line -> kinds.add(entry(line)));
        }
        add(kinds, figure, Chart.Kind.NORM, alone ? 3 : GREY, Words.LEGEND_NORM);
        add(kinds, figure, Chart.Kind.CLIP, alone ? 3 : GREY, Words.CLIP);
        add(kinds, figure, Chart.Kind.CLIP_RATE, alone ? 6 : GREY, Words.LEGEND_CLIP_RATE);
        return kinds;
    }

    private static Entry entry(Chart.Line line) {
        return new Entry(line.kind(), line.colour(), 0, -1, line.label());
    }

    private static List<Chart.Line> lines(RunFigure figure, Chart.Kind kind) {
        return figure.figure().panels().stream()
                .flatMap(panel -> panel.lines().stream())
                .filter(line -> line.kind() == kind)
                .toList();
    }

    private static void add(List<Entry> kinds, RunFigure figure, Chart.Kind kind, int colour, Words words) {
        if (figure.has(kind)) {
            kinds.add(new Entry(kind, colour, 0, -1, BilingualText.of(words)));
        }
    }
}
