package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.Chromium;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the server has no engines, or the microphone is missing: the browser's recognizer and voices, and typing. */
class CallPageOwnVoiceTest extends CallPageRig {
    private static final String STUBS = """
            window.SpeechRecognition = window.webkitSpeechRecognition = class {
              start() { window.ears = this; window.started = (window.started ?? 0) + 1; }
              abort() { this.onend?.(); }
              say(text, isFinal) {
                const result = [{ transcript: text }];
                result.isFinal = isFinal;
                this.onresult?.({ resultIndex: 0, results: [result] });
              }
            };
            window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
            window.spoken = [];
            Object.defineProperty(window, "speechSynthesis", { value: {
              getVoices: () => [{ lang: "en-US", name: "Ava", voiceURI: "ava", localService: true }, { lang: "en-GB", name: "Cloud", voiceURI: "cloud", localService: false },
                { lang: "zh-CN", name: "小晓", voiceURI: "xiao", localService: true }],
              addEventListener() {},
              speak(one) {
                window.spoken.push(one.text);
                window.mouth = one;
                setTimeout(() => one.onstart?.(), 5);
                if (!window.slow) { setTimeout(() => one.onend?.(), 60); }
              },
              pause() { if (!window.cannotPause) { this.paused = true; window.mouth?.onpause?.(); } else { window.mouth?.onend?.(); } },
              resume() { if (this.paused) { this.paused = false; window.mouth?.onresume?.(); } },
              cancel() { window.cancelled = (window.cancelled ?? 0) + 1; window.mouth?.onerror?.({ error: "canceled" }); },
            } });
            """;

    private Chromium withStubs() {
        server.engines(false);
        Chromium page = open("en-US", List.of());
        page.page().addInitScript(STUBS);
        enter(page);
        return page;
    }

    @Test
    void browsersEarsAndMouth_talk_andInterruptByThePartialText() throws Exception {
        try (Chromium page = withStubs()) {
            assertThat(page.page().inputValue("#ears")).isEqualTo("client");
            assertThat(page.page().inputValue("#mouth")).isEqualTo("client");
            assertThat(text(page, "#sent")).contains("Chrome may send", "voice of this machine");
            page.page().selectOption("#voice", "cloud");
            assertThat(text(page, "#sent")).contains("“Cloud”, which may send");
            call(page);
            JsonNode stride = server.await("session.update", event -> true)
                    .path("session")
                    .path("stride");
            assertThat(stride.path("ears").asText() + stride.path("mouth").asText())
                    .isEqualTo("clientclient");
            page.await("window.started === 1");
            page.page().evaluate("window.ears.say('which learning', false)");
            server.await("stride.partial", event -> event.path("text").asText().equals("which learning"));
            assertThat(text(page, "[data-who=you] .rest")).isEqualTo("which learning");
            page.page().evaluate("window.ears.say('which learning rate do you like', true)");
            server.await("stride.said", event -> event.path("text").asText().equals("which learning rate do you like"));
            phase(page, "thinking");
            server.answer(1, "I like one percent. Its loss was lowest.");
            server.say("stride.piece", 1, "text", "I like one percent.");
            server.say("stride.piece", 1, "text", "Its loss was lowest.");
            server.say("stride.answered", 1);
            server.await("stride.spoken", event -> event.path("turn").asInt() == 1);
            phase(page, "listening");
            assertThat(page.value("window.spoken").toString())
                    .isEqualTo("[\"I like one percent.\",\"Its loss was lowest.\"]");
            assertThat(text(page, "[data-who=model] .said")).isEqualTo("I like one percent. Its loss was lowest.");

            page.page().evaluate("window.slow = true");
            server.forget();
            server.answer(2, "Warm-up protects the first steps from large updates. And so on.");
            server.say("stride.piece", 2, "text", "Warm-up protects the first steps from large updates.");
            server.say("stride.piece", 2, "text", "And so on.");
            phase(page, "speaking");
            page.page().evaluate("window.ears.say('protects the first steps', false)"); // its own voice
            page.page().evaluate("window.mouth.onboundary({ charIndex: 21 })");
            page.page().evaluate("window.ears.say('wait what about decay', false)");
            server.await("stride.partial", event -> event.path("text").asText().startsWith("wait"));
            assertThat(server.events("stride.partial")).hasSize(1);
            server.say("stride.interrupted", 2, "heard", "Warm-up protects the");
            phase(page, "listening");
            assertThat(page.value("window.cancelled").asInt()).isEqualTo(1);
            assertThat(page.value("window.spoken.length").asInt()).isEqualTo(3); // the second piece is never spoken
            JsonNode played = server.await(
                    "stride.played", event -> event.path("text").asText().equals("Warm-up protects the "));
            assertThat(played.path("turn").asInt()).isEqualTo(2);
            assertThat(text(page, "[data-who=model]")).contains("Warm-up protects the — interrupted");

            page.page().evaluate("window.ears.onerror({ error: 'not-allowed' })");
            page.await("document.getElementById('notice').textContent.includes('not allowed')");
            phase(page, "typing");
            assertThat(page.complaints()).isEmpty();
            leavesNothingElsewhere();
        }
    }

