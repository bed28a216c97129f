package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.schedule.LrSchedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The rules on recorded runs of the bundled checkpoint; bench/README.md, "Pruning", has the table that this prints. */
class PruningTest {
    private static final int RESAMPLINGS = 100;
    private static final List<RecordedSweep> SWEEPS = RecordedSweep.all();

    /** Sums over resamplings. */
    private static final class Tally {
        private int number;
        private int bestPruned;
        private int overOnePercent;
        private double regret;
        private double worst;
        private long made;
        private long grid;
        private int held;
        private int trials;

        void add(Replay.Outcome outcome, int runs, double range) {
            number++;
            held += outcome.held();
            trials += runs;
            bestPruned += outcome.bestPruned() ? 1 : 0;
            double share = outcome.regret() / range;
            overOnePercent += share > 0.01 ? 1 : 0;
            regret += share;
            worst = Math.max(worst, share);
            made += outcome.made();
            grid += outcome.grid();
        }

        double meanRegret() {
            return regret / number;
        }

        double saved() {
            return 1 - (double) made / grid;
        }

        double lost() {
            return (double) bestPruned / number;
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%.2f %% | %.1f %% | %.1f %% | %.1f %% | %.1f %% | %.2f",
                    100 * meanRegret(),
                    100 * worst,
                    100.0 * overOnePercent / number,
                    100 * saved(),
                    100 * lost(),
                    (double) held / trials);
        }
    }

    /** How the trials of a sweep come to their evaluations. */
    private enum Way {
        TOGETHER("together"),
        THREE("3 at a time"),
        ONE("one by one"),
        THREE_IN_ROUNDS("3 in a pass, rounds"),
        ONE_IN_ROUNDS("one by one, rounds");

        private final String words;

        Way(String words) {
            this.words = words;
        }

        Replay.Outcome play(List<RecordedSweep.Run> runs, Pruner rule, Random chance) {
            return switch (this) {
                case TOGETHER -> Replay.lockstep(runs, rule);
                case THREE -> Replay.inOrder(runs, rule, 3, chance);
                case ONE -> Replay.inOrder(runs, rule, 1, chance);
                case THREE_IN_ROUNDS -> Replay.rounds(runs, rule, 3);
                case ONE_IN_ROUNDS -> Replay.rounds(runs, rule, 1);
            };
        }

        /** Whether a sweep trains its trials so. */
        boolean isOfSweeps() {
            return this != THREE && this != ONE;
        }
    }

    private static Tally play(Pruner rule, boolean heldOut, Way way) {
        Tally tally = new Tally();
        for (RecordedSweep sweep : SWEEPS) {
            if (sweep.heldOut() != heldOut) {
                continue;
            }
            // the same parts in the same orders for every rule
            Random random = new Random(sweep.group().hashCode());
            for (int i = 0; i < RESAMPLINGS; i++) {
                List<RecordedSweep.Run> runs = Replay.some(sweep, 5, 7, random);
                Random chance = new Random(random.nextLong());
                tally.add(way.play(runs, rule, chance), runs.size(), sweep.range());
            }
        }
        return tally;
    }

    @Test
    void recordedRuns_areAtLeastForty_withTheRatesOfTheirSchedules() {
        int runs = 0;
        for (RecordedSweep sweep : SWEEPS) {
            assertThat(sweep.runs().size()).as(sweep.group()).isGreaterThanOrEqualTo(7);
            for (RecordedSweep.Run run : sweep.runs()) {
                LrSchedule schedule = run.curve().schedule();
                double sum = 0;
                for (long step = 1; step <= run.made(); step++) {
                    sum += schedule.at(step);
                }
                assertThat(run.sumOfRates()).isCloseTo(sum, within(1e-7 * sum));
                runs++;
            }
        }
        assertThat(runs).isGreaterThanOrEqualTo(40);
        assertThat(SWEEPS.stream().filter(RecordedSweep::heldOut).count()).isGreaterThanOrEqualTo(SWEEPS.size() / 2);
        assertThat(SWEEPS.size()).isGreaterThanOrEqualTo(6);
    }

    @Test
    void recommendedRule_keepsTheBestAndSavesHalf_onBothHalves() {
        Map<String, Pruner> rules = new LinkedHashMap<>();
        rules.put("halving by 2 from 1/8", new HalvingPruner(2, 1.0 / 8));
        rules.put("halving by 3 from 1/8", new HalvingPruner(3, 1.0 / 8));
        rules.put("median, grace 2", new MedianPruner(2));
        rules.put("loss law, 5 %", new LossLawPruner(0.05, 3, 1));
        rules.put("recommended", Pruner.recommended(1));
        StringBuilder table = new StringBuilder(
                "| rule | trials | half | mean regret | worst | over 1 % | saved | best pruned | held |\n");
        Map<String, Tally> tallies = new LinkedHashMap<>();
        List<Tally> ofSweeps = new ArrayList<>();
        for (Map.Entry<String, Pruner> rule : rules.entrySet()) {
            for (Way way : Way.values()) {
                for (boolean heldOut : new boolean[] {false, true}) {
                    String line = rule.getKey() + " | " + way.words + " | " + (heldOut ? "held out" : "tuning");
                    Tally tally = play(rule.getValue(), heldOut, way);
                    tallies.put(line, tally);
                    if (rule.getKey().equals("recommended") && way.isOfSweeps()) {
                        ofSweeps.add(tally);
                    }
                    table.append("| " + line + " | " + tallies.get(line) + " |\n");
                }
            }
        }
        System.out.print(table);
        assertThat(tallies).hasSize(50);
        assertThat(tallies)
                .allSatisfy((line, tally) -> assertThat(tally.number).as(line).isGreaterThanOrEqualTo(200));
        assertThat(ofSweeps).hasSize(6).allSatisfy(tally -> {
            assertThat(tally.meanRegret()).as(tally.toString()).isLessThan(0.01);
            assertThat(tally.lost()).as(tally.toString()).isLessThan(0.05);
            assertThat(tally.saved()).as(tally.toString()).isGreaterThan(0.5);
        });
    }

    /** How far the predicted ends are off, and how often the end lies in the 90 % interval. */
    @Test
    void predictedEnds_areInTheirIntervalsAsOftenAsTheySay() {
        StringBuilder table = new StringBuilder("| evaluations | half | trials | in the interval | median error |\n");
        int[] all = new int[2];
        int[] inside = new int[2];
        for (int seen = 3; seen <= 11; seen++) {
            for (int half = 0; half < 2; half++) {
                int predicted = 0;
                int hits = 0;
                List<Double> errors = new ArrayList<>();
                for (RecordedSweep sweep : SWEEPS) {
                    for (RecordedSweep.Run run :
                            sweep.heldOut() == (half == 1) ? sweep.runs() : List.<RecordedSweep.Run>of()) {
                        Decision decision = predict(sweep, run, seen);
                        if (Double.isFinite(decision.predicted()) && Double.isFinite(run.end())) {
                            predicted++;
                            hits += run.end() >= decision.low() && run.end() <= decision.high() ? 1 : 0;
                            errors.add(Math.abs(decision.predicted() / run.end() - 1));
                        }
                    }
                }
                errors.sort(null);
                table.append(String.format(
                        Locale.ROOT,
                        "| %d of 12 | %s | %d | %d | %.0f %% |%n",
                        seen,
                        half == 1 ? "held out" : "tuning",
                        predicted,
                        hits,
                        100 * errors.get(errors.size() / 2)));
                all[half] += predicted;
                inside[half] += hits;
            }
        }
        System.out.print(table);
        System.out.println(Arrays.toString(inside) + " of " + Arrays.toString(all));
        for (int half = 0; half < 2; half++) {
            assertThat((double) inside[half] / all[half]).as("half " + half).isGreaterThan(0.8);
        }
    }

    private static Decision predict(RecordedSweep sweep, RecordedSweep.Run run, int seen) {
        List<TrialCurve> others = new ArrayList<>();
        for (RecordedSweep.Run other : sweep.runs()) {
            if (other != run) {
                others.add(cut(other.curve(), seen));
            }
        }
        return new LossLawPruner(0.05, 3, 1).decide(cut(run.curve(), seen), others);
    }

    private static TrialCurve cut(TrialCurve curve, int seen) {
        return new TrialCurve(
                curve.name(),
                curve.schedule(),
                curve.higherIsBetter(),
                curve.plannedSteps(),
                curve.evaluations()
                        .subList(0, Math.min(seen, curve.evaluations().size())));
    }
}
