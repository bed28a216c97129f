package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.Chromium;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** While somebody may be speaking the page's answer is silent and keeps its place, until the server knows. */
class CallPageHoldTest extends CallPageRig {
    private static final int FADE = 512; // samples
    private static final int LENGTH = 24_000;
    /** Milliseconds from a message to silence, among which is the window of 21 ms over which loudness is measured. */
    private static final String QUIET =
            "const real = WebSocket; window.WebSocket = class extends real { constructor(...all) { super(...all);"
                    + " this.addEventListener('message', event => { if (String(event.data).includes('stride.listening')) {"
                    + " const from = performance.now(); const look = () => window.soundOf.loudness() < 1e-3"
                    + " ? window.quiet ??= performance.now() - from : setTimeout(look); look(); } }); } };";

    private static final int HELD_REPORTS = 4; // the page tells every 200 ms where it is

    private void answer(int turn, int millis) {
        server.answer(turn, "The rate is one percent.");
        server.tone(turn, 22_050, millis, 440);
    }

    private int heldAt(int turn) throws InterruptedException {
        server.forget();
        while (server.events("stride.played").size() < HELD_REPORTS) {
            Thread.sleep(10);
        }
        List<Integer> places = server.events("stride.played").stream()
                .filter(event -> event.path("turn").asInt() == turn)
                .map(event -> event.path("ms").asInt())
                .distinct()
                .toList();
        assertThat(places).hasSize(1);
        return places.get(0);
    }

    private void speaking(Chromium page, int turn) throws InterruptedException {
        phase(page, "speaking");
        page.await(LOUD + " > 0.1");
        server.await(
                "stride.played",
                event -> event.path("turn").asInt() == turn && event.path("ms").asInt() > 400);
    }

    /** An answer that sounds and is held; says where. */
    private int held(Chromium page) throws InterruptedException {
        call(page);
        answer(1, 3000);
        speaking(page, 1);
        server.say("stride.listening", 2);
        page.await(LOUD + " < 1e-4");
        return heldAt(1);
    }

