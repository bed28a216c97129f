package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.voice.Pcm;
import dev.stride.voice.WavReader;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Calls over {@code /v1/realtime}, by typed words where no engine is needed, and by speech where this machine has engines. */
class RealtimeTest {
    private static final String QUESTION = "毛衣能退吗？";
    private static ChatRig rig;

    @BeforeAll
    static void open() {
        rig = ChatRig.open(ChatRig.setup(), Map.of("speaker", "espeak-ng"), new RunFiles() {
            @Override
            public ObjectNode chart(String model) {
                return ChatRig.JSON.createObjectNode().put("name", "first");
            }

            @Override
            public String briefing(String model) {
                return "峰值学习率是 1e-2。";
            }
        });
    }

    @AfterAll
    static void close() {
        rig.close();
    }

    private static ObjectNode session(String own) {
        ObjectNode event = ChatRig.JSON.createObjectNode().put("type", "session.update");
        event.set("session", ChatRig.json(own));
        return event;
    }

    private static ObjectNode textItem(String text) {
        ObjectNode event = ChatRig.JSON.createObjectNode().put("type", "conversation.item.create");
        ObjectNode item = event.putObject("item").put("type", "message").put("role", "user");
        item.putArray("content").addObject().put("type", "input_text").put("text", text);
        return event;
    }

    static String joined(List<JsonNode> events) {
        return events.stream().map(event -> event.path("delta").asText()).collect(Collectors.joining());
    }

    /** Says that the client hears and speaks itself. */
    static void client(CallLineRig line) throws InterruptedException {
        line.next("session.created");
        line.send(session(
                "{\"type\":\"realtime\",\"stride\":{\"binary\":true,\"ears\":\"client\",\"mouth\":\"client\"}}"));
        line.next("session.updated");
    }

    @Test
    void typedQuestion_isAnsweredInPieces_forAClientThatHearsAndSpeaksItself() throws Exception {
        try (CallLineRig line = CallLineRig.open(rig, ChatRig.BASE)) {
            client(line);
            line.send("stride.said", "text", QUESTION);
            assertThat(line.next("conversation.item.input_audio_transcription.completed")
                            .path("transcript")
                            .asText())
                    .isEqualTo(QUESTION);
            JsonNode done = line.next("response.done");
            assertThat(done.path("response").path("status").asText()).isEqualTo("completed");
            String said = joined(line.all("response.output_audio_transcript.delta"));
            assertThat(said).isNotBlank();
            assertThat(done.path("response")
                            .path("output")
                            .path(0)
                            .path("content")
                            .path(0)
                            .path("transcript")
                            .asText())
                    .isEqualTo(said);
            String pieces = line.all("stride.piece").stream()
                    .map(event -> event.path("text").asText())
                    .collect(Collectors.joining());
            assertThat(letters(pieces)).isEqualTo(letters(said));
            assertThat(line.all("stride.answered")).hasSize(1);
            assertThat(line.sounds()).isEmpty();
            assertThat(line.types())
                    .containsSubsequence(
                            "response.created",
                            "response.output_item.added",
                            "conversation.item.added",
                            "response.content_part.added",
                            "response.output_audio_transcript.delta",
                            "response.output_audio_transcript.done",
                            "response.content_part.done",
                            "response.output_item.done",
                            "response.done");
        }
    }

    @Test
    void textSession_isAnswered_inTheClientsDialect() throws Exception {
        try (CallLineRig line = CallLineRig.open(rig, ChatRig.BASE)) {
            assertThat(line.next("session.created").path("session").path("type").asText())
                    .isEqualTo("realtime");
            line.send(session("{\"type\":\"realtime\",\"output_modalities\":[\"text\"]}"));
            line.next("session.updated");
            line.send(textItem(QUESTION));
            line.send("response.create");
            line.next("response.done");
            assertThat(line.types()).contains("response.output_text.delta", "response.output_text.done");
        }
        try (CallLineRig line = CallLineRig.open(rig, ChatRig.BASE, "OpenAI-Beta", "realtime=v1")) {
            assertThat(line.next("session.created")
                            .path("session")
                            .path("input_audio_format")
                            .asText())
                    .isEqualTo("pcm16");
            line.send(session("{\"modalities\":[\"text\"],\"instructions\":\"简短回答\"}"));
            assertThat(line.next("session.updated")
                            .path("session")
                            .path("instructions")
                            .asText())
                    .isEqualTo("简短回答");
            line.send(textItem(QUESTION));
            line.send("response.create");
            line.next("response.done");
            assertThat(line.types())
                    .contains("conversation.item.created", "response.text.delta", "response.text.done")
                    .doesNotContain("response.output_text.delta");
        }
    }

