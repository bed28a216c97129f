package dev.stride.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.experiment.SampleRecord;
import dev.stride.metrics.PairedBootstrap;
import dev.stride.report.ReportRun;
import dev.stride.report.SweepData;
import dev.stride.search.SweepTrial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How sure the scores of a sweep's trials are: for each the 95 % interval of its difference from the best trial, from a
 * paired bootstrap over the same validation rows.
 *
 * <p>The loss of a row counts by its trained tokens, as in the loss of the whole: its sum over the mean number of tokens
 * of a row. Other scores are the mean of the scores of the rows that were generated.
 */
final class SweepSpreads {
    private static final String ROWS = "rows.jsonl";
    private static final int RESAMPLES = 2_000;

    private SweepSpreads() {}

    /** Scores of the validation rows at one step, in the order of the rows. */
    private record Rows(long step, List<Double> scores) {}

    /** The sweep with the intervals of its finished trials; without those for which no rows were kept. */
    static SweepData with(SweepData data, Path folder) {
        List<SweepData.Trial> finished = data.trials().stream()
                .filter(trial -> trial.status() == SweepTrial.Status.FINISHED)
                .toList();
        SweepData.Trial best = null;
        for (SweepData.Trial trial : finished) {
            if (Double.isFinite(score(data, trial)) && (best == null || isBetter(data, trial, best))) {
                best = trial;
            }
        }
        Rows reference = best == null ? null : rows(data, best, folder);
        if (best == null || reference == null) {
            return data;
        }
        List<SweepData.Spread> spreads = new ArrayList<>();
        PairedBootstrap bootstrap = new PairedBootstrap(1, RESAMPLES);
        for (SweepData.Trial trial : finished) {
            Rows own = rows(data, trial, folder);
            if (trial == best
                    || own == null
                    || own.scores().size() != reference.scores().size()
                    || own.step() != reference.step()) {
                continue;
            }
            PairedBootstrap.Result difference = bootstrap.compare(reference.scores(), own.scores());
            double score = score(data, trial);
            spreads.add(new SweepData.Spread(
                    trial.name(),
                    score + difference.low() - difference.mean(),
                    score + difference.high() - difference.mean()));
        }
        return data.withSpreads(spreads);
    }

    private static double score(SweepData data, SweepData.Trial trial) {
        return trial.metrics().getOrDefault(data.metric(), Double.NaN);
    }

    private static boolean isBetter(SweepData data, SweepData.Trial trial, SweepData.Trial than) {
        double difference = score(data, trial) - score(data, than);
        return data.higherIsBetter() ? difference > 0 : difference < 0;
    }

    private static @Nullable Rows rows(SweepData data, SweepData.Trial trial, Path folder) {
        Rows rows = data.metric().equals("loss")
                ? losses(folder.resolve(trial.folder()).resolve(ROWS))
                : generated(trial.run(), data.metric());
        return rows == null
                        || rows.scores().isEmpty()
                        || !rows.scores().stream().allMatch(Double::isFinite)
                ? null
                : rows;
    }

    /** The rows of the last evaluation whose line is whole. */
    private static @Nullable Rows losses(Path file) {
        if (!Files.isRegularFile(file)) {
            return null;
        }
        String[] lines;
        try {
            lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
        for (int i = lines.length - 1; i >= 0; i--) {
            try {
                JsonNode line = Json.mapper().readTree(lines[i]);
                if (line.path("loss").size() == line.path("tokens").size()
                        && !line.path("loss").isEmpty()) {
                    return losses(line);
                }
            } catch (JsonProcessingException torn) {
                // a killed process may leave half a line; the one before it is whole
                continue;
            }
        }
        return null;
    }

    private static Rows losses(JsonNode line) {
        double tokens = 0;
        for (JsonNode count : line.path("tokens")) {
            tokens += count.asDouble();
        }
        double mean = tokens / line.path("tokens").size();
        List<Double> scores = new ArrayList<>();
        for (JsonNode loss : line.path("loss")) {
            scores.add(loss.isNumber() ? loss.doubleValue() / mean : Double.NaN);
        }
        return new Rows(line.path("step").asLong(), scores);
    }

    private static @Nullable Rows generated(@Nullable ReportRun run, String metric) {
        if (run == null || run.samples().isEmpty()) {
            return null;
        }
        long step = run.samples().get(run.samples().size() - 1).step();
        List<Double> scores = new ArrayList<>();
        for (SampleRecord sample : run.samples()) {
            Double score = sample.scores().get(metric);
            if (sample.step() == step) {
                scores.add(score == null ? Double.NaN : score);
            }
        }
        return new Rows(step, scores);
    }
}
