package dev.stride.report;

import java.util.ArrayList;
import java.util.List;

/**
 * The first figure of a report, on one axis of steps: the loss with the learning rate, the scores, and the gradient norm
 * with the clip rate, with marks of what happened.
 *
 * @param figure what is drawn
 * @param strands the branches of the runs, in the order of their lines
 * @param lossAndRate how its first chart was made
 * @param clipWindow updates that the clip rate counts; 0 where nothing is clipped
 * @param numEvents events that could be marked; the figure marks the gravest of them
 */
record RunFigure(Figure figure, List<Strand> strands, RateLossChart lossAndRate, int clipWindow, int numEvents) {
    RunFigure {
        strands = List.copyOf(strands);
    }

    static RunFigure of(List<ReportRun> runs) {
        List<Strand> strands = Strand.of(runs);
        RateLossChart lossAndRate = RateLossChart.ofStrands(strands);
        Axis.Linear steps = lossAndRate.chart().steps();
        List<Chart> panels = new ArrayList<>();
        panels.add(lossAndRate.chart());
        Chart scores = MetricCharts.scores(runs, strands, steps);
        if (scores != null && !scores.lines().isEmpty()) {
            panels.add(scores);
        }
        int longest =
                strands.stream().mapToInt(strand -> strand.steps().size()).max().orElse(0);
        int window = NormChart.window(longest);
        Chart norms = NormChart.of(strands, steps, window);
        if (norms != null) {
            panels.add(norms);
        }
        Marks marks = Marks.of(strands);
        return new RunFigure(
                new Figure("rate-loss", panels, marks.shown()),
                strands,
                lossAndRate,
                norms != null && norms.right() != null ? window : 0,
                marks.total());
    }

    /** Whether a kind of line is on it. */
    boolean has(Chart.Kind kind) {
        return figure.panels().stream().flatMap(panel -> panel.lines().stream()).anyMatch(line -> line.kind() == kind);
    }
}
