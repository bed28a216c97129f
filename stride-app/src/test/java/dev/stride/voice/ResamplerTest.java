package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResamplerTest {
    private static final int AMPLITUDE = 16_000;

    @ParameterizedTest
    @CsvSource({
        "24000, 16000",
        "16000, 24000",
        "16000, 8000",
        "8000, 16000",
        "22050, 16000",
        "16000, 22050",
        "48000, 16000",
        "16000, 48000",
        "22050, 24000",
        "24000, 48000",
        "48000, 8000",
        "44100, 16000"
    })
    void convert_toneInTheBand_keepsItsLevel(int from, int to) {
        double half = Math.min(from, to) / 2.0;
        for (double share : new double[] {0.02, 0.1, 0.3, 0.5, 0.7, 0.85}) {
            double level = decibels(
                    Tones.level(Tones.tone(share * half, from, 1.0, AMPLITUDE).at(to), share * half));
            assertThat(level).as("%s of half the rate", share).isBetween(-0.1, 0.1);
        }
    }

    @ParameterizedTest
    @CsvSource({"24000, 16000", "48000, 16000", "48000, 8000", "22050, 16000", "16000, 8000", "44100, 16000"})
    void convert_toneThatWouldFoldBack_isSixtyDecibelsDown(int from, int to) {
        int seen = 0;
        for (double share : new double[] {1.01, 1.1, 1.25, 1.3}) {
            double tone = share * to / 2;
            if (tone >= from / 2.0) {
                continue;
            }
            seen++;
            Pcm out = Tones.tone(tone, from, 1.0, 30_000).at(to);
            assertThat(decibels(Tones.rms(out) * Math.sqrt(2) / 30_000 * AMPLITUDE))
                    .isLessThan(-60);
        }
        assertThat(seen).isGreaterThanOrEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"16000, 24000", "16000, 48000", "8000, 16000", "22050, 24000", "16000, 22050"})
    void convert_toneUpwards_hasNoImage(int from, int to) {
        double tone = 0.8 * from / 2;
        Pcm out = Tones.tone(tone, from, 1.0, AMPLITUDE).at(to);
        double image = from - tone;
        if (image < to / 2.0) {
            assertThat(decibels(Tones.level(out, image))).isLessThan(-60);
        } else {
            assertThat(out.samples()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"24000, 16000", "16000, 24000", "22050, 16000", "16000, 8000", "16000, 16000", "48000, 16000"})
    void feed_inAnyChunks_givesWhatTheWholeGives(int from, int to) {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 20; round++) {
            short[] all = new short[random.nextInt(1, 5_000)];
            for (int i = 0; i < all.length; i++) {
                all[i] = (short) random.nextInt(-20_000, 20_000);
            }
            Resampler resampler = new Resampler(from, to);
            List<Short> made = new ArrayList<>();
            for (int at = 0; at < all.length; ) {
                int end = Math.min(all.length, at + random.nextInt(0, 700));
                add(made, resampler.feed(Arrays.copyOfRange(all, at, end)));
                at = end;
            }
            add(made, resampler.finish());
            short[] whole = new Pcm(all, from).at(to).samples();
            assertThat(made).hasSize((int) (((long) all.length * to + from - 1) / from));
            for (int i = 0; i < whole.length; i++) {
                assertThat(made.get(i)).isEqualTo(whole[i]);
            }
        }
    }

    @Test
    void feed_halfAnHourInFrames_holdsLittle() {
        Resampler resampler = new Resampler(48_000, 16_000);
        long samples = 0;
        for (int frame = 0; frame < 20_000; frame++) {
            samples += resampler.feed(new short[960]).length;
        }
        // all but the filter's delay of 32 samples
        assertThat(samples).isBetween(20_000L * 320 - 40, 20_000L * 320);
    }

    private static void add(List<Short> list, short[] samples) {
        for (short sample : samples) {
            list.add(sample);
        }
    }

    private static double decibels(double amplitude) {
        return 20 * Math.log10(amplitude / AMPLITUDE);
    }
}
