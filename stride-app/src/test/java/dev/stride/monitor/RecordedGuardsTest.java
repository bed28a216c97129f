package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What the guards that stop would have done in the recorded runs of the bundled checkpoint. */
class RecordedGuardsTest {
    private record Count(int runs, int stopped) {}

    private static Map<Finding.Kind, Count> stops(Supplier<Monitor> guard) {
        Map<Finding.Kind, Count> counts = new EnumMap<>(Finding.Kind.class);
        for (LabelledCurve run : LabelledCurve.recorded()) {
            Curve curve = run.curve();
            List<StepSeen> steps = new ArrayList<>();
            for (Curve.Update update : curve.updates()) {
                steps.add(new StepSeen(
                        update.step(),
                        update.loss(),
                        update.gradientNorm(),
                        update.rate(),
                        curve.warmupSteps(),
                        curve.plannedSteps()));
            }
            int stopped = Curves.fired(guard.get(), steps).isEmpty() ? 0 : 1;
            counts.merge(
                    run.label(), new Count(1, stopped), (a, b) -> new Count(a.runs + b.runs, a.stopped + b.stopped));
        }
        return counts;
    }

    @Test
    void diverged_stopsEveryDivergedRunAndNoOther() {
        Map<Finding.Kind, Count> counts = stops(DivergedStop::new);
        assertThat(counts).hasSizeGreaterThanOrEqualTo(7);
        counts.forEach((kind, count) -> assertThat(count.stopped())
                .as(kind.word())
                .isEqualTo(kind == Finding.Kind.DIVERGED ? count.runs() : 0));
    }

    @Test
    void gradientNorms_stopNoRunThatLearns() {
        for (Supplier<Monitor> guard :
                List.<Supplier<Monitor>>of(() -> new GradNormStop(GradNormStop.RECORD_EVERY), GradNormZScore::new)) {
            Map<Finding.Kind, Count> counts = stops(guard);
            assertThat(counts.get(Finding.Kind.HEALTHY))
                    .extracting(Count::stopped)
                    .isEqualTo(0);
            assertThat(counts.get(Finding.Kind.UNDERFIT))
                    .extracting(Count::stopped)
                    .isEqualTo(0);
        }
    }
}
