package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.SharedFolder;
import dev.stride.SmallCheckpoint;
import dev.stride.chat.ChatForm;
import dev.stride.config.ConfigReader;
import dev.stride.model.Generator;
import dev.stride.model.Sampling;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** Conversations from a pipe: what is typed, and what comes out. */
class ChatVerbTest {
    private static final Path MODEL = SharedFolder.projectRoot().resolve("samples/model");

    @TempDir
    Path folder;

    private record Said(int status, String out, String err) {}

    @Test
    void chat_lines_areAnsweredAsTheModelWouldWithTheHistory() throws IOException {
        Path saved = folder.resolve("said.jsonl");
        Said said = chat(
                "你好\n\n再见\n/save " + saved + "\n/quit\nnot read\n",
                MODEL.toString(),
                "--greedy",
                "--max-new-tokens",
                "24");
        assertThat(said.status()).as(said.err()).isZero();
        JsonNode turns = new ObjectMapper().readTree(Files.readString(saved)).get("conversations");
        assertThat(turns).hasSize(4);
        List<String> answers = List.of(
                turns.get(1).get("content").asText(),
                turns.get(3).get("content").asText());
        assertThat(said.out()).isEqualTo(String.join("\n", answers) + "\n");
        assertThat(answers.get(0)).isEqualTo(expected(List.of(Message.of(Role.USER, "你好"))));
        assertThat(answers.get(1))
                .isEqualTo(expected(List.of(
                        Message.of(Role.USER, "你好"),
                        Message.of(Role.ASSISTANT, answers.get(0)),
                        Message.of(Role.USER, "再见"))));
    }

    @Test
    void chat_commands_changeWhatTheModelIsTold() throws IOException {
        Path tools = Files.writeString(folder.resolve("tools.json"), "[{\"name\": \"f\"}]");
        Path saved = folder.resolve("said.jsonl");
        Said said = chat(
                "一\n/reset\n/system 简短\n/tools " + tools + "\n/tools " + folder.resolve("none")
                        + "\n/nothing\n/help\n二\n/save " + saved + "\n",
                MODEL.toString(),
                "--max-new-tokens",
                "4");
        assertThat(said.status()).as(said.err()).isZero();
        JsonNode row = new ObjectMapper().readTree(Files.readString(saved));
        assertThat(row.get("tools")).hasToString("[{\"name\":\"f\"}]");
        assertThat(row.get("conversations").get(0)).hasToString("{\"role\":\"system\",\"content\":\"简短\"}");
        assertThat(row.get("conversations").get(1)).hasToString("{\"role\":\"user\",\"content\":\"二\"}");
        assertThat(said.err()).contains("none: cannot be read", "no such command: /nothing", "/reset");
    }

    @Test
    void chat_tooLong_isSaidAndTheConversationGoesOn() {
        Said said = chat("好".repeat(2100) + "\n你好\n", MODEL.toString(), "--greedy", "--max-new-tokens", "8");
        assertThat(said.status()).as(said.err()).isZero();
        assertThat(said.err()).contains("allowed: fewer than 2048");
        assertThat(said.out()).isNotBlank();
    }

    @Test
    void chat_run_isAnsweredByItsBestCheckpointOnItsBase() throws IOException {
        Map<String, SignalHandler> before = new TreeMap<>(); // train listens to signals
        for (String name : List.of("INT", "TERM")) {
            before.put(name, Signal.handle(new Signal(name), SignalHandler.SIG_DFL));
        }
        Path base = SmallCheckpoint.PLAIN.writeBelow(folder);
        Path rows = SmallCheckpoint.rows(folder.resolve("rows.jsonl"), 12, 40);
        int compared = 0;
        for (String method : List.of("lora", "full")) {
            Path run = folder.resolve("run-" + method);
            Said trained = run(
                    "train",
                    "--model",
                    base.toString(),
                    "--data",
                    rows.toString(),
                    "--val",
                    rows.toString(),
                    "--method",
                    method,
                    "--steps",
                    "4",
                    "--batch",
                    "2",
                    "--lr",
                    "1e-2",
                    "--eval-every",
                    "2",
                    "--save-every",
                    "2",
                    "--out",
                    run.toString());
            assertThat(trained.status()).as(trained.err()).isZero();
            ChatSource source = ChatSource.of(run);
            if (method.equals("lora")) {
                assertThat(source.folder()).isEqualTo(base);
                assertThat(source.first()).endsWith(":run-lora");
            } else {
                assertThat(source.folder().getParent()).isEqualTo(run.resolve("checkpoints"));
            }
            Said said = chat("hello\n", run.toString(), "--greedy", "--max-new-tokens", "6");
            assertThat(said.status()).as(said.err()).isZero();
            compared++;
        }
        before.forEach((name, handler) -> Signal.handle(new Signal(name), handler));
        assertThat(compared).isEqualTo(2);
    }

    @Test
    void chat_nobodyOrTwoToAnswer_isRefused() {
        Said nobody = run("chat");
        assertThat(nobody.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(nobody.err()).contains("RUN|MODEL: nothing");
        Said two = run("chat", MODEL.toString(), "--model", MODEL.toString());
        assertThat(two.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run("chat", folder.resolve("none").toString()).status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run("chat", "--help").out()).contains("Example: stride chat", "--adapter", "--system");
    }

    private static String expected(List<Message> messages) {
        var config = ConfigReader.read(null, Map.of("--model", List.of(MODEL.toString())), List.of());
        try (OpenModel open = OpenModel.open(config)) {
            ChatForm form = new ChatForm(open.tokenizer());
            int[] ids = new Generator(open.model())
                    .generate(List.of(form.prompt(messages, null)), Sampling.greedy(24, form.stopIds()))
                    .get(0);
            boolean stopped = form.stopIds().contains(ids[ids.length - 1]);
            return open.tokenizer()
                    .decode(Arrays.copyOf(ids, stopped ? ids.length - 1 : ids.length))
                    .strip();
        }
    }

    private static Said chat(String input, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = console(out, err);
        int status = Main.command(
                        new ChatVerb(console, new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), false))
                .execute(arguments);
        return said(status, out, err);
    }

    private static Said run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = console(out, err);
        var line = Main.commandLine(console);
        line.setOut(new java.io.PrintWriter(console.out(), true));
        return said(line.execute(arguments), out, err);
    }

    private static Console console(ByteArrayOutputStream out, ByteArrayOutputStream err) {
        return new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false);
    }

    private static Said said(int status, ByteArrayOutputStream out, ByteArrayOutputStream err) {
        return new Said(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
