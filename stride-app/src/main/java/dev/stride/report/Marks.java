package dev.stride.report;

import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.VerdictEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happened in runs, as marks of a chart. Where there is too much of it, branches and verdicts go before updates that
 * were not made, and those before notes.
 *
 * @param shown the marks, numbered from 1 in the order in which they happened
 * @param total how many there would be
 */
record Marks(List<Chart.Mark> shown, int total) {
    private static final int MOST = 40;

    Marks {
        shown = List.copyOf(shown);
    }

    /** A mark before it is numbered. */
    private record Happening(int order, int rank, Strand strand, long step, BilingualText label, String text) {}

    static Marks of(List<Strand> strands) {
        List<Happening> all = new ArrayList<>();
        for (Strand strand : strands) {
            for (RunEvent event : strand.events()) {
                Happening happening = happening(all.size(), strand, event);
                if (happening != null) {
                    all.add(happening);
                }
            }
        }
        List<Happening> kept = all.stream()
                .sorted(Comparator.comparingInt(Happening::rank))
                .limit(MOST)
                .sorted(Comparator.comparingInt(Happening::order))
                .toList();
        List<Chart.Mark> marks = new ArrayList<>();
        for (Happening one : kept) {
            marks.add(new Chart.Mark(
                    marks.size() + 1,
                    one.strand().run(),
                    one.strand().name(),
                    one.strand().colour(0),
                    one.step(),
                    one.label(),
                    one.text()));
        }
        return new Marks(marks, all.size());
    }

    private static @Nullable Happening happening(int order, Strand strand, RunEvent event) {
        if (event instanceof BranchEvent branch) {
            BilingualText label =
                    BilingualText.of(Words.BRANCH, branch.branch(), branch.parent(), Numbers.compact(branch.factor()));
            return new Happening(order, 0, strand, branch.step(), label, branch.reason());
        }
        if (event instanceof VerdictEvent verdict) {
            BilingualText guard = Terms.guard(verdict.monitor());
            BilingualText action = Terms.action(verdict.action());
            BilingualText label = new BilingualText(
                    Words.VERDICT.in(Language.ENGLISH, guard.english(), action.english()),
                    Words.VERDICT.in(Language.CHINESE, guard.chinese(), action.chinese()));
            return new Happening(order, 0, strand, verdict.step(), label, verdict.reason());
        }
        if (event instanceof SkipEvent skip) {
            return new Happening(order, 1, strand, skip.step(), BilingualText.of(Words.SKIP), skip.reason());
        }
        if (event instanceof NoteEvent note) {
            return new Happening(order, 2, strand, note.step(), BilingualText.of(Words.NOTE), note.text());
        }
        return null;
    }
}
