package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stride.SharedFolder;
import dev.stride.TestTools;
import dev.stride.chat.ChatEnd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * OpenAI's own clients, and a program that others wrote for OpenAI, against the server; nothing is set but the two variables
 * of the environment that all of them read. {@code src/test/tools/install.sh} installs them.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "links are made")
class OpenAiClientsTest {
    private static final String KEY = "sk-of-the-test";
    private static final Path SCRIPTS = SharedFolder.projectRoot().resolve("stride-app/src/test/tools");

    @TempDir
    Path temp;

    /** Two answers at a time, and one that waits. */
    private static ChatRig open() {
        return open(ChatRig.QUIET);
    }

    private static ChatRig open(Duration quiet) {
        return ChatRig.open(ChatRig.setup()
                .quiet(quiet)
                .engine(ChatRig.setup().engine().withAnswers(2).withWaiting(1))
                .keys(KEY)
                .alias("gpt-4o-mini", ChatRig.ONE));
    }

    private String run(ChatRig rig, Path tools, String... command) throws Exception {
        Path log = temp.resolve("client.log");
        ProcessBuilder builder = TestTools.program(tools, log, List.of(command));
        builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        builder.environment().put("OPENAI_BASE_URL", rig.address("/v1"));
        builder.environment().put("OPENAI_API_KEY", KEY);
        builder.environment().put("NO_PROXY", "127.0.0.1");
        builder.environment().put("LLM_USER_PATH", temp.toString());
        return TestTools.output(builder, log);
    }

    private static Path has(Path file, String what) {
        assumeTrue(
                Files.exists(file),
                "SKIPPED: there is no " + file + ", so " + what
                        + " was not tried; stride-app/src/test/tools/install.sh installs it");
        return file;
    }

    private static void leftNothing(ChatRig rig) throws InterruptedException {
        assertThat(rig.await(status -> status.answering() + status.waiting() == 0)
                        .cacheTokensHeld())
                .isZero();
        assertThat(rig.log).noneMatch(line -> line.status() == 500);
    }

    @Test
    void python_client_findsEverythingThere() throws Exception {
        Path tools = TestTools.require();
        Process found = new ProcessBuilder(tools.resolve("bin/python").toString(), "-c", "import openai, requests")
                .redirectErrorStream(true)
                .redirectOutput(temp.resolve("import.log").toFile())
                .start();
        assumeTrue(
                found.waitFor() == 0,
                "SKIPPED: " + tools
                        + " has no OpenAI's client for Python; stride-app/src/test/tools/install.sh installs it");
        try (ChatRig rig = open()) {
            assertThat(run(
                            rig,
                            tools,
                            tools.resolve("bin/python").toString(),
                            SCRIPTS.resolve("openai_client.py").toString()))
                    .contains("passed");
            leftNothing(rig);
            assertThat(rig.ended(ChatEnd.Reason.CANCELLED))
                    .as("streams that were left")
                    .isEqualTo(3);
        }
    }

    @Test
    void python_readerOfLines_seesEachEventWhenItIsSent() throws Exception {
        Path tools = TestTools.require();
        has(tools.resolve("bin/llm"), "requests");
        try (ChatRig rig = open(Duration.ofMinutes(1))) {
            assertThat(run(
                            rig,
                            tools,
                            tools.resolve("bin/python").toString(),
                            SCRIPTS.resolve("openai_client.py").toString(),
                            "lines"))
                    .contains("passed");
        }
    }

    @Test
    void node_client_findsEverythingThere() throws Exception {
        Path tools = TestTools.require();
        Path modules = has(tools.resolve("node/node_modules"), "OpenAI's client for Node");
        Path script = Files.copy(SCRIPTS.resolve("node/openai_client.mjs"), temp.resolve("openai_client.mjs"));
        Files.createSymbolicLink(temp.resolve("node_modules"), modules.toAbsolutePath());
        try (ChatRig rig = open()) {
            assertThat(run(rig, tools, "node", script.toString())).contains("passed");
            leftNothing(rig);
            assertThat(rig.ended(ChatEnd.Reason.CANCELLED))
                    .as("aborted streams")
                    .isEqualTo(3);
        }
    }

    @Test
    void programWrittenForOpenAi_answersByItsBuiltInName() throws Exception {
        Path tools = TestTools.require();
        Path llm = has(tools.resolve("bin/llm"), "the program llm");
        try (ChatRig rig = open()) {
            String said = run(
                    rig,
                    tools,
                    llm.toString(),
                    "-m",
                    "gpt-4o-mini",
                    "-o",
                    "max_tokens",
                    "8",
                    "-o",
                    "temperature",
                    "0",
                    "早上好");
            String expected = ChatRig.words(ChatRig.whole(rig.post(
                    "/v1/chat/completions",
                    ChatRig.question("gpt-4o-mini", "早上好", "temperature", 0, "max_tokens", 8)
                            .toString(),
                    "Authorization",
                    "Bearer " + KEY)));
            assertThat(said.strip()).isEqualTo(expected.strip());
            assertThat(rig.log)
                    .anyMatch(line -> line.status() == 200 && line.model().equals(ChatRig.ONE));
        }
    }
}