    @Test
    void listening_holdsTheAnswer_andIgnoredLetsItGoOnToItsEnd() throws Exception {
        try (Chromium page = browser("en")) {
            page.page().evaluate("() => { " + QUIET + " }");
            int place = held(page);
            assertThat(page.value("window.quiet").asDouble()).isLessThan(200);
            assertThat(place).isBetween(400, 2900);
            assertThat(page.value("document.body.dataset.phase").asText()).isEqualTo("speaking");
            assertThat(text(page, "[data-who=model] .rest")).isNotEmpty();
            server.say("stride.ignored", 2, "reason", "noise");
            page.await(LOUD + " > 0.1");
            server.done(1, "completed");
            phase(page, "listening");
            List<JsonNode> played = server.events("stride.played");
            assertThat(played.get(played.size() - 1).path("ms").asInt()).isBetween(2980, 3020);
            assertThat(text(page, "[data-who=model]")).endsWith("The rate is one percent.");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void listening_thatIsBelieved_dropsWhatWasHeld() throws Exception {
        try (Chromium page = browser("en")) {
            int place = held(page);
            server.forget();
            server.say("stride.interrupted", 1, "heard", "The rate");
            server.say("input_audio_buffer.speech_started", 2);
            phase(page, "listening");
            page.await("document.body.dataset.hearing === 'true'");
            assertThat(server.await("stride.played", event -> true).path("ms").asInt())
                    .isEqualTo(place);
            assertThat(text(page, "[data-who=model]")).endsWith("The rate — interrupted");
            answer(2, 600); // the next answer is not held
            phase(page, "speaking");
            page.await(LOUD + " > 0.1");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void speechThatTheServerFoundNothingToCutFor_silencesThePageToo() throws Exception {
        try (Chromium page = browser("en")) {
            call(page);
            answer(1, 3000);
            speaking(page, 1);
            server.say("input_audio_buffer.speech_started", 2);
            phase(page, "listening");
            page.await(LOUD + " < 1e-4");
            assertThat(text(page, "[data-who=model]")).endsWith("— interrupted");
        }
    }

    @Test
    void noiseAgainAndAgain_holdsAnAnswerTwice_andTheNextOneAnew() throws Exception {
        try (Chromium page = browser("en")) {
            call(page);
            answer(1, 9000);
            speaking(page, 1);
            for (int turn = 2; turn < 4; turn++) {
                server.say("stride.listening", turn);
                page.await(LOUD + " < 1e-4");
                server.say("stride.ignored", turn, "reason", "noise");
                page.await(LOUD + " > 0.1");
            }
            server.say("stride.listening", 4);
            server.forget();
            int first = server.await("stride.played", event -> true).path("ms").asInt();
            server.await("stride.played", event -> event.path("ms").asInt() > first + 300);
            assertThat(page.value(LOUD).asDouble()).isGreaterThan(0.1);
            server.say("stride.interrupted", 1, "heard", "");
            phase(page, "listening");
            answer(5, 3000);
            speaking(page, 5);
            server.say("stride.listening", 6);
            page.await(LOUD + " < 1e-4");
            heldAt(5);
        }
    }

    @Test
    void soundThatComesWhileSomebodyMaySpeak_waits() throws Exception {
        try (Chromium page = browser("en")) {
            call(page);
            server.say("input_audio_buffer.speech_stopped", 1);
            phase(page, "thinking");
            server.say("stride.listening", 2);
            answer(1, 600);
            assertThat(server.await("stride.played", event -> true).path("ms").asInt())
                    .isZero();
            assertThat(page.value("document.body.dataset.phase").asText()).isEqualTo("thinking");
            server.say("stride.ignored", 2, "reason", "noise");
            phase(page, "speaking");
            server.done(1, "completed");
            phase(page, "listening");
            List<JsonNode> played = server.events("stride.played");
            assertThat(played.get(played.size() - 1).path("ms").asInt()).isBetween(580, 620);
        }
    }

    @Test
    void turnOfWhichNothingWasUnderstood_leavesNoThinking() throws Exception {
        try (Chromium page = browser("en")) {
            call(page);
            server.say("input_audio_buffer.speech_stopped", 1);
            phase(page, "thinking");
            server.say("conversation.item.input_audio_transcription.completed", 1, "transcript", "");
            phase(page, "listening");
        }
    }

    @Test
    void buttonWhileItThinks_givesTheQuestionUp() throws Exception {
        try (Chromium page = browser("en")) {
            call(page);
            server.say("input_audio_buffer.speech_stopped", 1);
            phase(page, "thinking");
            page.click("#press");
            server.await("response.cancel", event -> true);
            phase(page, "listening");
        }
    }

    /** The sound is a line that rises from 1 to its length, so that each sample says which one it is. */
    @Test
    void player_fadesOutAndIn_andLosesNoSample() throws Exception {
        try (Chromium page = browser("en")) {
            JsonNode played = render(
                    page,
                    "[0.2, { type: 'hold', on: true }], [0.7, { type: 'hold', on: false }], [0.9, { type: 'hold', on: true }],"
                            + " [0.905, { type: 'hold', on: false }]");
            List<List<Double>> stretches = stretches(played.path("sound"));
            assertThat(stretches).hasSize(3);
            List<Double> whole = new ArrayList<>(stretches.get(0));
            for (List<Double> next : stretches.subList(1, 3)) {
                int from = whole.size() - FADE;
                for (int i = 0; i < next.size(); i++) {
                    int at = from + 1 + i; // the first sample of a rise is 0
                    if (at < whole.size()) {
                        whole.set(at, whole.get(at) + next.get(i));
                    } else {
                        whole.add(next.get(i));
                    }
                }
            }
            assertThat(whole).hasSize(LENGTH);
            for (int i = 0; i < LENGTH; i++) {
                assertThat(whole.get(i)).isCloseTo(i + 1, within(0.02));
            }
            List<Double> places = new ArrayList<>();
            played.path("told").forEach(one -> places.add(one.path("ms").asDouble()));
            assertThat(places).isSorted();
            assertThat(places.stream().filter(ms -> ms.equals(places.get(5))).count())
                    .as("reports from one place while it is held: %s", places)
                    .isGreaterThan(5);
            assertThat(places.get(places.size() - 1)).isEqualTo(500);
        }
    }

    @Test
    void player_dropsSoftly_andNothingOfTheTurnComesAgain() throws Exception {
        try (Chromium page = browser("en")) {
            JsonNode played = render(page, "[0.2, { type: 'drop', turn: 1 }]");
            List<List<Double>> stretches = stretches(played.path("sound"));
            assertThat(stretches).hasSize(1);
            int length = stretches.get(0).size();
            assertThat(stretches.get(0).subList(length - FADE + 1, length))
                    .isSortedAccordingTo((a, b) -> b.compareTo(a));
            JsonNode last = played.path("told").get(played.path("told").size() - 1);
            assertThat(last.path("type").asText()).isEqualTo("dropped");
            assertThat(last.path("ms").asDouble() * 48).isCloseTo(length - FADE, within(0.5));
        }
    }

    /** What the page's player makes of half a second of sound at 48 kHz when it is told these things at these seconds. */
    private static JsonNode render(Chromium page, String told) {
        return page.value("(async () => { const length = " + LENGTH
                + ", rate = 48000, context = new OfflineAudioContext(1, rate * 2, rate);"
                + " await context.audioWorklet.addModule('call-play.js');"
                + " const node = new AudioWorkletNode(context, 'stride-play', { numberOfInputs: 0, outputChannelCount: [1] });"
                + " const heard = []; node.port.onmessage = event => heard.push(event.data); node.connect(context.destination);"
                + " const soon = () => new Promise(done => setTimeout(done, 100));"
                + " for (const [at, message] of [" + told
                + "]) { context.suspend(at).then(async () => { node.port.postMessage(message);"
                + " await soon(); context.resume(); }); }"
                + " for (let at = 0; at < length; at += 1000) { node.port.postMessage({ type: 'sound', turn: 1,"
                + " samples: Float32Array.from({ length: 1000 }, (none, i) => (at + i + 1) / length) }); }"
                + " node.port.postMessage({ type: 'whole', turn: 1 }); await soon();"
                + " const sound = (await context.startRendering()).getChannelData(0); await soon();"
                + " return { sound: Array.from(sound, value => value * length), told: heard }; })()");
    }

    /** The stretches of a sound that are not silent. */
    private static List<List<Double>> stretches(JsonNode sound) {
        List<List<Double>> all = new ArrayList<>();
        boolean silent = true;
        for (JsonNode value : sound) {
            if (value.asDouble() != 0) {
                if (silent) {
                    all.add(new ArrayList<>());
                }
                all.get(all.size() - 1).add(value.asDouble());
            }
            silent = value.asDouble() == 0;
        }
        return all;
    }
}
