package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.Child;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The call page in a real browser against the real server, with a microphone that plays speech and engines of this machine. */
class CallPageEnginesTest {
    private static final String QUESTION = "what is the learning rate";
    private static final int TOKENS = 160;
    private static final Map<String, String> ENGINES =
            Map.of("speaker", "espeak-ng", "recognizer", "pocketsphinx", "words-per-minute", "120");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temp;

    @BeforeAll
    static void require() {
        LocalSpeech.require();
    }

    @Test
    void speechInMidSentence_silencesTheAnswer_andOnlyWhatWasHeardWasSaid() throws Exception {
        Microphone speech = new Microphone().silence(0.5).say(QUESTION).silence(8);
        try (ChatRig rig = ChatRig.open(ChatRig.setup().greedy(TOKENS), ENGINES, RunFiles.NONE);
                CallPage call = new CallPage(temp, rig.address("/call/"), speech.again(temp))) {
            CallPageRig.call(call.page);
            JsonNode cut = call.await(
                    "stride.interrupted", event -> !event.path("heard").asText().isEmpty());
            int turn = cut.path("turn").asInt();
            String heard = cut.path("heard").asText();
            call.page.await(CallPageRig.LOUD + " < 1e-4");
            CallPageRig.phase(call.page, "listening");
            String all = call.answer(turn);
            assertThat(all).startsWith(heard).hasSizeGreaterThan(heard.length());
            assertThat(call.page.page().locator("[data-who=model]").first().innerText())
                    .endsWith(heard.strip() + " — interrupted");

            int second = call.await(
                            "conversation.item.input_audio_transcription.completed",
                            event -> event.path("turn").asInt() > turn
                                    && !event.path("transcript").asText().isEmpty())
                    .path("turn")
                    .asInt();
            call.await("stride.answered", event -> event.path("turn").asInt() == second);
            List<Message> said = said(call, second);
            assertThat(said.get(0).content()).contains("learning");
            assertThat(said).contains(Message.of(Role.ASSISTANT, heard));
            assertThat(call.answer(second).strip()).isEqualTo(answer(rig, said));
            List<Message> whole = new ArrayList<>(said);
            whole.set(said.indexOf(Message.of(Role.ASSISTANT, heard)), Message.of(Role.ASSISTANT, all));
            assertThat(answer(rig, whole))
                    .as("the test can tell the histories apart")
                    .isNotEqualTo(answer(rig, said));
            assertThat(call.page.complaints()).isEmpty();
        }
    }

    /** What was understood and heard up to the question of a turn; questions without an answer between them are one. */
    private static List<Message> said(CallPage call, int last) {
        List<Message> said = new ArrayList<>();
        for (JsonNode event : call.heard()) {
            String text = event.path("transcript").asText(event.path("heard").asText());
            boolean question = event.path("type").asText().endsWith("transcription.completed");
            boolean answer = event.path("type").asText().equals("stride.interrupted");
            if (text.isBlank() || !question && !answer || event.path("turn").asInt() > last) {
                continue;
            }
            boolean joins =
                    question && !said.isEmpty() && said.get(said.size() - 1).role() == Role.USER;
            String before = joins ? said.remove(said.size() - 1).content() + " " : "";
            said.add(Message.of(question ? Role.USER : Role.ASSISTANT, before + text));
            if (question && event.path("turn").asInt() == last) {
                return said;
            }
        }
        throw new AssertionError("turn " + last + " was not understood");
    }

    private static String answer(ChatRig rig, List<Message> said) throws Exception {
        return rig.ask(ChatRig.ONE, TOKENS, said).text().strip();
    }

