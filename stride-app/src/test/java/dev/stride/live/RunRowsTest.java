package dev.stride.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.VerdictEvent;
import org.junit.jupiter.api.Test;

class RunRowsTest {
    @Test
    void rowsBefore_recordsOfAllKinds_countUpdatesAlone() {
        RunRows rows = new RunRows();
        rows.add(TestRuns.eval(0, 5)); // 0
        rows.add(TestRuns.step(1, 4)); // 1
        rows.add(TestRuns.step(2, 3)); // 2
        rows.add(new NoteEvent(2, "a note")); // 3
        rows.add(new SaveEvent(2, "checkpoints/step-000002")); // 4
        rows.add(TestRuns.step(3, 2)); // 5
        assertThat(rows.records()).isEqualTo(6);
        int[] before = new int[7];
        for (int i = 0; i <= 6; i++) {
            before[i] = rows.rowsBefore(i);
        }
        assertThat(before).containsExactly(0, 0, 1, 2, 2, 2, 3);
        assertThat(rows.rareBefore(6)).isEqualTo(3);
        assertThat(rows.recordOf(1)).isEqualTo(3);
    }

    /** A file that was not cut: the later updates count, and what came after the earlier ones is gone. */
    @Test
    void add_updatesMadeAgain_countOnce() {
        RunRows rows = new RunRows();
        for (int i = 1; i <= 6; i++) {
            rows.add(TestRuns.step(i, i));
            if (i % 2 == 0) {
                rows.add(TestRuns.eval(i, i));
            }
        }
        rows.add(new NoteEvent(6, "resumed"));
        assertThat(rows.cuts()).isZero();
        rows.add(TestRuns.step(4, 40));
        rows.add(TestRuns.eval(4, 41));
        assertThat(rows.cuts()).isEqualTo(1);
        assertThat(rows.steps().size()).isEqualTo(4);
        assertThat(rows.steps().loss(3)).isEqualTo(40);
        assertThat(rows.steps().tokens(3)).isEqualTo(400);
        assertThat(rows.evals()).extracting(LiveEval::loss).containsExactly(2.0, 41.0);
        // four updates, five others; every record is still of one kind
        assertThat(rows.records()).isEqualTo(9);
        assertThat(rows.rowsBefore(9)).isEqualTo(4);
        assertThat(rows.rareBefore(9)).isEqualTo(5);
    }

    @Test
    void events_moreThanAreKept_areCountedAndTheLastRemain() {
        RunRows rows = new RunRows();
        for (int i = 0; i < 3 * RunRows.MAX_EVENTS; i++) {
            rows.add(new NoteEvent(0, "note " + i));
        }
        assertThat(rows.numEvents()).isEqualTo(3L * RunRows.MAX_EVENTS);
        assertThat(rows.events()).hasSizeBetween(RunRows.MAX_EVENTS, 2 * RunRows.MAX_EVENTS);
        assertThat(rows.events().get(rows.events().size() - 1).text())
                .isEqualTo("note " + (3 * RunRows.MAX_EVENTS - 1));
    }

    @Test
    void signs_verdictsOfPeopleAndPruners_areNoReasonToLook() {
        RunRows rows = new RunRows();
        rows.add(new VerdictEvent(1, "person", "reduce-lr", "asked for"));
        rows.add(new VerdictEvent(1, "pruner", "stop", "others are better"));
        assertThat(rows.signs().numLooks()).isZero();
        assertThat(rows.signs().last()).isNull();
        rows.add(new VerdictEvent(2, "plateau", "reduce-lr", "no gain"));
        rows.add(new VerdictEvent(3, "grad-norm", "stop", "too high"));
        assertThat(rows.signs().numLooks()).isEqualTo(1);
        assertThat(rows.signs().stop()).isNotNull();
    }

    @Test
    void running_manyUpdates_areTwentyToFortyMeans() {
        RunningLoss running = new RunningLoss();
        for (int i = 0; i < 10_000; i++) {
            running.add(i == 77 ? Double.NaN : 5);
            assertThat(running.spark().length).isBetween(Math.min(i + 1, 20), RunningLoss.PARTS);
        }
        assertThat(running.spark()).containsOnly(5.0);
        assertThat(running.smoothed()).isEqualTo(5, org.assertj.core.api.Assertions.within(1e-9));
    }
}
