package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.SharedFolder;
import dev.stride.SmallCheckpoint;
import dev.stride.train.Runs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** The verb find from its words to exit status, output and files. */
class FindVerbTest {
    private static final Map<String, SignalHandler> BEFORE = new TreeMap<>();

    @TempDir
    Path folder;

    @BeforeAll
    static void keepSignals() {
        for (String name : List.of("INT", "TERM")) {
            BEFORE.put(name, Signal.handle(new Signal(name), SignalHandler.SIG_DFL));
        }
    }

    @AfterAll
    static void restoreSignals() {
        BEFORE.forEach((name, handler) -> Signal.handle(new Signal(name), handler));
    }

    private static VerbRun find(List<String> words) {
        return VerbRun.of(
                Runs.with(List.of("find"), words.toArray(String[]::new)).toArray());
    }

    @Test
    void find_bundledCheckpoint_namesAPeakBelowATenthOfTheCeiling() throws IOException {
        Path samples = SharedFolder.projectRoot().resolve("samples");
        Path out = folder.resolve("out");
        VerbRun run = find(List.of(
                "--model",
                samples.resolve("model").toString(),
                "--data",
                samples.resolve("dialogue/train.jsonl").toString(),
                "--task",
                "dialogue",
                "--method",
                "full",
                "--batch",
                "2",
                "--threads",
                "1",
                "--find-steps",
                "24",
                "--find-low",
                "1e-6",
                "--out",
                out.toString(),
                "--json"));
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode answer = run.json();
        assertThat(answer.get("outcome").asText())
                .as(answer.get("sentence").asText())
                .isEqualTo("answer");
        double suggestion = answer.get("suggestion").asDouble();
        double ceiling = answer.get("ceiling").asDouble();
        assertThat(suggestion).isBetween(5e-5, 5e-3).isLessThanOrEqualTo(ceiling / 10);
        assertThat(ceiling).isBetween(3e-3, 0.3);
        assertThat(answer.get("passes")).hasSize(3);
        assertThat(Runs.json(out.resolve("find.json"))).isEqualTo(answer);
        assertThat(ImageIO.read(out.resolve("find.png").toFile()).getWidth()).isEqualTo(1600);
        try (var files = Files.list(out)) {
            assertThat(files.toList()).hasSize(2);
        }
        assertThat(run.err()).contains("pass 3/3  lr ");
    }

    @Test
    void find_forPeople_drawsTheCurveAndSaysNoAnswerPlainly() {
        Path model = SmallCheckpoint.PLAIN.writeBelow(folder);
        Path rows = SmallCheckpoint.rows(folder.resolve("rows.jsonl"), 12, 40);
        VerbRun run = find(List.of(
                "--model",
                model.toString(),
                "--data",
                rows.toString(),
                "--batch",
                "6",
                "--micro-batch",
                "2",
                "--threads",
                "1",
                "--find-steps",
                "20",
                "--find-low",
                "1e-9",
                "--find-high",
                "1e-7",
                "--out",
                folder.resolve("out").toString()));
        assertThat(run.status()).as("no answer is an answer").isZero();
        assertThat(run.out())
                .contains("No answer: ", "60 updates of 6 rows in 3 passes (189 micro-batches)", "•", "learning rate")
                .doesNotContain("Use a peak");
    }

    @Test
    void find_wrongWords_areRefused() {
        VerbRun run = find(List.of("--model", "m", "--data", "d", "--find-low", "2", "--find-steps", "3"));
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run.err()).contains("find.low", "below find.high", "find.steps");
        VerbRun resumed = find(List.of("--model", "m", "--data", "d", "--resume", "runs/x"));
        assertThat(resumed.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(resumed.err()).contains("output.resume", "--init-adapter");
    }
}
