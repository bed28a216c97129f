package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.SharedFolder;
import dev.stride.SmallFiles;
import dev.stride.TestTools;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.SampleRecord;
import dev.stride.experiment.StepEvent;
import dev.stride.train.Runs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What TensorBoard itself reads from the folders of runs and sweeps. */
class RealTensorBoardTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path tools;
    private static SmallFiles files;

    @BeforeAll
    static void write() {
        tools = TestTools.require();
        files = SmallFiles.write(shared, 24, 20, 12, 21);
    }

    private static VerbRun run(String verb, Object... more) {
        List<Object> words = new ArrayList<>(
                List.of(verb, "--model", files.model(), "--data", files.rows(), "--val", files.validation()));
        words.addAll(List.of("--task", "dialogue", "--batch", 4, "--steps", 8, "--eval-every", 4, "--threads", 1));
        words.addAll(List.of("--val-generate", 2, "--max-new-tokens", 4));
        words.addAll(Arrays.asList(more));
        return VerbRun.of(words.toArray());
    }

    private JsonNode read(Path logs) throws Exception {
        Path log = folder.resolve("tensorboard.json");
        ProcessBuilder reader = TestTools.program(
                        tools,
                        log,
                        List.of(
                                tools.resolve("bin/python").toString(),
                                SharedFolder.projectRoot()
                                        .resolve("stride-app/src/test/tools/read_tensorboard.py")
                                        .toString(),
                                logs.toString()))
                .redirectErrorStream(false)
                .redirectError(folder.resolve("tensorboard.err").toFile());
        return new ObjectMapper().readTree(TestTools.output(reader, log));
    }

    private static <T> void same(JsonNode series, List<T> events, Function<T, Long> step, Function<T, Double> value) {
        assertThat(series).hasSameSizeAs(events).isNotEmpty();
        for (int i = 0; i < events.size(); i++) {
            assertThat(series.path(i).path(0).longValue()).isEqualTo(step.apply(events.get(i)));
            // TensorBoard keeps float32
            assertThat((float) series.path(i).path(1).doubleValue())
                    .isEqualTo(value.apply(events.get(i)).floatValue());
        }
    }

    @Test
    void run_hasItsCurvesByGroup_andItsTexts() throws Exception {
        Path out = folder.resolve("first");
        VerbRun trained = run("train", "--method", "full", "--lr", "1e-3", "--out", out);
        assertThat(trained.status()).as(trained.err()).isZero();
        // as people open several runs; of a folder that is itself a run the plugin shows no scores
        JsonNode all = read(folder);
        JsonNode there = all.path("runs").path("first/tensorboard");
        JsonNode scalars = there.path("scalars");
        List<StepEvent> steps = Runs.steps(out);
        List<EvalEvent> evals = Runs.events(out).stream()
                .filter(EvalEvent.class::isInstance)
                .map(EvalEvent.class::cast)
                .toList();
        assertThat(steps.get(0).lr().keySet()).containsExactlyInAnyOrder("decay", "no_decay");
        TreeSet<String> tags = new TreeSet<>(List.of("train/loss", "train/grad_norm", "train/tokens_per_second"));
        same(scalars.path("train/loss"), steps, StepEvent::step, StepEvent::loss);
        same(scalars.path("train/grad_norm"), steps, StepEvent::step, StepEvent::gradNorm);
        same(scalars.path("train/tokens_per_second"), steps, StepEvent::step, StepEvent::tokensPerSecond);
        for (String group : steps.get(0).lr().keySet()) {
            tags.add("lr/" + group);
            same(
                    scalars.path("lr/" + group),
                    steps,
                    StepEvent::step,
                    step -> Objects.requireNonNull(step.lr().get(group)));
        }
        tags.add("eval/loss");
        same(scalars.path("eval/loss"), evals, EvalEvent::step, EvalEvent::loss);
        for (String score : evals.get(0).scores().keySet()) {
            tags.add("eval/" + score);
            same(
                    scalars.path("eval/" + score),
                    evals,
                    EvalEvent::step,
                    eval -> Objects.requireNonNull(eval.scores().get(score)));
        }
        assertThat(tags).hasSizeGreaterThan(8);
        assertThat(names(scalars)).isEqualTo(tags);
        assertThat(all.path("groups")).hasSize(1);
        JsonNode row = all.path("groups").path(0);
        assertThat(row.path("hparams").path("lr").doubleValue()).isEqualTo(1e-3);
        assertThat(row.path("hparams").path("method").textValue()).isEqualTo("full");
        assertThat(row.path("hparams").path("planned_steps").doubleValue()).isEqualTo(8);
        JsonNode session = row.path("sessions").path(0);
        assertThat(session.path("status").textValue()).isEqualTo("STATUS_SUCCESS");
        EvalEvent last = evals.get(evals.size() - 1);
        assertThat(session.path("metrics").path("eval/loss").path(0).longValue())
                .isEqualTo(last.step());
        assertThat((float) session.path("metrics").path("eval/loss").path(1).doubleValue())
                .isEqualTo((float) last.loss());
        List<SampleRecord> samples = EventReader.read(out).samples();
        assertThat(samples).hasSize(2 * evals.size());
        for (int i = 0; i < samples.size(); i++) {
            SampleRecord sample = samples.get(i);
            JsonNode text = there.path("texts").path("samples/" + (i % 2 + 1)).path(i / 2);
            assertThat(text.path(0).longValue()).isEqualTo(sample.step());
            String said = text.path(1).textValue();
            for (String part : List.of(sample.prompt(), sample.prediction(), sample.reference())) {
                assertThat(said).contains("    " + part.replace("\n", "\n    "));
            }
        }
    }

    @Test
    void sweep_isATableOfSettingsAndScores() throws Exception {
        Path out = folder.resolve("rates");
        VerbRun sweep = run(
                "sweep",
                "--lora-rank",
                4,
                "--lora-alpha",
                8,
                "--lora-targets",
                "all",
                "--lrs",
                "1e-4,1e-3",
                "--grow",
                "off",
                "--prune",
                "off",
                "--out",
                out);
        assertThat(sweep.status()).as(sweep.err()).isZero();
        JsonNode there = read(out.resolve("tensorboard"));
        List<String> columns = new ArrayList<>();
        there.path("hparams").forEach(name -> columns.add(name.textValue()));
        assertThat(columns).contains("lr", "batch", "lora_rank", "method", "seed");
        List<String> metrics = new ArrayList<>();
        there.path("metrics").forEach(name -> metrics.add(name.textValue()));
        assertThat(metrics).contains("eval/loss", "eval/bleu-4");
        Map<String, Double> rates = Map.of("lr 1e-4", 1e-4, "lr 1e-3", 1e-3);
        assertThat(there.path("groups")).hasSize(2);
        for (JsonNode group : there.path("groups")) {
            String name = group.path("name").textValue();
            assertThat(group.path("hparams").path("lr").doubleValue()).isEqualTo(rates.get(name));
            assertThat(group.path("hparams").path("method").textValue()).isEqualTo("lora");
            assertThat(group.path("hparams").path("batch").doubleValue()).isEqualTo(4);
            JsonNode session = group.path("sessions").path(0);
            assertThat(session.path("status").textValue()).isEqualTo("STATUS_SUCCESS");
            Path trial = out.resolve("trials/" + name.replace(' ', '-'));
            List<EvalEvent> evals = Runs.events(trial).stream()
                    .filter(EvalEvent.class::isInstance)
                    .map(EvalEvent.class::cast)
                    .toList();
            EvalEvent last = evals.get(evals.size() - 1);
            assertThat(session.path("metrics").path("eval/loss").path(0).longValue())
                    .isEqualTo(last.step());
            assertThat((float) session.path("metrics").path("eval/loss").path(1).doubleValue())
                    .isEqualTo((float) last.loss());
            assertThat(names(session.path("metrics"))).isEqualTo(new TreeSet<>(metrics));
        }
    }

    private static TreeSet<String> names(JsonNode object) {
        TreeSet<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
