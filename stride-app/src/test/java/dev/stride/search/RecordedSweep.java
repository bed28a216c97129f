package dev.stride.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.RampShape;
import dev.stride.schedule.Cosine;
import dev.stride.schedule.Linear;
import dev.stride.schedule.LrSchedule;
import dev.stride.schedule.WarmupStableDecay;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * Recorded runs that differ in their rate alone; {@code src/test/resources/curves/README.md} says how they were made.
 *
 * @param group its name, which ends in the seed
 * @param runs from the lowest rate to the highest
 */
record RecordedSweep(String group, List<Run> runs) {
    /**
     * One run to its end.
     *
     * @param made updates that it made; fewer than planned where it was stopped for losses that were not finite
     * @param sumOfRates of the updates that it made, as they were logged
     */
    record Run(double lr, TrialCurve curve, long made, double sumOfRates) {
        /** The validation loss of the last update; not a number if there was none. */
        double end() {
            return curve.finished() ? curve.lastValue() : Double.NaN;
        }
    }

    /** All groups, in the order of their names. */
    static List<RecordedSweep> all() {
        Map<String, List<Run>> groups = new TreeMap<>();
        for (String line : lines()) {
            try {
                JsonNode run = new ObjectMapper().readTree(line);
                groups.computeIfAbsent(run.path("group").textValue(), g -> new ArrayList<>())
                        .add(run(run));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return groups.entrySet().stream()
                .map(e -> new RecordedSweep(e.getKey(), e.getValue()))
                .toList();
    }

    /** Whether nothing was tuned on it. */
    boolean heldOut() {
        return !group.endsWith("-s1");
    }

    /**
     * What a regret is a share of: from the best end to the worst finite one, or to the first loss of the lowest rate,
     * which is about the loss before training, if that is nearer. A diverged rate's loss would make every regret small.
     */
    double range() {
        double best = Double.POSITIVE_INFINITY;
        double worst = 0;
        for (Run run : runs) {
            if (Double.isFinite(run.end())) {
                best = Math.min(best, run.end());
                worst = Math.max(worst, run.end());
            }
        }
        return Math.min(worst, runs.get(0).curve().evaluations().get(0).value()) - best;
    }

    private static Run run(JsonNode run) {
        List<TrialCurve.Evaluation> evaluations = new ArrayList<>();
        for (JsonNode pair : run.path("evaluations")) {
            evaluations.add(new TrialCurve.Evaluation(
                    pair.path(0).longValue(), pair.path(1).asDouble(Double.NaN)));
        }
        double lr = run.path("lr").doubleValue();
        long planned = run.path("planned").longValue();
        TrialCurve curve = new TrialCurve("lr-" + lr, schedule(run, lr, planned), false, planned, evaluations);
        return new Run(
                lr,
                curve,
                run.path("made").longValue(),
                run.path("sum_of_rates").doubleValue());
    }

    private static LrSchedule schedule(JsonNode run, double lr, long planned) {
        long warmup = run.path("warmup").longValue();
        return switch (run.path("schedule").textValue()) {
            case "linear" -> new Linear(lr, 0, warmup, planned);
            case "cosine" -> new Cosine(lr, 0, warmup, planned);
            case "wsd" ->
                new WarmupStableDecay(
                        lr, 0, RampShape.ONE_MINUS_SQRT, run.path("decay").longValue(), warmup, planned);
            default -> throw new IllegalArgumentException(run.toString());
        };
    }

    private static List<String> lines() {
        String resource = "/curves/sweeps.jsonl.gz";
        try (InputStream raw = Objects.requireNonNull(RecordedSweep.class.getResourceAsStream(resource), resource);
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(raw), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
