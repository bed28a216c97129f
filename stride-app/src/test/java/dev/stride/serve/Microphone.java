package dev.stride.serve;

import dev.stride.voice.Pcm;
import dev.stride.voice.WavWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/** What Chromium's microphone hears: a sound that begins when the page opens it. */
final class Microphone {
    private static final int RATE = 48_000;

    private final ByteArrayOutputStream sound = new ByteArrayOutputStream();
    private final SplittableRandom random = new SplittableRandom(7);

    /** An English sentence in festival's voice. */
    Microphone say(String text) throws Exception {
        sound.writeBytes(LocalSpeech.say(text).at(RATE).toBytes());
        return this;
    }

    Microphone silence(double seconds) {
        return add(seconds, 0);
    }

    /** White noise of an effective amplitude. */
    Microphone noise(double seconds, double amplitude) {
        return add(seconds, amplitude);
    }

    /** A click of two milliseconds every third of a second: a keyboard, a door. */
    Microphone clicks(double seconds) {
        for (int i = 0; i < seconds * 3; i++) {
            add(0.002, 12_000);
            add(1.0 / 3 - 0.002, 0);
        }
        return this;
    }

    private Microphone add(double seconds, double amplitude) {
        short[] samples = new short[(int) (seconds * RATE)];
        for (int i = 0; i < samples.length && amplitude > 0; i++) {
            double value = amplitude * random.nextGaussian();
            samples[i] = (short) Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, value));
        }
        sound.writeBytes(new Pcm(samples, RATE).toBytes());
        return this;
    }

    /** How long it is. */
    double seconds() {
        return sound.size() / 2.0 / RATE;
    }

    /** Chromium's arguments for it, once and then silence. */
    List<String> once(Path folder) throws IOException {
        return arguments(folder, "%noloop");
    }

    /** Chromium's arguments for it, again and again. */
    List<String> again(Path folder) throws IOException {
        return arguments(folder, "");
    }

    private List<String> arguments(Path folder, String how) throws IOException {
        Path file = folder.resolve("microphone.wav");
        Files.write(file, WavWriter.file(Pcm.ofBytes(sound.toByteArray(), RATE)));
        return List.of(
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                "--use-file-for-fake-audio-capture=" + file + how);
    }
}
