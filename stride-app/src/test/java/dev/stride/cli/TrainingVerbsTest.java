package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.SmallCheckpoint;
import dev.stride.experiment.EvalEvent;
import dev.stride.train.Runs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** The verbs train, plan, eval and generate from their words to exit status, output and files. */
class TrainingVerbsTest {
    private static final Map<String, SignalHandler> BEFORE = new TreeMap<>();

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path model;
    private static Path rows;
    private static Path validation;

    private record Said(int status, String out, String err) {
        /** The one document on standard output. */
        JsonNode json() {
            try {
                return new ObjectMapper()
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .readTree(out);
            } catch (JsonProcessingException e) {
                throw new AssertionError("not one JSON document: " + out + "\n" + err, e);
            }
        }
    }

    @BeforeAll
    static void write() {
        model = SmallCheckpoint.PLAIN.writeBelow(shared);
        rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 12, 40);
        validation = SmallCheckpoint.rows(shared.resolve("validation.jsonl"), 5, 41);
        for (String name : List.of("INT", "TERM")) {
            BEFORE.put(name, Signal.handle(new Signal(name), SignalHandler.SIG_DFL));
        }
    }

    /** train listens to signals; the process of the tests must end by them as before. */
    @AfterAll
    static void restoreSignals() {
        BEFORE.forEach((name, handler) -> Signal.handle(new Signal(name), handler));
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "plan", "eval", "generate"})
    void help_namesTheVerbAndAnExample(String verb) {
        Said said = run(verb, "--help");
        assertThat(said.status()).isZero();
        assertThat(said.out()).contains("--model", "Example: stride " + verb);
    }

    @Test
    void plan_json_isOneDocumentAndLeavesNothingBehind() throws IOException {
        Said said = run(training("--lr", "1e-3", "--json"), "plan");
        assertThat(said.status()).as(said.err()).isZero();
        assertThat(said.json().toString()).contains("0.001");
        assertThat(files(folder)).isEmpty();
        Said text = run(training("--lr", "1e-3"), "plan");
        assertThat(text.out()).contains("given", "token -> label");
    }

    @Test
    void plan_png_isAPictureOfEveryGroup() throws IOException {
        Path png = folder.resolve("plan.png");
        Said said = run(
                training("--lr", "1e-3", "--lora-plus", "16", "--layer-decay", "0.9", "--png", png.toString()), "plan");
        assertThat(said.status()).as(said.err()).isZero();
        assertThat(said.out()).contains("lora_b.layer00", "x layer decay 0.9 x LoRA+ 16", "evidence");
        java.awt.image.BufferedImage picture = javax.imageio.ImageIO.read(png.toFile());
        assertThat(picture.getWidth()).isEqualTo(1600);
        assertThat(files(folder)).hasSize(1);
    }

    /** The sessions of TensorBoard's HParams table that begin and end in a run's event files, in their order. */
    static List<String> hparams(Path run) {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(run.resolve("tensorboard"))) {
            List<Path> sorted = files.filter(Files::isRegularFile).sorted().toList();
            assertThat(sorted).isNotEmpty();
            for (Path file : sorted) {
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                Matcher matcher =
                        Pattern.compile("_hparams_/session_(\\w+?)_info").matcher(text);
                while (matcher.find()) {
                    found.add(matcher.group(1));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    @Test
    void trainThenEvalThenGenerate_json_agreeWithEachOther() {
        Path out = folder.resolve("run");
        Said trained = run(
                training(
                        "--lr",
                        "5e-3",
                        "--val",
                        validation.toString(),
                        "--val-generate",
                        "3",
                        "--max-new-tokens",
                        "6",
                        "--out",
                        out.toString(),
                        "--json"),
                "train");
        assertThat(trained.status()).as(trained.err()).isZero();
        JsonNode result = trained.json();
        assertThat(result).isEqualTo(Runs.json(out.resolve("result.json")));
        assertThat(hparams(out)).containsExactly("start", "end");
        assertThat(result.get("status").asText()).isEqualTo("finished");
        assertThat(result.get("steps").asInt()).isEqualTo(6);
        assertThat(trained.err()).contains("token -> label", "step 6/6", "validation loss");
        double after = result.get("final").get("loss").asDouble();

        List<String> measure = List.of(
                "--model",
                model.toString(),
                "--val",
                validation.toString(),
                "--max-new-tokens",
                "6",
                "--threads",
                "1",
                "--json");
        Said base = run(Runs.with(measure, "--metrics", "loss"), "eval");
        assertThat(base.status()).as(base.err()).isZero();
        assertThat(base.json().has("bleu-4")).isFalse();
        Said tuned = run(Runs.with(measure, "--adapter", out.toString(), "--val-generate", "3"), "eval");
        assertThat(tuned.status()).as(tuned.err()).isZero();
        JsonNode scores = tuned.json();
        for (String key : List.of("loss", "tokens", "perplexity", "bleu-4", "rouge-1", "rouge-2", "rouge-l", "rows")) {
            assertThat(scores.has(key)).as(key).isTrue();
        }
        assertThat(scores.get("rows").asInt()).isEqualTo(5);
        assertThat(scores.get("loss").asDouble())
                .as("other passes, the same loss")
                .isCloseTo(after, within(1e-5 * after))
                .isLessThan(base.json().get("loss").asDouble());
        assertThat(scores.get("perplexity").asDouble())
                .isCloseTo(Math.exp(scores.get("loss").asDouble()), within(1e-6));
        assertThat(scores.get("bleu-4").asDouble())
                .isEqualTo(result.get("final").get("bleu-4").asDouble());
        assertThat(Runs.events(out).stream().filter(EvalEvent.class::isInstance))
                .isNotEmpty();

        List<String> generate = List.of(
                "--model",
                model.toString(),
                "--adapter",
                out.toString(),
                "--data",
                validation.toString(),
                "--prompt",
                "学习率",
                "--greedy",
                "--max-new-tokens",
                "6",
                "--threads",
                "1");
        Said written = run(Runs.with(generate, "--json"), "generate");
        assertThat(written.status()).as(written.err()).isZero();
        JsonNode answers = written.json();
        assertThat(answers.isArray()).isTrue();
        assertThat(answers).hasSize(6);
        for (JsonNode answer : answers) {
            assertThat(answer.get("prompt_ids")).isNotEmpty();
            assertThat(answer.get("new_ids").size()).isBetween(1, 6);
            assertThat(answer.get("text").isTextual()).isTrue();
        }
        Said again = run(Runs.with(generate, "--json", "--eval-batch", "1"), "generate");
        assertThat(again.json()).as("one at a time gives the same").isEqualTo(answers);
        assertThat(samples(out))
                .as("what training wrote is what generate writes")
                .isEqualTo(List.of(
                        answers.get(1).get("text"),
                        answers.get(2).get("text"),
                        answers.get(3).get("text")));
    }

    @Test
    void generate_sampling_repeatsWithItsSeed() {
        List<String> words = List.of(
                "--model",
                model.toString(),
                "--prompt",
                "the loss",
                "--prompt",
                "损失",
                "--max-new-tokens",
                "8",
                "--json",
                "--temperature",
                "1.2",
                "--top-p",
                "1",
                "--top-k",
                "0",
                "--threads",
                "1");
        JsonNode first = run(Runs.with(words, "--seed", "5"), "generate").json();
        assertThat(first).hasSize(2);
        assertThat(run(Runs.with(words, "--seed", "5"), "generate").json()).isEqualTo(first);
        assertThat(run(Runs.with(words, "--seed", "6"), "generate").json()).isNotEqualTo(first);
    }

    @Test
    void unknownFlag_exits2WithTheNearestName() {
        Said said = run(training("--warmpu", "3"), "train");
        assertThat(said.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(said.err()).contains("--warmpu").contains("--warmup");
        assertThat(said.out()).isEmpty();
        Said path = run(training("--set", "optimizer.lrr=1e-3"), "train");
        assertThat(path.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(path.err()).contains("optimizer.lrr").contains("optimizer.lr");
    }

    @Test
    void severalWrongValues_exit2AndAllAreNamed() {
        Said said = run(training("--lr", "fast", "--schedule", "cosin", "--clip", "-1"), "train");
        assertThat(said.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(said.err())
                .contains("3 problems", "optimizer.lr", "fast", "schedule.name", "cosine", "optimizer.clip");
    }

    @Test
    void zeroOfOneProcess_exits2BeforeAnythingIsWritten() {
        Path out = folder.resolve("zero");
        Said said = run(training("--zero", "on", "--out", out.toString()), "train");
        assertThat(said.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(said.err()).contains("train.zero: on; allowed: off").contains("--nproc 2 or more");
        assertThat(out).doesNotExist();
    }

    @Test
    void missingModel_exits2() {
        Said said = run(List.of("--model", folder.resolve("none").toString(), "--data", rows.toString()), "train");
        assertThat(said.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(said.err()).contains("config.json: not found");
        assertThat(run(List.of("--data", rows.toString()), "train").status()).isEqualTo(ExitStatus.WRONG_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"train", "plan", "eval", "generate"})
    void badRows_exit2AsFileAndLine(String verb) throws IOException {
        Path bad = folder.resolve("bad.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(rows));
        lines.set(3, "{\"conversations\": [{\"role\": \"user\"}]}");
        lines.set(7, "{\"conversations\": [");
        Files.write(bad, lines);
        List<String> words = List.of("--model", model.toString(), "--data", bad.toString(), "--threads", "1");
        Said said = run(words, verb);
        assertThat(said.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(said.err()).contains(bad + ":4").contains(bad + ":8");
        assertThat(said.out()).isEmpty();
    }

    @Test
    void skipBad_goesOnWithoutThemAndKeepsThem() throws IOException {
        Path bad = folder.resolve("bad.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(rows));
        lines.set(3, "{\"conversations\": 7}");
        Files.write(bad, lines);
        Path out = folder.resolve("run");
        Said said = run(
                List.of(
                        "--model",
                        model.toString(),
                        "--data",
                        bad.toString(),
                        "--threads",
                        "1",
                        "--steps",
                        "1",
                        "--skip-bad",
                        "--out",
                        out.toString()),
                "train");
        assertThat(said.status()).as(said.err()).isZero();
        assertThat(Files.readString(folder.resolve("run.bad-rows.jsonl"))).contains("bad.jsonl:4");
    }

    @Test
    void rowsWithoutATrainedToken_areNamedBeforeTheFirstStep() throws IOException {
        Path some = folder.resolve("some.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(rows));
        lines.set(
                2,
                "{\"conversations\":[{\"role\":\"user\",\"content\":\"the loss\"},"
                        + "{\"role\":\"assistant\",\"content\":\"falls\",\"loss\":false}]}");
        Files.write(some, lines);
        Said said = run(List.of("--model", model.toString(), "--data", some.toString(), "--threads", "1"), "plan");
        assertThat(said.status()).as(said.err()).isZero();
        assertThat(said.out())
                .contains("1 of 12 rows have no token to train and are left out")
                .contains("some.jsonl:3");
    }

    @Test
    void divergingRun_exits3() {
        Path out = folder.resolve("run");
        Said said = run(
                training("--lr", "1e30", "--method", "full", "--clip", "0", "--out", out.toString(), "--json"),
                "train");
        assertThat(said.status()).as(said.err()).isEqualTo(ExitStatus.STOPPED);
        assertThat(said.json().get("status").asText()).isEqualTo("stopped");
        assertThat(said.err()).contains("non-finite: stop");
    }

    @Test
    void folderInUse_exits2AndIsLeftAlone() throws IOException {
        Path out = folder.resolve("run");
        assertThat(run(training("--steps", "2", "--out", out.toString()), "train")
                        .status())
                .isZero();
        Map<String, Long> before = files(out);
        Said said = run(training("--steps", "3", "--out", out.toString()), "train");
        assertThat(said.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(said.err()).contains("already holds a run").contains("--resume");
        assertThat(files(out)).isEqualTo(before);
    }

    @Test
    void resume_onlyAsTheRunBegan() throws IOException {
        Path out = folder.resolve("run");
        assertThat(run(training("--steps", "2", "--lr", "1e-3", "--out", out.toString()), "train")
                        .status())
                .isZero();
        byte[] events = Files.readAllBytes(out.resolve("events.jsonl"));
        Said said = run(List.of("--resume", out.toString(), "--lr", "2e-3", "--batch", "3"), "train");
        assertThat(said.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(said.err()).contains("optimizer.lr: 2e-3", "1e-3, as the run began", "train.batch: 3");
        Said longer = run(List.of("--resume", out.toString(), "--epochs", "5", "--layer-decay", "0.9"), "train");
        assertThat(longer.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(longer.err())
                .contains("train.epochs: 5", "train.steps: not given; allowed: 2, as the run began", "0.9");
        Path plan = out.resolve("plan.json");
        String planned = Files.readString(plan);
        Files.writeString(
                plan,
                planned.replace(
                        "\"precision\" : {\n    \"value\" : \"fp32\"", "\"precision\" : {\n    \"value\" : \"fp16\""));
        assertThat(Files.readString(plan))
                .as("as if another device had begun it")
                .isNotEqualTo(planned);
        Said elsewhere = run(List.of("--resume", out.toString()), "train");
        assertThat(elsewhere.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(elsewhere.err()).contains("plan: precision: fp32; allowed: fp16, as the run began");
        Files.writeString(plan, planned);
        Said same = run(List.of("--resume", out.toString(), "--lr", "1e-3", "--keep-last", "5", "--json"), "train");
        assertThat(same.status()).as(same.err()).isZero();
        assertThat(same.json().get("reason").asText()).isEqualTo("all 2 updates were made");
        assertThat(Files.readAllBytes(out.resolve("events.jsonl"))).isEqualTo(events);
        Path yaml = Files.writeString(folder.resolve("more.yaml"), "train:\n  keep_last: 4\n");
        Said both = run(List.of("--resume", out.toString(), "--config", yaml.toString()), "train");
        assertThat(both.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(both.err()).contains("--config", "more.yaml", "Leave --config out");
        Said nothing = run(List.of("--resume", folder.resolve("none").toString()), "train");
        assertThat(nothing.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(nothing.err()).contains("holds no run");
        Files.writeString(rows.resolveSibling("other.jsonl"), Files.readString(validation));
        Files.writeString(
                out.resolve("config.yaml"),
                Files.readString(out.resolve("config.yaml")).replace("rows.jsonl", "other.jsonl"));
        Said other = run(List.of("--resume", out.toString()), "train");
        assertThat(other.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(other.err()).contains("belongs to other data");
    }

    private static List<String> training(String... more) {
        List<String> words = new ArrayList<>(List.of(more));
        if (!words.contains("--steps")) {
            words.addAll(List.of("--steps", "6"));
        }
        if (!words.contains("--batch")) {
            words.addAll(List.of("--batch", "4"));
        }
        words.addAll(List.of("--model", model.toString(), "--data", rows.toString(), "--threads", "1"));
        return words;
    }

    private static Said run(String verb, String... words) {
        return run(List.of(words), verb);
    }

    private static Said run(List<String> words, String verb) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false);
        java.io.PrintStream stdout = System.out;
        System.setOut(console.out()); // help is printed by picocli itself
        try {
            int status = Main.commandLine(console)
                    .execute(Runs.with(List.of(verb), words.toArray(new String[0]))
                            .toArray(new String[0]));
            return new Said(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(stdout);
        }
    }

    private static List<JsonNode> samples(Path run) {
        try {
            List<JsonNode> texts = new ArrayList<>();
            for (String line : Files.readAllLines(run.resolve("samples.jsonl"))) {
                JsonNode sample = new ObjectMapper().readTree(line);
                if (sample.get("step").asInt() == 6) {
                    texts.add(sample.get("prediction"));
                }
            }
            return texts;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Map<String, Long> files(Path folder) throws IOException {
        Map<String, Long> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                files.put(
                        folder.relativize(file).toString(),
                        Files.getLastModifiedTime(file).toMillis());
            }
        }
        return files;
    }
}
