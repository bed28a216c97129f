package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.experiment.RunResult;
import dev.stride.live.LiveRuns;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunMetricsTest {
    @TempDir
    Path temp;

    private String metrics() {
        try (LiveRuns runs = LiveRuns.open(temp, InstantSource.system())) {
            runs.poll();
            return RunMetrics.of(runs.runs());
        }
    }

    /** One sample: its family and its labels, in the order of their names. */
    private record Key(String family, Map<String, String> labels) {
        static Key of(String family, String... labels) {
            Map<String, String> map = new TreeMap<>();
            for (int i = 0; i < labels.length; i += 2) {
                map.put(labels[i], labels[i + 1]);
            }
            return new Key(family, map);
        }
    }

    /** Reads the text format as its specification has it, and refuses everything else. */
    private static Map<Key, Double> parse(String text) {
        Map<Key, Double> samples = new LinkedHashMap<>();
        assertThat(text).endsWith("\n").doesNotContain("\n\n");
        Pattern sample = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)\\{([^\n]*)\\} (NaN|[+-]Inf|[-+0-9.eE]+)");
        Pattern label = Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\[\\\\\"n])*)\"(,|$)");
        String help = "";
        String type = "";
        for (String line : text.substring(0, text.length() - 1).split("\n", -1)) {
            if (line.startsWith("# HELP ")) {
                help = line.split(" ")[2];
                assertThat(samples.keySet()).noneMatch(key -> key.family().equals(line.split(" ")[2]));
            } else if (line.startsWith("# TYPE ")) {
                assertThat(line).isEqualTo("# TYPE " + help + " gauge");
                type = help;
            } else {
                Matcher found = sample.matcher(line);
                if (!found.matches() || !found.group(1).equals(type)) {
                    throw new IllegalArgumentException("no sample of " + type + ": " + line);
                }
                Map<String, String> labels = new TreeMap<>();
                Matcher pairs = label.matcher(found.group(2));
                int end = 0;
                while (pairs.find() && pairs.start() == end) {
                    labels.put(pairs.group(1), unescaped(pairs.group(2)));
                    end = pairs.end();
                }
                if (end != found.group(2).length()) {
                    throw new IllegalArgumentException("bad labels: " + line);
                }
                String value = found.group(3).replace("Inf", "Infinity");
                if (samples.put(new Key(type, labels), Double.parseDouble(value)) != null) {
                    throw new IllegalArgumentException("twice: " + line);
                }
            }
        }
        return samples;
    }

    private static String unescaped(String value) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) == '\\') {
                i++;
                text.append(value.charAt(i) == 'n' ? '\n' : value.charAt(i));
            } else {
                text.append(value.charAt(i));
            }
        }
        return text.toString();
    }

    @Test
    void runThatTrains_hasItsNumbers() {
        RunFolder run = RunFolder.of(temp.resolve("a/first"), 10);
        run.eval(10, 1.75);
        Map<Key, Double> samples = parse(metrics());
        String id = "a/first";
        assertThat(samples)
                .containsEntry(Key.of("stride_step", "run", id), 10.0)
                .containsEntry(Key.of("stride_planned_steps", "run", id), 1000.0)
                .containsEntry(Key.of("stride_train_loss", "run", id), 2.1)
                .containsEntry(Key.of("stride_learning_rate", "run", id, "group", "decay"), 1e-4)
                .containsEntry(Key.of("stride_gradient_norm", "run", id), 0.6)
                .containsEntry(Key.of("stride_eval", "run", id, "metric", "loss"), 1.75)
                .containsEntry(Key.of("stride_eval", "run", id, "metric", "bleu-4"), 0.25)
                .containsEntry(Key.of("stride_tokens_per_second", "run", id), 400.0)
                .containsEntry(Key.of("stride_run_status", "run", id, "status", "running"), 1.0);
        assertThat(samples.keySet()).anyMatch(key -> key.family().equals("stride_seconds_left"));
        assertThat(samples.keySet())
                .filteredOn(key -> key.family().equals("stride_worry"))
                .hasSize(1);
    }

    @Test
    void liveFile_bringsResidentMemory_andStrangeValuesAreLeftOut() throws Exception {
        RunFolder run = RunFolder.of(temp.resolve("first"), 1);
        Files.writeString(run.path().resolve("live.json"), "{\"resident\":123456789,\"seconds_left\":\"soon\"}");
        assertThat(parse(metrics())).containsEntry(Key.of("stride_resident_bytes", "run", "first"), 123456789.0);
        Files.writeString(run.path().resolve("live.json"), "{\"resident\":{\"x\":\"} 1\\nstride_step 5\"}}");
        assertThat(parse(metrics()).keySet())
                .noneMatch(key -> key.family().equals("stride_resident_bytes"))
                .hasSizeGreaterThan(5);
    }

    @Test
    void hostileNames_areEscaped() {
        String name = "a\"} 1\nstride_step{run=\"b\\";
        RunFolder.of(temp.resolve(name), 3);
        RunFolder run = RunFolder.of(temp.resolve("plain"), 0);
        run.append(
                "{\"type\":\"step\",\"step\":4,\"loss\":\"NaN\",\"lr\":{\"g\\\"\\n\\\\\":\"Infinity\"},\"grad_norm\":"
                        + "\"-Infinity\",\"tokens\":1,\"seconds\":1}\n");
        Map<Key, Double> samples = parse(metrics());
        assertThat(samples)
                .containsEntry(Key.of("stride_step", "run", name), 3.0)
                .containsEntry(Key.of("stride_step", "run", "plain"), 4.0)
                .containsEntry(Key.of("stride_train_loss", "run", "plain"), Double.NaN)
                .containsEntry(Key.of("stride_gradient_norm", "run", "plain"), Double.NEGATIVE_INFINITY)
                .containsEntry(
                        Key.of("stride_learning_rate", "run", "plain", "group", "g\"\n\\"), Double.POSITIVE_INFINITY);
        assertThat(samples.keySet())
                .filteredOn(key -> key.family().equals("stride_step"))
                .hasSize(2);
    }

    @Test
    void ends_areStatuses() {
        Map<String, RunResult.Status> ends = new LinkedHashMap<>();
        for (RunResult.Status status : RunResult.Status.values()) {
            RunFolder run = RunFolder.of(temp.resolve(status.word()), 3);
            run.end(status);
            ends.put(status.word(), status);
        }
        Map<Key, Double> samples = parse(metrics());
        assertThat(ends).hasSize(4);
        ends.forEach((id, status) -> assertThat(samples)
                .containsEntry(Key.of("stride_run_status", "run", id, "status", status.word()), 1.0));
        assertThat(samples.keySet().stream()
                        .filter(key -> key.family().equals("stride_worry"))
                        .map(key -> Objects.requireNonNull(key.labels().get("level"))))
                .containsOnly("ok", "look", "bad");
    }

    @Test
    void noRuns_areFamiliesWithoutSamples() {
        assertThat(parse(metrics())).isEmpty();
        assertThat(metrics().lines().filter(line -> line.startsWith("# TYPE "))).hasSize(11);
    }

    @Test
    void parserOfThisTest_refusesWhatIsWrong() {
        for (String wrong : new String[] {
            "stride_step{run=\"a\"} 1\n",
            "# HELP a b\n# TYPE a gauge\na{run=\"a\"b\"} 1\n",
            "# HELP a b\n# TYPE a gauge\na{run=\"a\"} one\n",
            "# HELP a b\n# TYPE a gauge\na{run=\"a\"} 1\na{run=\"a\"} 2\n"
        }) {
            assertThatThrownBy(() -> parse(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
