package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls in real time, with the engines of this machine and with the tests' vendor. */
class CallTest {
    private static final String ANSWER =
            "I like three times ten to the minus four. It is large enough to learn, and small enough to stay calm.";

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void call_spokenQuestion_isHeardAnsweredAndInterrupted() throws Exception {
        Pcm question = question("What is the learning rate?");
        Pcm interruption = question("Stop that please and tell me something else");
        List<CallEvent> events = new CopyOnWriteArrayList<>();
        try (Call call = new Call(local(ANSWER), events::add)) {
            speak(call, Tones.join(Tones.silence(16_000, 0.5), question, Tones.silence(16_000, 2.5)));
            CommandEnginesTest.waitFor(() -> !of(events, CallEvent.Sound.class).isEmpty());
            assertThat(of(events, CallEvent.Final.class).get(0).text()).startsWith("what is the learning");
            CallEvent.Latency latency = of(events, CallEvent.Latency.class).get(0);
            // generous: it says that the stages were measured, the figures themselves are in docs/decisions.md
            assertThat(latency.all()).isBetween(400.0, 20_000.0);
            speak(call, interruption);
            CommandEnginesTest.waitFor(
                    () -> !of(events, CallEvent.Interrupted.class).isEmpty());
        }
        CallEvent.Interrupted interrupted =
                of(events, CallEvent.Interrupted.class).get(0);
        assertThat(ANSWER).startsWith(interrupted.heard()).isNotEqualTo(interrupted.heard());
        assertThat(of(events, CallEvent.Failed.class)).isEmpty();
        System.getLogger("voice").log(System.Logger.Level.INFO, "{0}", of(events, CallEvent.Latency.class));
    }

    @Test
    void call_twoAtOnce_doNotHearEachOther() throws Exception {
        try (FakeVendor vendor = new FakeVendor()) {
            List<CallEvent> one = new CopyOnWriteArrayList<>();
            List<CallEvent> other = new CopyOnWriteArrayList<>();
            Pcm question = question("What is the learning rate?");
            try (Call first = new Call(remote(vendor, "第一个回答。"), one::add);
                    Call second = new Call(remote(vendor, "另外一个完全不同的回答。"), other::add)) {
                Pcm sound = Tones.join(question, Tones.silence(16_000, 1.5));
                Thread feeder = new Thread(() -> feed(first, sound));
                feeder.start();
                feed(second, Tones.silence(16_000, 1));
                assertThat(other).isEmpty();
                feed(second, sound);
                feeder.join();
                CommandEnginesTest.waitFor(
                        () -> !of(one, CallEvent.Spoken.class).isEmpty());
                CommandEnginesTest.waitFor(
                        () -> !of(other, CallEvent.Spoken.class).isEmpty());
            }
            assertThat(of(one, CallEvent.Spoken.class).get(0).text()).isEqualTo("第一个回答。");
            assertThat(of(other, CallEvent.Spoken.class).get(0).text()).isEqualTo("另外一个完全不同的回答。");
            assertThat(millis(one)).isBetween(299.0, 301.0);
            assertThat(millis(other)).isBetween(599.0, 601.0);
        }
    }

    @Test
    void call_throughDoubaosServices_isACascadeAroundOurModel() throws Exception {
        try (FakeVendor vendor = new FakeVendor(FakeVendor.Mood.ZIPS)) {
            VoiceSettings settings = VoiceSettings.of(
                    Map.of("recognizer", "doubao", "speaker", "doubao", "doubao", vendor.socket("") + "/"));
            List<CallEvent> events = new CopyOnWriteArrayList<>();
            try (VoiceEngines engines = new VoiceEngines(settings, Map.of("DOUBAO_API_KEY", FakeVendor.KEY));
                    Call call = new Call(engines.parts(canned("好的。我最喜欢三。"), ""), events::add)) {
                feed(call, Tones.join(question("What is the learning rate?"), Tones.silence(16_000, 1.5)));
                CommandEnginesTest.waitFor(
                        () -> !of(events, CallEvent.Spoken.class).isEmpty());
                assertThat(call.lines()).hasSize(2);
                assertThat(call.lines().get(0).text()).isEqualTo("你好，世界。");
                assertThat(call.lines().get(1).text()).isEqualTo("好的。我最喜欢三。");
            }
            assertThat(millis(events)).isBetween(449.0, 451.0);
        }
    }

