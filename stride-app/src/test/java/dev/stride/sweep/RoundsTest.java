package dev.stride.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.stride.SmallFiles;
import dev.stride.config.ConfigReader;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import dev.stride.train.Runs;
import dev.stride.train.TrainCallback;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Trials that do not fit into one pass wait for each other at an eighth of 32 updates, the evaluation of update 4; under
 * halving also at a quarter and at a half. On a checkpoint of milliseconds.
 */
class RoundsTest {
    private static final List<String> RATES = List.of("1e-9", "1e-8", "1e-3", "3e-3", "1e-2");

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static SmallFiles files;

    @BeforeAll
    static void write() {
        files = SmallFiles.write(shared, 22, 3, 5, 4);
    }

    @Test
    void fullTuning_waitsAtTheFirstRung_thenTheBestGoesFirst() {
        Watching watching = new Watching();
        SweepResult result = Sweep.start(plan(), folder.resolve("sweep"), watching, () -> false);
        assertThat(watching.order.subList(0, 5)).as("each to the rung").containsExactlyElementsOf(names(RATES));
        Map<String, Double> atRung = new LinkedHashMap<>();
        watching.evaluations.forEach((name, losses) -> atRung.put(name, losses.get(4L)));
        assertThat(atRung).hasSize(5).doesNotContainValue(null);
        List<String> second = watching.order.subList(5, watching.order.size());
        List<String> bestFirst = names(RATES).stream()
                .sorted((a, b) ->
                        Double.compare(Objects.requireNonNull(atRung.get(a)), Objects.requireNonNull(atRung.get(b))))
                .toList();
        assertThat(second)
                .as("halving leaves three of five")
                .hasSize(3)
                .containsExactlyElementsOf(bestFirst.subList(0, 3));
        int ended = 0;
        for (SweepTrial trial : result.trials()) {
            if (!second.contains(trial.name())) {
                assertThat(trial.status()).isEqualTo(SweepTrial.Status.PRUNED);
                assertThat(trial.steps()).isEqualTo(4);
                assertThat(trial.reason()).contains("of the 5 trials that have reached 12.5 %");
                ended++;
            }
        }
        assertThat(ended).isEqualTo(2);
        assertThat(result.updates().made())
                .isEqualTo(watching.steps)
                .isLessThan(result.updates().grid() / 2 + 32);
        assertThat(result.trials().stream().filter(trial -> trial.status() == SweepTrial.Status.FINISHED))
                .isNotEmpty();
    }

    /** What was held and went on has the bits of a run that never was. */
    @Test
    void heldTrial_isTheRunThatTrainsAlone() throws IOException {
        Path sweep = folder.resolve("sweep");
        SweepResult result = Sweep.start(plan("--prune", "median"), sweep, new Watching(), () -> false);
        int compared = 0;
        for (SweepTrial trial : result.trials()) {
            if (trial.status() == SweepTrial.Status.FINISHED) {
                Path alone = folder.resolve("alone-" + trial.name());
                Map<String, List<String>> flags = flags("--lr", trial.value(), "--guard", "early-stop=off");
                List.of("--lrs", "--grow", "--prune").forEach(flags::remove);
                List<String> words = new ArrayList<>();
                flags.forEach((flag, values) -> words.addAll(List.of(flag, values.get(0))));
                Runs.train(words, alone, () -> false);
                assertThat(Runs.numbers(sweep.resolve(trial.folder())))
                        .as(trial.name())
                        .isEqualTo(Runs.numbers(alone));
                assertThat(Runs.content(sweep.resolve(trial.folder()), 32))
                        .as(trial.name())
                        .isEqualTo(Runs.content(alone, 32));
                compared++;
            }
        }
        assertThat(compared).isPositive();
    }

    /** Between updates, and, where it says so, in the first evaluation behind them. */
    @ParameterizedTest
    @CsvSource({"full, auto, 3 4e 5 19 20e 24e 33", "full, halving, 20e 29 35", "lora, auto, 4e 21"})
    void sweep_endedAnywhere_goesOnAsIfItHadNotBeen(String method, String rule, String moments) {
        List<String> all = new ArrayList<>(List.of("--method", method, "--prune", rule));
        if (method.equals("lora")) {
            all.addAll(List.of("--together", "1"));
        }
        String[] words = all.toArray(String[]::new);
        Watching whole = new Watching();
        SweepResult expected = Sweep.start(plan(words), folder.resolve("whole"), whole, () -> false);
        for (String moment : moments.split(" ")) {
            int updates = Integer.parseInt(moment.replace("e", ""));
            Path sweep = folder.resolve("ended-" + moment);
            Watching first = new Watching();
            Sweep.start(
                    plan(words),
                    sweep,
                    first,
                    moment.endsWith("e") ? first.evaluatingAfter(updates) : first.after(updates));
            assertThat(first.steps).isBetween(updates, updates + 1);
            Watching second = new Watching();
            SweepResult result = Sweep.resume(plan(words), sweep, second, () -> false);
            String where = "after " + moment;
            assertThat(first.steps + second.steps).as(where).isEqualTo(whole.steps);
            assertThat(result.updates()).as(where).isEqualTo(expected.updates());
            for (int i = 0; i < RATES.size(); i++) {
                SweepTrial trial = result.trials().get(i);
                SweepTrial same = expected.trials().get(i);
                assertThat(trial.status()).as(where).isEqualTo(same.status());
                assertThat(trial.steps()).as(where).isEqualTo(same.steps());
                assertThat(trial.reason()).as(where).isEqualTo(same.reason());
                assertThat(trial.metrics()).as(where).isEqualTo(same.metrics());
            }
        }
    }

