package dev.stride.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** A curve and what it is known to be; the recorded ones are explained in {@code src/test/resources/curves}. */
record LabelledCurve(String name, Finding.Kind label, boolean heldOut, Curve curve) {
    /** The recorded runs that have a label. */
    static List<LabelledCurve> recorded() {
        Map<String, String[]> labels = new HashMap<>();
        for (String line : lines("/curves/labels.tsv", false)) {
            String[] cells = line.split("\t");
            labels.put(cells[0], cells);
        }
        List<LabelledCurve> runs = new ArrayList<>();
        for (String line : lines("/curves/runs.jsonl.gz", true)) {
            JsonNode run = json(line);
            String[] cells = Objects.requireNonNull(labels.get(run.path("name").textValue()), line.substring(0, 60));
            if (!cells[1].equals("none")) {
                runs.add(new LabelledCurve(cells[0], kind(cells[1]), cells[2].equals("held-out"), curve(run)));
            }
        }
        return runs;
    }

    /** How many runs came out otherwise than they were meant to and have no label. */
    static long numWithoutLabel() {
        return lines("/curves/labels.tsv", false).stream()
                .filter(line -> line.contains("\tnone\t"))
                .count();
    }

    private static Finding.Kind kind(String word) {
        for (Finding.Kind kind : Finding.Kind.values()) {
            if (kind.word().equals(word)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("no kind '" + word + "'");
    }

    private static Curve curve(JsonNode run) {
        List<Curve.Update> updates = new ArrayList<>();
        for (int i = 0; i < run.path("loss").size(); i++) {
            updates.add(new Curve.Update(
                    i + 1,
                    run.path("loss").path(i).doubleValue(),
                    run.path("lr").path(i).doubleValue(),
                    run.path("norm").path(i).doubleValue(),
                    Double.NaN));
        }
        List<Curve.Evaluation> evaluations = new ArrayList<>();
        run.path("evals")
                .forEach(pair -> evaluations.add(new Curve.Evaluation(
                        pair.path(0).longValue(), pair.path(1).doubleValue())));
        List<Curve.Skip> skips = new ArrayList<>();
        run.path("skips")
                .forEach(pair -> skips.add(
                        new Curve.Skip(pair.path(0).longValue(), pair.path(1).textValue())));
        return new Curve(
                updates,
                evaluations,
                skips,
                run.path("planned").longValue(),
                run.path("warmup").longValue(),
                "fp32",
                true);
    }

    private static JsonNode json(String line) {
        try {
            return new ObjectMapper().readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(String resource, boolean packed) {
        try (InputStream raw = Objects.requireNonNull(LabelledCurve.class.getResourceAsStream(resource), resource);
                InputStream in = packed ? new GZIPInputStream(raw) : raw;
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