    @Test
    void call_engineThatDiesInMidSentence_goesOnWithTheNextTurn() throws Exception {
        try (FakeVendor vendor = new FakeVendor(FakeVendor.Mood.DIES)) {
            List<CallEvent> events = new CopyOnWriteArrayList<>();
            try (Call call = new Call(remote(vendor, "一句很长的话，说到一半就断了。"), events::add)) {
                Pcm turn = Tones.join(question("What is the learning rate?"), Tones.silence(16_000, 1.5));
                feed(call, turn);
                CommandEnginesTest.waitFor(
                        () -> !of(events, CallEvent.Spoken.class).isEmpty());
                assertThat(of(events, CallEvent.Failed.class)).isNotEmpty();
                vendor.moods.clear();
                feed(call, turn);
                CommandEnginesTest.waitFor(
                        () -> of(events, CallEvent.Spoken.class).size() == 2);
                assertThat(call.lines()).hasSize(4);
            }
        }
    }

    @Test
    void call_whoseListenerThrows_goesOn() throws Exception {
        List<CallEvent> events = new CopyOnWriteArrayList<>();
        CallParts parts = CallParts.usual(
                new Puppets.Activity(), new Puppets.Ears("ears"), new Puppets.Voice(), canned("好。"), "");
        try (Call call = new Call(parts, event -> {
            events.add(event);
            throw new IllegalStateException("a page that is gone");
        })) {
            call.type("一");
            CommandEnginesTest.waitFor(() -> !of(events, CallEvent.Spoken.class).isEmpty());
        }
    }

    private CallParts local(String answer) {
        String ears = Spoken.requireProgram("pocketsphinx_continuous").toString();
        String mouth = Spoken.requireProgram("espeak-ng").toString();
        return CallParts.usual(
                new EnergyActivity(),
                CommandRecognizer.pocketsphinx(ears, threads),
                CommandSpeaker.espeak(mouth, 170, threads),
                canned(answer),
                "");
    }

    private CallParts remote(FakeVendor vendor, String answer) {
        SpeechServer server = new SpeechServer(
                java.net.URI.create(vendor.web() + "/v1"), new Secret("K", ""), "m", "v", "", "pcm", 24_000);
        java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient();
        return CallParts.usual(
                new EnergyActivity(),
                new ServerRecognizer(server, client),
                new ServerSpeaker(server, client, threads),
                canned(answer),
                "");
    }

    /** Answers everything with one text, word by word. */
    private static Answerer canned(String answer) {
        return (lines, listener) -> {
            for (String word : answer.split("(?<= )")) {
                listener.text(word);
            }
            listener.done();
            return () -> {};
        };
    }

    /** Clear speech, at the rate of a call. */
    private Pcm question(String text) throws Exception {
        Said said = new Said();
        Speaker.Session voice = CommandSpeaker.festival(
                        Spoken.requireProgram("text2wave").toString(), threads)
                .open("", said);
        voice.say(0, text);
        voice.finish();
        said.awaitDone();
        return said.all().at(Pcm.SPEECH_RATE);
    }

    /** Feeds in real time, as a microphone does. */
    private static void speak(Call call, Pcm sound) throws InterruptedException {
        long start = System.nanoTime();
        for (int at = 0; at < sound.samples().length; at += 320) {
            call.feed(Arrays.copyOfRange(sound.samples(), at, Math.min(sound.samples().length, at + 320)));
            long due = start + (at / 320 + 1) * 20_000_000L;
            Thread.sleep(Math.max(0, (due - System.nanoTime()) / 1_000_000));
        }
    }

    /** Feeds at once. */
    private static void feed(Call call, Pcm sound) {
        call.feed(sound.samples());
    }

    private static double millis(List<CallEvent> events) {
        return of(events, CallEvent.Sound.class).stream()
                .mapToDouble(sound -> sound.sound().millis())
                .sum();
    }

    private static <T extends CallEvent> List<T> of(List<CallEvent> events, Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }
}
