package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stride.config.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VoiceActivityTest {
    private static final int RATE = Pcm.SPEECH_RATE;

    @Test
    void energy_speechAgainstSilenceAndNoise_tellsThemApart() throws Exception {
        check(new EnergyActivity());
    }

    @ParameterizedTest
    @ValueSource(strings = {"silero_vad_v5.onnx", "silero_vad_v6.onnx", "silero_vad_legacy.onnx"})
    void silero_speechAgainstSilenceAndNoise_tellsThemApart(String name) throws Exception {
        try (SileroModel model = new SileroModel(model(name));
                VoiceActivity activity = model.open()) {
            check(activity);
        }
    }

    @Test
    void silero_twoCallsInTurns_doNotHearEachOther() throws Exception {
        float[] speech;
        float[] together;
        Pcm spoken = Spoken.english("Two people talk at the same time.");
        Pcm noise = Tones.noise(RATE, spoken.millis() / 1_000, 8_000, 5);
        try (SileroModel model = new SileroModel(model("silero_vad_v5.onnx"))) {
            speech = all(model.open(), spoken);
            VoiceActivity one = model.open();
            VoiceActivity other = model.open();
            together = new float[speech.length];
            for (int i = 0; i < speech.length; i++) {
                together[i] = one.probability(frame(spoken, i));
                other.probability(frame(noise, i));
            }
        }
        assertThat(speech).isNotEmpty();
        assertThat(together).isEqualTo(speech);
    }

    @Test
    void silero_afterReset_isNew() throws Exception {
        Pcm spoken = Spoken.english("Start again from the beginning.");
        try (SileroModel model = new SileroModel(model("silero_vad_v5.onnx"))) {
            VoiceActivity activity = model.open();
            float[] first = all(activity, spoken);
            activity.reset();
            assertThat(all(activity, spoken)).isEqualTo(first);
        }
    }

    @Test
    void sileroModel_missingOrOtherFile_isRefusedInWords(@TempDir Path folder) throws Exception {
        assertThatThrownBy(() -> new SileroModel(folder.resolve("none.onnx")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("npm pack @ricky0123/vad-web");
        Path other = Files.writeString(folder.resolve("other.onnx"), "not a model");
        assertThatThrownBy(() -> new SileroModel(other))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("cannot load");
    }

    private static void check(VoiceActivity activity) throws Exception {
        Pcm quiet = Tones.noise(RATE, 1, 8, 1);
        Pcm english = Spoken.english("The learning rate that I like best is three times ten to the minus four.");
        Pcm chinese = Spoken.chinese("我最喜欢的学习率是三乘十的负四次方，其他的都太大。");
        Pcm hiss = Tones.noise(RATE, 3, 600, 2);
        Pcm hum = Tones.tone(50, RATE, 2, 3_000);
        assertThat(share(all(activity, Tones.silence(RATE, 1)))).as("silence").isLessThan(0.02);
        assertThat(share(all(activity, quiet))).as("a quiet room").isLessThan(0.05);
        assertThat(share(all(activity, english))).as("English").isGreaterThan(0.6);
        assertThat(share(all(activity, Tones.silence(RATE, 1))))
                .as("silence after")
                .isLessThan(0.35);
        assertThat(share(all(activity, chinese))).as("Chinese").isGreaterThan(0.6);
        activity.reset();
        assertThat(share(all(activity, hiss))).as("white noise").isLessThan(0.1);
        activity.reset();
        float[] humming = all(activity, hum);
        assertThat(share(Arrays.copyOfRange(humming, 40, humming.length)))
                .as("a hum")
                .isLessThan(0.2);
    }

    private static float[] all(VoiceActivity activity, Pcm sound) {
        float[] all = new float[sound.samples().length / VoiceActivity.FRAME];
        for (int i = 0; i < all.length; i++) {
            all[i] = activity.probability(frame(sound, i));
        }
        return all;
    }

    private static short[] frame(Pcm sound, int index) {
        return Arrays.copyOfRange(sound.samples(), index * VoiceActivity.FRAME, (index + 1) * VoiceActivity.FRAME);
    }

    private static double share(float[] probabilities) {
        int speech = 0;
        for (float probability : probabilities) {
            speech += probability > 0.5 ? 1 : 0;
        }
        return (double) speech / probabilities.length;
    }

    /** Where the models lie: the folder that STRIDE_TEST_VAD names, as {@code npm pack @ricky0123/vad-web} fills it. */
    private static Path model(String name) {
        String folder = System.getenv("STRIDE_TEST_VAD");
        assumeTrue(
                folder != null && Files.isRegularFile(Path.of(folder, name)),
                "SKIPPED: STRIDE_TEST_VAD names no folder with " + name + " (npm pack @ricky0123/vad-web; dist/)");
        return Path.of(folder, name);
    }
}