    @Test
    void browsersVoice_isPausedWhileSomebodyMaySpeak_andGoesOn() throws Exception {
        try (Chromium page = withStubs()) {
            call(page);
            page.page().evaluate("window.slow = true");
            server.answer(1, "Warm-up protects the first steps. And so on.");
            server.say("stride.piece", 1, "text", "Warm-up protects the first steps.");
            phase(page, "speaking");
            server.say("stride.listening", 2);
            page.await("speechSynthesis.paused === true");
            server.forget();
            while (server.events("stride.played").size() < 3) {
                Thread.sleep(10);
            }
            assertThat(server.events("stride.played").stream()
                            .map(event -> event.path("ms").asInt())
                            .distinct())
                    .hasSize(1);
            server.say("stride.piece", 1, "text", "And so on.");
            server.say("stride.ignored", 2, "reason", "noise");
            page.await("speechSynthesis.paused === false");
            page.page().evaluate("window.mouth.onend()");
            page.await("window.spoken.length === 2");

            page.page().evaluate("window.cannotPause = true"); // as on phones: what is paused ends
            page.page().evaluate("window.mouth.onboundary({ charIndex: 4 })");
            server.say("stride.listening", 3);
            server.say("stride.ignored", 3, "reason", "noise");
            page.await("window.spoken.length === 3");
            assertThat(page.value("window.spoken").toString())
                    .isEqualTo("[\"Warm-up protects the first steps.\",\"And so on.\",\"so on.\"]");
            server.say("stride.answered", 1);
            page.page().evaluate("window.mouth.onend()");
            server.await("stride.spoken", event -> event.path("turn").asInt() == 1);
            phase(page, "listening");
            assertThat(text(page, "[data-who=model] .said")).isEqualTo("Warm-up protects the first steps. And so on.");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void deniedMicrophone_saysSo_andTypingGoesOn() throws Exception {
        try (Chromium page = open("en", List.of("--use-fake-device-for-media-stream", "--deny-permission-prompts"))) {
            enter(page);
            page.click("#press");
            page.await("document.getElementById('notice').textContent.includes('microphone is not allowed')");
            phase(page, "typing");
            picture(page, "denied-en");
            page.page().fill("#message", "Hello?");
            page.page().press("#message", "Enter");
            server.await("stride.said", event -> event.path("text").asText().equals("Hello?"));
            server.answer(1, "Hello.");
            server.tone(1, 16_000, 400, 500);
            server.done(1, "completed");
            phase(page, "speaking");
            phase(page, "typing");
            assertThat(text(page, "[data-who=model] .said")).isEqualTo("Hello.");
        }
    }

    @Test
    void missingMicrophone_andOneThatIsUnplugged_haveAWayOn() throws Exception {
        try (Chromium page = browser("en")) {
            page.page()
                    .evaluate(
                            "() => { const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
                                    + " window.none = true; navigator.mediaDevices.getUserMedia = wish => { window.wish = wish;"
                                    + " return window.none ? Promise.reject(new DOMException('none', 'NotFoundError')) : real(wish).then(s => window.stream = s); }; }");
            page.click("#press");
            page.await("document.getElementById('notice').textContent.includes('No microphone was found')");
            assertThat(page.value("window.wish.audio").toString())
                    .isEqualTo(
                            "{\"channelCount\":1,\"echoCancellation\":true,\"noiseSuppression\":true,\"autoGainControl\":true}");
            phase(page, "typing");
            page.page().evaluate("window.none = false");
            page.page().locator("#notice .small").click();
            phase(page, "listening");
            while (server.frames().size() < 10) {
                Thread.sleep(10);
            }
            page.page().evaluate("window.stream.getAudioTracks()[0].dispatchEvent(new Event('ended'))");
            page.await("document.getElementById('notice').textContent.includes('microphone is gone')");
            phase(page, "typing");
            page.page().evaluate("navigator.mediaDevices.dispatchEvent(new Event('devicechange'))"); // plugged in again
            phase(page, "listening");
            assertThat(page.value("document.getElementById('notice').hidden").asBoolean())
                    .isTrue();
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void key_isAskedFor_andSentAsASubprotocol() throws Exception {
        server.key("k-123");
        try (Chromium page = browser("en")) {
            page.await("document.getElementById('key').open");
            page.type("wrong");
            page.key("Enter");
            page.await("document.getElementById('key-wrong').textContent.includes('did not accept')");
            page.page().fill("#key-field", "k-123");
            page.key("Enter");
            page.await("!document.getElementById('key').open");
            page.await("document.getElementById('run-state').textContent.includes('60 of 189')");
            call(page);
            assertThat(server.protocols()).containsExactly("realtime", "openai-insecure-api-key.k-123");
            assertThat(loaded).noneMatch(url -> url.contains("k-123"));
        }
    }

    @Test
    void failingEngine_isTold_andTheCallGoesOn() throws Exception {
        try (Chromium page = browser("en")) {
            call(page);
            server.say("stride.failed", 1, "engine", "kokoro", "message", "HTTP 500");
            page.await("document.getElementById('notice').textContent.includes('kokoro failed: HTTP 500')");
            assertThat(page.value("document.body.dataset.phase").asText()).isEqualTo("listening");
            server.send(FakeCallServer.JSON.readTree("{\"type\":\"error\",\"error\":{\"message\":\"<b>no</b>\"}}"));
            page.await("document.getElementById('notice').textContent.includes('<b>no</b>')");
            server.send(FakeCallServer.JSON.readTree("{\"type\":\"some.future.event\",\"turn\":9}"));
            assertThat(page.complaints()).isEmpty();
        }
    }
}
