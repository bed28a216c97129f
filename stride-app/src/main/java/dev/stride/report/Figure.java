package dev.stride.report;

import java.util.List;

/**
 * Charts under each other over one axis of steps, with marks that run through all of them.
 *
 * @param id a word of its own on the page
 * @param panels the charts from top to bottom, at least one; all have the same steps
 * @param marks what happened, by number
 */
record Figure(String id, List<Chart> panels, List<Chart.Mark> marks) {
    Figure {
        if (panels.isEmpty()) {
            throw new IllegalArgumentException("the figure " + id + " has no chart");
        }
        panels = List.copyOf(panels);
        marks = List.copyOf(marks);
    }

    /** A figure of one chart without marks. */
    static Figure of(Chart chart) {
        return new Figure(chart.id(), List.of(chart), List.of());
    }

    /** The axis that all charts share. */
    Axis.Linear steps() {
        return panels.get(0).steps();
    }
}
