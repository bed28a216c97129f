package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.voice.FakeVendor.Mood;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RemoteEnginesTest {
    private static final Pcm SECOND = Tones.tone(300, 16_000, 1, 5_000);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_CONNECT_ID", "ZIPS", "SLOW", "NUMBERS", "NO_LAST"})
    void doubaoRecognizer_inEveryMood_hearsTheTurn(Mood mood) throws Exception {
        for (boolean sequenced : new boolean[] {false, true}) {
            try (FakeVendor vendor = new FakeVendor(mood)) {
                Heard heard = new Heard();
                Recognizer.Session session = new DoubaoRecognizer(
                                vendor.doubao(), "volc.bigasr.sauc.duration", sequenced, client)
                        .open(heard);
                Heard.feed(session, SECOND);
                session.finish();
                assertThat(heard.result()).isEqualTo("你好，世界。");
                assertThat(heard.partials).contains("你", "你好");
                assertThat(vendor.sound).containsExactly(16_000);
                assertThat(vendor.log.get(0)).contains("app-4711").contains("volc.bigasr.sauc.duration");
                assertThat(vendor.log.get(1)).startsWith(sequenced ? "request 1 1" : "request 0 0");
                assertThat(vendor.log.get(2)).isEqualTo(sequenced ? "packet 1 2 6400" : "packet 0 0 6400");
                assertThat(vendor.log.get(vendor.log.size() - 1)).startsWith("packet 2 0");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIES", "REFUSES", "ERROR"})
    void doubaoRecognizer_trouble_isAFailureWithoutKeys(Mood mood) throws Exception {
        try (FakeVendor vendor = new FakeVendor(mood)) {
            Heard heard = new Heard();
            Recognizer.Session session =
                    new DoubaoRecognizer(vendor.doubao(), "volc.bigasr.sauc.duration", false, client).open(heard);
            Heard.feed(session, SECOND);
            EngineFailure failure = heard.failure();
            assertThat(failure.message()).doesNotContain(FakeVendor.KEY).doesNotContain("app-4711");
            assertThat(failure.isPassing()).isEqualTo(mood == Mood.DIES);
            if (mood == Mood.REFUSES) {
                assertThat(failure.message()).contains("403", "trace-77", "keys");
            }
            session.feed(new short[320]);
            session.finish();
            assertThat(heard.hasEnded(100)).isFalse();
        }
    }

    @Test
    void doubaoRecognizer_cancel_saysNothingMore() throws Exception {
        try (FakeVendor vendor = new FakeVendor(Mood.SLOW)) {
            Heard heard = new Heard();
            Recognizer.Session session =
                    new DoubaoRecognizer(vendor.doubao(), "volc.bigasr.sauc.duration", false, client).open(heard);
            Heard.feed(session, SECOND);
            session.cancel();
            assertThat(heard.hasEnded(500)).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_CONNECT_ID", "ZIPS", "SLOW", "STALE_SOUND", "NO_SENTENCE_TEXT"})
    void doubaoSpeaker_inEveryMood_speaksAllPieces(Mood mood) throws Exception {
        try (FakeVendor vendor = new FakeVendor(mood)) {
            Said said = new Said();
            Speaker.Session session = doubaoSpeaker(vendor).open("", said);
            session.say(0, "好的。");
            session.say(1, "我最喜欢，");
            session.say(2, "三。");
            session.finish();
            said.awaitDone();
            double all = said.millis().values().stream().mapToDouble(d -> d).sum();
            assertThat(all).isCloseTo(50 * 10, org.assertj.core.data.Offset.offset(0.01));
            assertThat(Tones.level(said.all(), 440)).isBetween(7_900.0, 8_100.0);
            if (mood != Mood.NO_SENTENCE_TEXT) {
                assertThat(said.millis().keySet()).containsExactly(0, 2);
                assertThat(said.millis().get(0)).isBetween(149.9, 150.1);
            }
            assertThat(vendor.log.get(1)).startsWith("1 ");
            assertThat(vendor.log.get(2)).startsWith("100 ").contains("\"speaker\":\"zh_voice\"", "\"format\":\"pcm\"");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIES", "REFUSES", "ERROR", "SILENT"})
    void doubaoSpeaker_trouble_isAFailureWithoutKeys(Mood mood) throws Exception {
        try (FakeVendor vendor = new FakeVendor(mood)) {
            Said said = new Said();
            Speaker.Session session = doubaoSpeaker(vendor).open("", said);
            session.say(0, "一句话，用来说很久很久。");
            session.finish();
            EngineFailure failure = said.failure();
            assertThat(failure.message()).doesNotContain(FakeVendor.KEY).doesNotContain("app-4711");
            assertThat(failure.isPassing()).isEqualTo(mood == Mood.DIES || mood == Mood.ERROR);
        }
    }

    @Test
    void doubaoSpeaker_cancel_sendsCancelAndIsSilent() throws Exception {
        try (FakeVendor vendor = new FakeVendor()) {
            Said said = new Said();
            Speaker.Session session = doubaoSpeaker(vendor).open("", said);
            session.say(0, "一句话。");
            said.awaitSound();
            session.cancel();
            CommandEnginesTest.waitFor(() -> vendor.log.stream().anyMatch(line -> line.startsWith("101 ")));
            assertThat(said.hasEnded(200)).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SLOW", "NO_LAST"})
    void funAsr_twoPasses_areJoined(Mood mood) throws Exception {
        try (FakeVendor vendor = new FakeVendor(mood)) {
            Heard heard = new Heard();
            Recognizer.Session session = new FunAsrRecognizer(vendor.socket("/funasr"), client).open(heard);
            Heard.feed(session, SECOND);
            session.finish();
            assertThat(heard.result()).isEqualTo("第一句。第二句。");
            assertThat(heard.partials).startsWith("第一", "第一局", "第一句。", "第一句。第二");
            assertThat(vendor.sound).containsExactly(16_000);
        }
    }

    @Test
    void funAsr_lineThatDies_isAFailure() throws Exception {
        try (FakeVendor vendor = new FakeVendor(Mood.DIES)) {
            Heard heard = new Heard();
            Recognizer.Session session = new FunAsrRecognizer(vendor.socket("/funasr"), client).open(heard);
            Heard.feed(session, SECOND);
            assertThat(heard.failure().isPassing()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SLOW", "BARE_TEXT"})
    void serverRecognizer_turn_isSentAsOneFile(Mood mood) throws Exception {
        try (FakeVendor vendor = new FakeVendor(mood)) {
            Heard heard = new Heard();
            Recognizer.Session session = new ServerRecognizer(server(vendor, "pcm"), client).open(heard);
            Heard.feed(session, SECOND);
            session.finish();
            assertThat(heard.result()).isEqualTo("你好，世界。");
            assertThat(vendor.sound).containsExactly(16_000);
            assertThat(vendor.log.get(0)).isEqualTo("/v1/audio/transcriptions Bearer " + FakeVendor.KEY);
            assertThat(vendor.log.get(1))
                    .contains("name=\"model\" tiny", "name=\"language\" zh", "filename=\"turn.wav\"");
        }
    }

    @Test
    void serverRecognizer_trouble_isAFailureWithoutKeys() throws Exception {
        try (FakeVendor vendor = new FakeVendor(Mood.ERROR)) {
            Heard heard = new Heard();
            Recognizer.Session session = new ServerRecognizer(server(vendor, "pcm"), client).open(heard);
            Heard.feed(session, SECOND);
            session.finish();
            assertThat(heard.failure().message()).contains("500", "(key)").doesNotContain(FakeVendor.KEY);
        }
        Heard heard = new Heard();
        SpeechServer nowhere = new SpeechServer(
                URI.create("http://127.0.0.1:" + dev.stride.TestTools.freePort() + "/v1"),
                new Secret("K", ""),
                "m",
                "v",
                "",
                "pcm",
                24_000);
        Recognizer.Session session = new ServerRecognizer(nowhere, client).open(heard);
        Heard.feed(session, SECOND);
        session.finish();
        assertThat(heard.failure().message()).contains("cannot be reached");
    }

    @ParameterizedTest
    @EnumSource(names = {"SLOW", "WAV_ONLY", "WAV_ALWAYS"})
    void serverSpeaker_inEveryMood_speaks(Mood mood) throws Exception {
        try (FakeVendor vendor = new FakeVendor(mood)) {
            Said said = new Said();
            Speaker.Session session = new ServerSpeaker(server(vendor, "pcm"), client, threads).open("", said);
            session.say(0, "好的。");
            session.say(1, "一二三四。");
            session.finish();
            said.awaitDone();
            assertThat(said.millis().get(0)).isBetween(149.0, 151.0);
            assertThat(said.millis().get(1)).isBetween(249.0, 251.0);
            assertThat(Tones.level(said.all(), 440)).isBetween(7_900.0, 8_100.0);
            if (mood == Mood.WAV_ONLY) {
                assertThat(vendor.log.stream().filter(line -> line.contains("\"pcm\"")))
                        .hasSize(1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIES", "ERROR", "MP3"})
    void serverSpeaker_trouble_isAFailureWithoutKeys(Mood mood) throws Exception {
        try (FakeVendor vendor = new FakeVendor(mood)) {
            Said said = new Said();
            Speaker.Session session = new ServerSpeaker(server(vendor, "pcm"), client, threads).open("alloy", said);
            session.say(0, "好的，这是一句很长的话，说到一半就没有了。");
            session.finish();
            assertThat(said.failure().message()).doesNotContain(FakeVendor.KEY);
        }
    }

    @Test
    void serverSpeaker_cancel_closesTheAnswer() throws Exception {
        try (FakeVendor vendor = new FakeVendor(Mood.SLOW)) {
            Said said = new Said();
            Speaker.Session session = new ServerSpeaker(server(vendor, "pcm"), client, threads).open("", said);
            session.say(0, "一句很长很长的话，没有人想听到最后。".repeat(20));
            said.awaitSound();
            session.cancel();
            CommandEnginesTest.waitFor(() -> vendor.log.contains("broken off"));
            assertThat(said.hasEnded(100)).isFalse();
        }
    }

    @Test
    void secrets_areShownNowhere() throws Exception {
        try (FakeVendor vendor = new FakeVendor()) {
            String all = vendor.doubao() + " " + server(vendor, "pcm") + " "
                    + vendor.doubao().accessKey();
            assertThat(all)
                    .doesNotContain(FakeVendor.KEY)
                    .doesNotContain("app-4711")
                    .contains("the key of TOKEN");
        }
    }

    private static SpeechServer server(FakeVendor vendor, String format) {
        return new SpeechServer(
                URI.create(vendor.web() + "/v1/"),
                new Secret("KEY", FakeVendor.KEY),
                "tiny",
                "alloy",
                "zh",
                format,
                24_000);
    }

    private DoubaoSpeaker doubaoSpeaker(FakeVendor vendor) {
        return new DoubaoSpeaker(
                vendor.doubao(), "seed-tts-1.0", List.of(new Speaker.Voice("zh_voice", "zh_voice", "zh")), client);
    }
}