    @Test
    void mistakes_areErrors_andTheCallGoesOn() throws Exception {
        try (CallLineRig line = CallLineRig.open(rig, ChatRig.BASE)) {
            client(line);
            line.raw("{nonsense");
            assertThat(line.next("error").path("error").path("code").asText()).isEqualTo("invalid_json");
            line.send("no.such.event", "event_id", "mine");
            assertThat(line.next("error").path("error").path("event_id").asText())
                    .isEqualTo("mine");
            line.send("input_audio_buffer.commit");
            assertThat(line.next("error").path("error").path("message").asText())
                    .contains("100 ms");
            line.send("response.cancel");
            assertThat(line.next("error").path("error").path("message").asText())
                    .contains("no answer");
            line.send("input_audio_buffer.append", "audio", "%%%");
            assertThat(line.next("error").path("error").path("message").asText())
                    .contains("base64");
            line.sound(new byte[3]);
            assertThat(line.next("error").path("error").path("message").asText())
                    .contains("16 bits");
            line.send(session("{\"type\":\"realtime\",\"audio\":{\"input\":{\"format\":{\"type\":\"audio/pcmu\"}}}}"));
            assertThat(line.next("error").path("error").path("message").asText())
                    .contains("audio.input.format");
            line.send("stride.said", "text", QUESTION);
            line.next("response.done");
        }
    }

    @Test
    void wordsOfTheUser_endTheAnswer_andItsOwnWordsDoNot() throws Exception {
        try (CallLineRig line = CallLineRig.open(rig, ChatRig.BASE)) {
            client(line);
            line.send("stride.said", "text", QUESTION);
            String first = line.next("stride.piece").path("text").asText();
            line.send("stride.partial", "text", first);
            line.send("stride.partial", "text", "不");
            line.next("stride.answered");
            assertThat(line.types()).doesNotContain("stride.interrupted");
            line.send("stride.partial", "text", "等一下再说");
            JsonNode cut = line.next("stride.interrupted");
            assertThat(line.all("response.done")
                            .get(0)
                            .path("response")
                            .path("status")
                            .asText())
                    .isEqualTo("cancelled");
            String said = joined(line.all("response.output_audio_transcript.delta"));
            assertThat(said).startsWith(cut.path("heard").asText());
            line.send("stride.said", "text", "谢谢");
            line.next("response.done");
        }
    }

    @Test
    void keysAndSites_areCheckedBeforeTheLineIsOpen() throws Exception {
        try (ChatRig locked = ChatRig.open(ChatRig.setup().keys("sk-call"))) {
            assertThat(CallLineRig.refusal(locked, ChatRig.BASE)).isEqualTo(401);
            assertThat(CallLineRig.refusal(locked, ChatRig.BASE, "Authorization", "Bearer sk-other"))
                    .isEqualTo(401);
            try (CallLineRig line =
                    CallLineRig.withProtocols(locked, ChatRig.BASE, "realtime", "openai-insecure-api-key.sk-call")) {
                line.next("session.created");
            }
            try (CallLineRig line = CallLineRig.open(locked, ChatRig.BASE, "Authorization", "Bearer sk-call")) {
                line.next("session.created");
            }
        }
        assertThat(CallLineRig.refusal(rig, "nobody")).isEqualTo(404);
        assertThat(CallLineRig.refusal(rig, ChatRig.BASE, "Origin", "http://evil.example"))
                .isEqualTo(403);
    }

