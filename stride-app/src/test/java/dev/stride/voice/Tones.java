package dev.stride.voice;

import java.util.SplittableRandom;

/** Sounds that tests make and measure. */
public final class Tones {
    private Tones() {}

    static Pcm tone(double hertz, int rate, double seconds, double amplitude) {
        short[] samples = new short[(int) (seconds * rate)];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) Math.round(amplitude * Math.sin(2 * Math.PI * hertz * i / rate));
        }
        return new Pcm(samples, rate);
    }

    static Pcm silence(int rate, double seconds) {
        return new Pcm(new short[(int) (seconds * rate)], rate);
    }

    static Pcm noise(int rate, double seconds, double rms, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        short[] samples = new short[(int) (seconds * rate)];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) Math.max(-32768, Math.min(32767, Math.round(rms * random.nextGaussian())));
        }
        return new Pcm(samples, rate);
    }

    /** The amplitude of one frequency in the middle of a sound, by correlation under a Hann window. */
    static double level(Pcm sound, double hertz) {
        int from = sound.samples().length / 5;
        int to = sound.samples().length - from;
        double re = 0;
        double im = 0;
        double weight = 0;
        for (int i = from; i < to; i++) {
            double window = 0.5 - 0.5 * Math.cos(2 * Math.PI * (i - from) / (to - from));
            double angle = 2 * Math.PI * hertz * i / sound.rate();
            re += window * sound.samples()[i] * Math.cos(angle);
            im += window * sound.samples()[i] * Math.sin(angle);
            weight += window;
        }
        return 2 * Math.hypot(re, im) / weight;
    }

    /** The root of the mean square in the middle of a sound. */
    static double rms(Pcm sound) {
        int from = sound.samples().length / 5;
        int to = sound.samples().length - from;
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += (double) sound.samples()[i] * sound.samples()[i];
        }
        return Math.sqrt(sum / (to - from));
    }

    /** One sound behind the other. */
    public static Pcm join(Pcm... sounds) {
        int length = 0;
        for (Pcm sound : sounds) {
            length += sound.samples().length;
        }
        short[] all = new short[length];
        int at = 0;
        for (Pcm sound : sounds) {
            System.arraycopy(sound.samples(), 0, all, at, sound.samples().length);
            at += sound.samples().length;
        }
        return new Pcm(all, sounds[0].rate());
    }
}
