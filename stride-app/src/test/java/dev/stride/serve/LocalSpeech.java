package dev.stride.serve;

import dev.stride.voice.EnergyActivity;
import dev.stride.voice.EngineFailure;
import dev.stride.voice.Pcm;
import dev.stride.voice.Recognizer;
import dev.stride.voice.Speaker;
import dev.stride.voice.Tones;
import dev.stride.voice.VoiceActivity;
import dev.stride.voice.VoiceEngines;
import dev.stride.voice.VoiceSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** English speech, made by festival and understood by pocketsphinx. */
final class LocalSpeech {
    private static final long PATIENCE_SECONDS = 60;
    private static final int STEP = Pcm.SPEECH_RATE / 50;

    private LocalSpeech() {}

    /** Skips the test, visibly, where this machine has not both. */
    static void require() {
        try (VoiceEngines engines = engines()) {
            Assumptions.assumeTrue(
                    !engines.speakers().isEmpty() && !engines.recognizers().isEmpty(),
                    "SKIPPED: festival and pocketsphinx are not on this machine (apt install festival festvox-us-slt-hts"
                            + " pocketsphinx pocketsphinx-en-us)");
        }
    }

    private static VoiceEngines engines() {
        return new VoiceEngines(
                VoiceSettings.of(Map.of("speaker", "festival", "recognizer", "pocketsphinx")), System.getenv());
    }

    /** A text as sound at {@link Pcm#SPEECH_RATE}. */
    static Pcm say(String text) throws Exception {
        require();
        List<Pcm> chunks = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> end = new CompletableFuture<>();
        try (VoiceEngines engines = engines()) {
            Speaker.Session session = engines.speakers().get(0).open("", new Speaker.Listener() {
                @Override
                public void sound(int piece, Pcm chunk) {
                    chunks.add(chunk);
                }

                @Override
                public void done() {
                    end.complete(null);
                }

                @Override
                public void failed(EngineFailure failure) {
                    end.completeExceptionally(new AssertionError(failure.message()));
                }
            });
            session.say(0, text);
            session.finish();
            end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        return Tones.join(chunks.toArray(Pcm[]::new)).at(Pcm.SPEECH_RATE);
    }

    /** What is understood of a sound. */
    static String hear(Pcm sound) throws Exception {
        require();
        CompletableFuture<String> text = new CompletableFuture<>();
        try (VoiceEngines engines = engines()) {
            Recognizer.Session session = engines.recognizers().get(0).open(new Recognizer.Listener() {
                @Override
                public void partial(String soFar) {
                    // the whole is asked for
                }

                @Override
                public void result(String whole) {
                    text.complete(whole);
                }

                @Override
                public void failed(EngineFailure failure) {
                    text.completeExceptionally(new AssertionError(failure.message()));
                }
            });
            short[] samples = sound.at(Pcm.SPEECH_RATE).samples();
            for (int at = 0; at < samples.length; at += STEP) {
                session.feed(Arrays.copyOfRange(samples, at, Math.min(samples.length, at + STEP)));
            }
            session.finish();
            return text.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** The share of a sound's frames that are speech, by energy and pitch. */
    static double speech(Pcm sound) {
        VoiceActivity activity = new EnergyActivity();
        short[] all = sound.at(Pcm.SPEECH_RATE).samples();
        int frames = all.length / VoiceActivity.FRAME;
        int speech = 0;
        for (int i = 0; i < frames; i++) {
            short[] frame = Arrays.copyOfRange(all, i * VoiceActivity.FRAME, (i + 1) * VoiceActivity.FRAME);
            speech += activity.probability(frame) > 0.5 ? 1 : 0;
        }
        return (double) speech / frames;
    }
}
