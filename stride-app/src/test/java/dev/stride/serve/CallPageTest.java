package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Download;
import dev.stride.Chromium;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A call on the page: a microphone, an answer that sounds, an interruption, a connection that is cut. */
class CallPageTest extends CallPageRig {
    private static final String ANSWER = "我最喜欢 1e-2，因为它的损失最低。";

    private void answer(int turn, int millis) {
        server.answer(turn, ANSWER.substring(0, 8));
        server.tone(turn, 22_050, millis, 440);
        server.say("response.output_audio_transcript.delta", turn, "delta", ANSWER.substring(8));
        server.say("stride.answered", turn);
    }

    @Test
    void call_sendsRealSound_playsTheAnswer_andShowsBothSides() throws Exception {
        try (Chromium page = browser("zh-CN")) {
            call(page);
            JsonNode session = server.await("session.update", event -> true).path("session");
            assertThat(session.path("stride").toString())
                    .isEqualTo("{\"binary\":true,\"ears\":\"server\",\"mouth\":\"server\",\"language\":\"zh\"}");
            while (server.frames().size() < 100) {
                Thread.sleep(10);
            }
            assertThat(server.frames()).allSatisfy(frame -> assertThat(frame).hasSize(320));
            assertThat(FakeCallServer.loudest(server.frames())).isGreaterThan(300);
            page.await("Number(document.getElementById('ring').style.getPropertyValue('--level')) > 0.05");

            server.say("input_audio_buffer.speech_started", 1, "item_id", "i1");
            page.await("document.body.dataset.hearing === 'true'");
            server.say("stride.partial", 1, "text", "你最喜欢哪个");
            page.await("document.querySelector('[data-who=you] .rest')?.textContent === '你最喜欢哪个'");
            server.say("input_audio_buffer.speech_stopped", 1, "item_id", "i1");
            phase(page, "thinking");
            server.say(
                    "conversation.item.input_audio_transcription.completed",
                    1,
                    "item_id",
                    "i1",
                    "transcript",
                    "你最喜欢哪个学习率？");
            page.await("document.querySelector('[data-who=you] .said')?.textContent === '你最喜欢哪个学习率？'");
            answer(1, 1800);
            phase(page, "speaking");
            page.await(LOUD + " > 0.1");
            page.await("document.querySelector('[data-who=model] .said')?.textContent.length > 2");
            assertThat(text(page, "[data-who=model] .rest")).isNotEmpty(); // the sound is not yet there
            server.done(1, "completed");
            server.latency(1);
            phase(page, "listening");
            assertThat(text(page, "[data-who=model] .said")).isEqualTo(ANSWER);
            page.await(LOUD + " < 1e-4");
            List<JsonNode> played = server.events("stride.played");
            assertThat(played).hasSizeBetween(6, 16);
            assertThat(played.get(played.size() - 1).path("ms").asInt()).isBetween(1780, 1820);
            assertThat(text(page, "#latency")).contains("695 毫秒", "判断说完", "320 毫秒");
            assertThat(page.value("document.querySelectorAll('#latency-bar i').length")
                            .asInt())
                    .isEqualTo(5);
            assertThat(page.complaints()).isEmpty();
            leavesNothingElsewhere();
        }
    }

