package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.config.PlateauConvention;
import dev.stride.config.StopMetric;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every monitor keeps: restored from its state at any moment, it judges the rest as if nothing had happened. */
class MonitorContractTest {
    record Case(String name, Supplier<Monitor> monitor) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** One thing that a monitor sees. */
    private interface Seen {
        Verdict by(Monitor monitor);
    }

    static List<Case> cases() {
        GainTest gain = (before, now) -> {
            double mean = mean(now) - mean(before);
            return new GainTest.Gain(mean, mean > 0 ? 0.1 : 0.9);
        };
        return List.of(
                new Case("grad-norm", () -> new GradNormStop(7)),
                new Case("grad-norm-z", GradNormZScore::new),
                new Case("diverged", DivergedStop::new),
                new Case("loss-zero", LossZero::new),
                new Case("loss-jump", LossJump::new),
                new Case("loss-rising", LossRising::new),
                new Case("still-weights", StillWeights::new),
                new Case("early-stop", () -> EarlyStop.classic(List.of(StopMetric.BLEU_4), 2)),
                new Case(
                        "early-stop for code",
                        () -> EarlyStop.classic(List.of(StopMetric.LOSS, StopMetric.EDIT_SIMILARITY), 2)),
                new Case("early-stop by rows", () -> EarlyStop.evidence(List.of(StopMetric.BLEU_4), 2, gain)),
                new Case(
                        "plateau of PyTorch",
                        () -> new PlateauCut(PlateauCut.Settings.torch(StopMetric.BLEU_4, 1, 0.5, 0), 3e-5)),
                new Case(
                        "plateau with a cooldown",
                        () -> new PlateauCut(
                                new PlateauCut.Settings(
                                        StopMetric.LOSS, PlateauConvention.KERAS, 2, 0.5, 1e-4, 2, 1e-6, 1e-8),
                                3e-5)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void restore_atEveryMoment_givesTheSameVerdicts(Case tested) {
        int fired = 0;
        for (int seed = 0; seed < 3; seed++) {
            List<Seen> run = eventful(seed);
            List<Verdict> expected = new ArrayList<>();
            List<Map<String, double[]>> states = new ArrayList<>();
            Monitor whole = tested.monitor().get();
            for (Seen seen : run) {
                states.add(copy(whole.state()));
                expected.add(seen.by(whole));
            }
            fired += (int) expected.stream()
                    .filter(verdict -> !(verdict instanceof Verdict.Proceed))
                    .count();
            for (int at = 0; at < run.size(); at++) {
                Monitor resumed = tested.monitor().get();
                resumed.restore(states.get(at));
                List<Verdict> rest = new ArrayList<>();
                for (Seen seen : run.subList(at, Math.min(run.size(), at + 80))) {
                    rest.add(seen.by(resumed));
                }
                assertThat(rest)
                        .as("seed %s restored before event %s", seed, at)
                        .isEqualTo(expected.subList(at, at + rest.size()));
            }
        }
        assertThat(fired).as("the runs make it speak").isPositive();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void state_changedByTheCaller_changesNothing(Case tested) {
        Monitor monitor = tested.monitor().get();
        eventful(1).forEach(seen -> seen.by(monitor));
        Map<String, double[]> before = copy(monitor.state());
        monitor.state().values().forEach(values -> java.util.Arrays.fill(values, 99));
        Map<String, double[]> given = copy(before);
        monitor.restore(given);
        given.values().forEach(values -> java.util.Arrays.fill(values, 99));
        monitor.state().forEach((name, values) -> assertThat(values).as(name).isEqualTo(before.get(name)));
    }

    /** 300 steps with all that can go wrong, an evaluation after each tenth and a measurement of weights after each. */
    private static List<Seen> eventful(long seed) {
        Random random = new Random(seed);
        List<Seen> run = new ArrayList<>();
        double bleu = 10;
        for (int i = 1; i <= 300; i++) {
            boolean hot = i > 100 && i < 140;
            double loss = (i % 67 == 0 ? 9 : 2 + (hot ? 0.1 * (i - 100) : 0)) * Math.exp(0.05 * random.nextGaussian());
            if (i == 50 || i == 51 || i == 90) {
                loss = 0;
            }
            if (i == 60) {
                loss = Double.NaN;
            }
            double norm = (hot ? 30 : 1) * Math.exp(0.2 * random.nextGaussian());
            StepSeen step = new StepSeen(i, loss, norm, 3e-5, 20, 300);
            run.add(monitor -> monitor.judge(step));
            double share = random.nextInt(3) > 0 ? 0.05 : 0.9;
            run.add(monitor ->
                    monitor instanceof StillWeights still ? still.moved(step.step(), share) : new Verdict.Proceed());
            if (i % 10 == 0) {
                bleu += 0.3 * random.nextGaussian();
                List<Double> rows = List.of(bleu - random.nextDouble(), bleu + random.nextDouble(), bleu);
                double similarity = random.nextInt(8) == 0 ? Double.NaN : random.nextDouble();
                EvaluationSeen evaluation = new EvaluationSeen(
                        i,
                        Map.of("loss", 2 + 0.1 * random.nextGaussian(), "bleu-4", bleu, "edit-similarity", similarity),
                        rows,
                        i <= 20);
                run.add(monitor -> monitor.evaluated(evaluation));
            }
        }
        return run;
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    }

    private static Map<String, double[]> copy(Map<String, double[]> state) {
        Map<String, double[]> copy = new LinkedHashMap<>();
        state.forEach((name, values) -> copy.put(name, values.clone()));
        return copy;
    }
}