    @Test
    void noiseClicksAndSilence_areNoTurns_andASentenceBehindThemIs() throws Exception {
        Microphone sound = new Microphone()
                .silence(1)
                .noise(4, 1_200)
                .silence(1)
                .clicks(4)
                .silence(1)
                .say(QUESTION)
                .silence(2);
        try (ChatRig rig = ChatRig.open(ChatRig.setup().greedy(24), ENGINES, RunFiles.NONE);
                CallPage call = new CallPage(temp, rig.address("/call/"), sound.once(temp))) {
            CallPageRig.call(call.page);
            JsonNode started = call.await("input_audio_buffer.speech_started", event -> true);
            call.await("stride.answered", event -> true);
            CallPageRig.phase(call.page, "listening");
            assertThat(started.path("audio_start_ms").asDouble()).isGreaterThan(11_000);
            assertThat(call.heard("input_audio_buffer.speech_started")).hasSize(1);
            assertThat(call.heard("response.created")).hasSize(1);
            assertThat(call.page.page().locator("[data-who=you]").count()).isEqualTo(1);
            assertThat(CallPageRig.text(call.page, "[data-who=you] .said")).contains("learning");
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are sent by kill")
    void laptopThatSleepsWhileItHears_isLetGo_andComesBack() throws Exception {
        Microphone speech = new Microphone().silence(0.5);
        for (int i = 0; i < 8; i++) {
            speech.say("and then we tried another rate and another rate and another one");
        }
        try (ChatRig rig = hasty();
                CallPage call = new CallPage(temp, rig.address("/call/"), speech.again(temp))) {
            CallPageRig.call(call.page);
            call.await("input_audio_buffer.speech_started", event -> true);
            await(() -> engines() > 0);
            freezesAndComesBack(call);
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are sent by kill")
    void laptopThatSleepsWhileItIsAnswered_isLetGo_andItsWordsComeBackWithIt() throws Exception {
        try (ChatRig rig = hasty();
                CallPage call = new CallPage(
                        temp, rig.address("/call/"), new Microphone().silence(1).again(temp))) {
            CallPageRig.call(call.page);
            call.ask(QUESTION);
            CallPageRig.phase(call.page, "speaking");
            call.page.await("document.querySelector('[data-who=model] .said').textContent.length > 20");
            freezesAndComesBack(call);
            List<String> brought = call.told("conversation.item.create").stream()
                    .map(event -> event.path("item")
                            .path("content")
                            .path(0)
                            .path("text")
                            .asText())
                    .toList();
            assertThat(brought).hasSize(2).startsWith(QUESTION);
            assertThat(call.answer(1)).startsWith(brought.get(1));
            assertThat(CallPageRig.text(call.page, "[data-who=model]")).endsWith(brought.get(1) + " — interrupted");
        }
    }

    /** A server that lets go a line of which nothing came for two seconds; its answers have no end. */
    private static ChatRig hasty() {
        WebServer.Limits limits =
                new WebServer.Limits(64, 64, ChatSettings.MAX_BODY, Duration.ofSeconds(2), Duration.ofSeconds(60));
        return ChatRig.open(ChatRig.setup().greedy(0).limits(limits), ENGINES, RunFiles.NONE);
    }

    /** As a laptop that is closed and opened: every process of the browser stands still. */
    private static void freezesAndComesBack(CallPage call) throws Exception {
        List<ProcessHandle> browser = ProcessHandle.current()
                .descendants()
                .filter(child -> child.info().command().orElse("").contains("chrom"))
                .toList();
        assertThat(browser).isNotEmpty();
        try {
            signal("STOP", browser);
            await(() -> calls() == 0);
            await(() -> engines() == 0);
        } finally {
            signal("CONT", browser);
        }
        call.page.await("document.getElementById('notice').textContent.includes('Connected again')");
        assertThat(call.heard("session.created")).hasSize(2);
        int frames = call.frames();
        while (call.frames() < frames + 50) {
            call.page.page().waitForTimeout(50); // it is heard again
        }
        call.page.click("#hang");
        await(() -> calls() == 0);
        await(() -> engines() == 0);
    }

    private static void signal(String name, List<ProcessHandle> processes) throws Exception {
        for (ProcessHandle process : processes) {
            Child.signal(name, process.pid());
        }
    }

    private static void await(BooleanSupplier state) throws InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!state.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("calls: " + calls() + ", programs: " + engines());
            }
            Thread.sleep(10);
        }
    }

    private static long calls() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("voice-call"))
                .count();
    }

    private static long engines() {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().command().orElse("").matches(".*(pocketsphinx|espeak).*"))
                .count();
    }
}