    @Test
    void interruption_silencesWithinAFifthOfASecond_andTellsWhatWasHeard() throws Exception {
        try (Chromium page = browser("en")) {
            call(page);
            answer(1, 6000);
            phase(page, "speaking");
            page.await(LOUD + " > 0.1");
            server.await("stride.played", event -> event.path("ms").asInt() > 600);
            page.page()
                    .evaluate("() => { window.quiet = null; const lines = document.getElementById('lines');"
                            + " new MutationObserver((list, me) => { if (lines.textContent.includes('interrupted')) { me.disconnect(); const from = performance.now();"
                            + " const look = () => window.soundOf.loudness() < 1e-3 ? window.quiet = performance.now() - from : setTimeout(look, 4); look(); } })"
                            + ".observe(lines, { subtree: true, childList: true, characterData: true }); }");
            server.forget();
            server.send(interrupted(1, "我最喜欢", 700));
            server.tone(1, 22_050, 600, 440); // what was on its way of the old turn
            page.await("window.quiet !== null");
            assertThat(page.value("window.quiet").asDouble()).isLessThan(200);
            phase(page, "listening");
            JsonNode last = server.await("stride.played", event -> true);
            assertThat(last.path("turn").asInt()).isEqualTo(1);
            assertThat(last.path("ms").asInt()).isBetween(600, 5000);
            Thread.sleep(400); // the stale sound must not begin again
            assertThat(page.value(LOUD).asDouble()).isLessThan(1e-3);
            assertThat(server.events("stride.played")).hasSizeLessThanOrEqualTo(2);
            assertThat(text(page, "[data-who=model]"))
                    .contains("我最喜欢", "interrupted")
                    .doesNotContain("损失");
            server.done(1, "cancelled");

            server.answer(2, "And now?");
            server.tone(2, 16_000, 1500, 600);
            phase(page, "speaking");
            page.click("#press"); // interrupts by hand
            server.await("response.cancel", event -> true);
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void answerWithoutAWord_leavesNoThinking() throws Exception {
        try (Chromium page = browser("en")) {
            call(page);
            server.say("input_audio_buffer.speech_stopped", 1);
            phase(page, "thinking");
            server.say("response.created", 1);
            server.say("stride.answered", 1);
            server.done(1, "completed");
            phase(page, "listening");
            assertThat(page.page().locator("[data-who=model]").count()).isZero();
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void cut_connectsAgain_withTheHistoryThatWasHeard() throws Exception {
        try (Chromium page = browser("en")) {
            call(page);
            page.page().fill("#message", "Which rate?");
            page.key("Tab");
            page.page().press("#message", "Enter");
            server.await("stride.said", event -> event.path("text").asText().equals("Which rate?"));
            answer(1, 600);
            server.done(1, "completed");
            page.await("document.querySelector('[data-who=model] .said')?.textContent === '" + ANSWER + "'");
            phase(page, "listening");
            server.forget();
            server.refusing(true);
            server.cut();
            page.await("document.getElementById('notice').textContent.includes('Trying again')");
            phase(page, "connecting");
            Thread.sleep(900);
            server.refusing(false);
            page.page().locator("#notice .small").click(); // at once
            phase(page, "listening");
            page.await("document.getElementById('notice').textContent.includes('Connected again')");
            assertThat(server.connections()).isEqualTo(2);
            server.await(
                    "conversation.item.create",
                    event -> event.path("item").path("role").asText().equals("assistant"));
            assertThat(server.events("conversation.item.create").stream()
                            .map(event -> event.path("item").path("role").asText() + ": "
                                    + event.path("item")
                                            .path("content")
                                            .path(0)
                                            .path("type")
                                            .asText() + " "
                                    + event.path("item")
                                            .path("content")
                                            .path(0)
                                            .path("text")
                                            .asText()))
                    .containsExactly("user: input_text Which rate?", "assistant: output_text " + ANSWER);
            server.forget();
            while (server.frames().size() < 5) {
                Thread.sleep(10); // the microphone is heard again
            }
            server.tone(1, 16_000, 300, 440); // turns are numbered anew
            phase(page, "speaking");
            page.key("Escape");
            phase(page, "idle");
        }
    }

    @Test
    void keep_offersTheRecordingAtTheEnd() throws Exception {
        try (Chromium page = browser("en")) {
            assertThat(text(page, "#kept-where")).contains("kept nowhere");
            page.click("#keep");
            assertThat(text(page, "#kept-where")).contains("recording").doesNotContain("kept nowhere");
            call(page);
            answer(1, 900);
            server.done(1, "completed");
            phase(page, "speaking");
            phase(page, "listening");
            page.click("#hang");
            phase(page, "idle");
            assertThat(text(page, "#save")).startsWith("Save the recording (0:0");
            Download file = page.page().waitForDownload(() -> page.click("#save"));
            Path kept = temp.resolve("kept.wav");
            file.saveAs(kept);
            ByteBuffer wav = ByteBuffer.wrap(Files.readAllBytes(kept)).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(wav.getShort(22)).isEqualTo((short) 2);
            assertThat(wav.getInt(24)).isEqualTo(16_000);
            double left = 0;
            double right = 0;
            for (int at = 44; at + 4 <= wav.limit(); at += 4) {
                left = Math.max(left, Math.abs(wav.getShort(at)));
                right = Math.max(right, Math.abs(wav.getShort(at + 2)));
            }
            assertThat(left).isGreaterThan(500);
            assertThat(right).isBetween(10_000.0, 14_000.0);
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void resampler_keepsATone_andLetsNothingFoldDown() throws Exception {
        try (Chromium page = browser("en")) {
            String measure = "async ([from, hertz]) => { const { Resampler } = await import('./call-mic.js');"
                    + " const r = new Resampler(from, 16000); let sum = 0, n = 0, t = 0; for (let b = 0; b < 300; b++) {"
                    + " const x = new Float32Array(128); x.forEach((v, i) => { x[i] = Math.sin(2 * Math.PI * hertz * t++ / from); });"
                    + " const y = r.take(x); if (b > 20) { y.forEach(v => { sum += v * v; n++; }); } }"
                    + " return [10 * Math.log10(2 * sum / n), n]; }";
            for (int from : new int[] {44_100, 48_000, 96_000}) {
                for (int hertz : new int[] {300, 1000, 3400, 6000}) {
                    assertThat(decibels(page, measure, from, hertz)).isBetween(-0.2, 0.2);
                }
                for (int hertz : new int[] {8200, 10_000, 15_000}) {
                    assertThat(decibels(page, measure, from, hertz)).isLessThan(-60);
                }
            }
        }
    }

    private static double decibels(Chromium page, String measure, int from, int hertz) {
        List<?> found = (List<?>) page.page().evaluate(measure, List.of(from, hertz));
        return ((Number) found.get(0)).doubleValue();
    }

    private static JsonNode interrupted(int turn, String heard, int millis) {
        return FakeCallServer.JSON
                .createObjectNode()
                .put("type", "stride.interrupted")
                .put("turn", turn)
                .put("heard", heard)
                .put("played_ms", millis);
    }
}