    /** Five adapters in passes of two: none goes on behind the rung before all are there. */
    @Test
    void moreAdaptersThanAPassHolds_waitInTheirPasses() {
        Watching watching = new Watching();
        SweepResult result = Sweep.start(
                plan("--method", "lora", "--together", "2"), folder.resolve("sweep"), watching, () -> false);
        assertThat(watching.order.subList(0, 5)).containsExactlyElementsOf(names(RATES));
        List<String> second = watching.order.subList(5, watching.order.size());
        assertThat(second).hasSize(3);
        assertThat(result.trials().stream()
                        .filter(trial -> !second.contains(trial.name()))
                        .toList())
                .hasSize(2)
                .allSatisfy(trial -> assertThat(trial.steps()).isEqualTo(4));
    }

    @Test
    void pruneOff_orAllInOnePass_waitsForNobody() {
        Watching off = new Watching();
        Sweep.start(plan("--prune", "off"), folder.resolve("off"), off, () -> false);
        assertThat(off.order).containsExactlyElementsOf(names(RATES));
        assertThat(off.steps).isEqualTo(5 * 32);
        Watching together = new Watching();
        Sweep.start(plan("--method", "lora", "--together", "5"), folder.resolve("together"), together, () -> false);
        assertThat(together.order).containsExactlyInAnyOrderElementsOf(names(RATES));
    }

    /** The room that is asked for is what a trial's folder takes; one that is nowhere is said before anything is trained. */
    @Test
    void room_isThatOfTheCheckpoints_andTooLittleIsSaid() throws IOException {
        SweepPlan plan = plan("--lrs", "1e-3", "--steps", "4");
        Path sweep = folder.resolve("sweep");
        SweepResult result = Sweep.start(plan, sweep, new Watching(), () -> false);
        assertThat(result.warnings()).noneMatch(warning -> warning.contains("checkpoints"));
        long written = 0;
        int files = 0;
        try (Stream<Path> all = Files.walk(sweep.resolve("trials/lr-1e-3/checkpoints/step-000004"))) {
            for (Path file :
                    all.filter(one -> one.toString().endsWith(".safetensors")).toList()) {
                written += Files.size(file);
                files++;
            }
        }
        assertThat(files).isGreaterThan(1);
        // headers of the files
        assertThat((double) SweepRoom.checkpointBytes(plan.baseline())).isCloseTo(written, withinPercentage(5));
        assertThat(SweepRoom.warning(plan.baseline(), 3, 6 * written * 2)).isEmpty();
        assertThat(SweepRoom.warning(plan.baseline(), 3, 3 * written))
                .hasValueSatisfying(warning -> assertThat(warning)
                        .startsWith("3 trials keep up to 2 checkpoints of ")
                        .contains("--keep-best off"));
        assertThat(SweepRoom.free(folder)).isPositive();
    }

    private static List<String> names(List<String> rates) {
        return rates.stream().map(rate -> "lr-" + rate).toList();
    }

    /** Sees which trials begin or go on, their updates and their validation losses. */
    private static final class Watching implements SweepListener {
        private final List<String> order = new ArrayList<>();
        private final Map<String, Map<Long, Double>> evaluations = new LinkedHashMap<>();
        private int steps;
        private boolean evaluating;

        @Override
        public TrainCallback trial(String name, long totalSteps) {
            order.add(name);
            return new TrainCallback() {
                @Override
                public void event(RunEvent event) {
                    steps += event instanceof StepEvent ? 1 : 0;
                    evaluating = false;
                    if (event instanceof EvalEvent eval) {
                        evaluations
                                .computeIfAbsent(name, any -> new LinkedHashMap<>())
                                .put(eval.step(), eval.loss());
                    }
                }

                @Override
                public void progress(String what, long done, long total) {
                    evaluating = true;
                }
            };
        }

        @Override
        public void say(String sentence) {}

        BooleanSupplier after(int updates) {
            return () -> steps >= updates;
        }

        /** Says yes in the first evaluation from then on. */
        BooleanSupplier evaluatingAfter(int updates) {
            boolean[] said = new boolean[1];
            return () -> {
                said[0] |= steps >= updates && evaluating;
                return said[0];
            };
        }
    }

    private static SweepPlan plan(String... more) {
        return SweepPlan.of(ConfigReader.read(null, flags(more), List.of()));
    }

    private static Map<String, List<String>> flags(String... more) {
        List<String> words = new ArrayList<>(files.flags());
        words.addAll(List.of("--precision", "fp32", "--lrs", String.join(",", RATES), "--grow", "off"));
        words.addAll(List.of("--method", "full", "--schedule", "linear", "--warmup", "2"));
        words.addAll(List.of("--steps", "32", "--threads", "1", "--batch", "4", "--micro-batch", "2"));
        words.addAll(List.of("--eval-every", "2", "--val-generate", "0", "--seed", "5"));
        words.addAll(List.of(more));
        Map<String, List<String>> flags = new LinkedHashMap<>();
        for (int i = 0; i < words.size(); i += 2) {
            flags.put(words.get(i), List.of(words.get(i + 1)));
        }
        return flags;
    }
}