    /** Calls ended after 30 seconds, as if their next request were late. */
    @Test
    void call_outlastsTheTimeInWhichARequestMustCome() throws Exception {
        WebServer.Limits hasty =
                new WebServer.Limits(64, 64, ChatSettings.MAX_BODY, Duration.ofSeconds(1), Duration.ofSeconds(60));
        try (ChatRig own = ChatRig.open(ChatRig.setup().limits(hasty));
                CallLineRig line = CallLineRig.open(own, ChatRig.BASE)) {
            client(line);
            for (int i = 0; i < 15; i++) {
                line.send("stride.ping");
                Thread.sleep(200);
            }
            line.send("stride.said", "text", QUESTION);
            line.next("stride.answered");
        }
    }

    @Test
    void twoCallsAtOnce_doNotHearEachOther() throws Exception {
        try (CallLineRig one = CallLineRig.open(rig, ChatRig.BASE);
                CallLineRig two = CallLineRig.open(rig, ChatRig.ONE)) {
            client(one);
            client(two);
            one.send("stride.said", "text", "第一个问题");
            two.send("stride.said", "text", "第二个问题");
            one.next("stride.answered"); // one's random adapter may talk for minutes
            two.next("stride.answered");
            for (CallLineRig line : List.of(one, two)) {
                List<JsonNode> heard = line.all("conversation.item.input_audio_transcription.completed");
                assertThat(heard).hasSize(1);
                assertThat(heard.get(0).path("transcript").asText()).isEqualTo(line == one ? "第一个问题" : "第二个问题");
            }
        }
    }

    @Test
    void spokenQuestion_isHeard_andTheAnswerIsSpeech() throws Exception {
        LocalSpeech.require();
        byte[] question = speech("festival", "what is the learning rate");
        // a sampled answer may be empty
        try (ChatRig own = ChatRig.open(ChatRig.setup().greedy(48), Map.of("speaker", "espeak-ng"), RunFiles.NONE);
                CallLineRig line = CallLineRig.open(own, ChatRig.BASE)) {
            line.next("session.created");
            line.send(
                    session(
                            "{\"type\":\"realtime\",\"audio\":{\"input\":{\"format\":{\"type\":\"audio/pcm\",\"rate\":24000}}}}"));
            line.next("session.updated");
            byte[] all = new byte[question.length + 2 * 24_000 * 2];
            System.arraycopy(question, 0, all, 24_000, question.length);
            int step = 24_000 / 50 * 2;
            for (int at = 0; at < all.length; at += step) {
                byte[] frame = java.util.Arrays.copyOfRange(all, at, Math.min(all.length, at + step));
                line.send(
                        "input_audio_buffer.append",
                        "audio",
                        Base64.getEncoder().encodeToString(frame));
                Thread.sleep(20);
            }
            line.next("input_audio_buffer.speech_started");
            line.next("input_audio_buffer.speech_stopped");
            assertThat(line.next("conversation.item.input_audio_transcription.completed")
                            .path("transcript")
                            .asText())
                    .contains("learning");
            line.next("response.done");
            ByteArrayOutputStream sound = new ByteArrayOutputStream();
            for (JsonNode delta : line.all("response.output_audio.delta")) {
                sound.writeBytes(Base64.getDecoder().decode(delta.path("delta").asText()));
            }
            assertThat(sound.size()).as("bytes of sound").isGreaterThan(24_000);
            assertThat(loudness(sound.toByteArray())).as("it is not silence").isGreaterThan(300);
            JsonNode latency = line.all("stride.latency").get(0);
            assertThat(latency.path("all").asDouble()).isPositive();
        }
    }

    @Test
    void transcriptionsAndSpeech_areEachOthersInverse() throws Exception {
        LocalSpeech.require();
        try (ChatRig english = ChatRig.open(ChatRig.setup(), Map.of("speaker", "festival"), RunFiles.NONE)) {
            HttpRequest asked = english.request("/v1/audio/speech")
                    .header("Content-Type", "application/json")
                    .POST(
                            HttpRequest.BodyPublishers.ofString(
                                    "{\"model\":\"tts-1\",\"input\":\"what is the learning rate\",\"response_format\":\"wav\"}"))
                    .build();
            HttpResponse<byte[]> spoken = english.client.send(asked, HttpResponse.BodyHandlers.ofByteArray());
            assertThat(spoken.statusCode()).isEqualTo(200);
            Pcm sound = WavReader.read(spoken.body());
            assertThat(sound.rate()).isEqualTo(24_000);
            assertThat(sound.millis()).isBetween(700.0, 5_000.0);
            HttpResponse<String> heard = english.send(form(english, spoken.body()));
            assertThat(heard.statusCode()).as(heard.body()).isEqualTo(200);
            assertThat(ChatRig.json(heard.body()).path("text").asText()).contains("learning");
            HttpResponse<String> wrong = english.send(form(english, "no sound".getBytes(StandardCharsets.UTF_8)));
            assertThat(wrong.statusCode()).isEqualTo(400);
            assertThat(wrong.body()).contains("WAV");
            HttpResponse<String> mp3 =
                    english.post("/v1/audio/speech", "{\"model\":\"tts-1\",\"input\":\"hello\",\"voice\":\"alloy\"}");
            assertThat(mp3.statusCode()).isEqualTo(400);
            assertThat(mp3.body()).contains("pcm or wav");
            HttpResponse<String> events = english.post(
                    "/v1/audio/speech",
                    "{\"model\":\"tts-1\",\"input\":\"hello\",\"response_format\":\"pcm\",\"stream_format\":\"sse\"}");
            assertThat(events.statusCode()).isEqualTo(400);
            assertThat(events.body()).contains("stream_format");
        }
    }

    @Test
    void info_namesEngines_andTheChartIsTheRuns() {
        JsonNode info = ChatRig.json(rig.get("/call/info").body());
        assertThat(info.path("can_call").asBoolean()).isTrue();
        assertThat(info.path("engines").size()).isGreaterThan(5);
        for (JsonNode engine : info.path("engines")) {
            assertThat(engine.path("part").asText()).isIn("activity", "hears", "speaks");
            assertThat(engine.path("ready").asBoolean()
                            || !engine.path("advice").asText().isEmpty())
                    .isTrue();
        }
        assertThat(ChatRig.json(rig.get("/call/chart?model=sample").body())
                        .path("name")
                        .asText())
                .isEqualTo("first");
    }

    private static HttpRequest form(ChatRig rig, byte[] file) {
        String edge = "edge-of-parts";
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(
                ("--" + edge + "\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--" + edge
                                + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8));
        body.writeBytes(file);
        body.writeBytes(("\r\n--" + edge + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return HttpRequest.newBuilder(URI.create(rig.address("/v1/audio/transcriptions")))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "multipart/form-data; boundary=" + edge)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                .build();
    }

    /** A sentence as sound at 24 kHz, by an engine of this machine over our own API. */
    private static byte[] speech(String speaker, String text) throws Exception {
        try (ChatRig own = ChatRig.open(ChatRig.setup(), Map.of("speaker", speaker), RunFiles.NONE)) {
            HttpRequest asked = own.request("/v1/audio/speech")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"model\":\"tts-1\",\"input\":\"" + text + "\",\"response_format\":\"pcm\"}"))
                    .build();
            return own.client
                    .send(asked, HttpResponse.BodyHandlers.ofByteArray())
                    .body();
        }
    }

    private static double loudness(byte[] sound) {
        ByteBuffer samples = ByteBuffer.wrap(sound).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        double sum = 0;
        int count = sound.length / 2;
        for (int i = 0; i < count; i++) {
            double sample = samples.getShort();
            sum += sample * sample;
        }
        return Math.sqrt(sum / count);
    }

    private static String letters(String text) {
        return text.codePoints()
                .filter(Character::isLetterOrDigit)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
