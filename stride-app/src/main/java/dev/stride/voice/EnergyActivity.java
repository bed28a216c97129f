package dev.stride.voice;

/**
 * Tells speech by its loudness over the noise that lasts and by its pitch, in plain Java. It takes hums and steady noise
 * for silence after they have lasted two seconds, but other voices, music and clatter for speech more often than a model does.
 *
 * <p>Per frame: the level in dB behind a filter that takes the mean out; a floor that falls at once and rises 12 dB a
 * second at most; the largest normalised autocorrelation at 60 to 400 Hz. A frame
 * counts when it is 6 to 12 dB over the floor and pitch was heard in it or in the 160 ms before, so that consonants count.
 */
public final class EnergyActivity implements VoiceActivity {
    private static final double QUIETEST = -60;
    private static final double RISE = 12.0 * FRAME_MILLIS / 1_000;
    private static final double MARGIN = 9;
    private static final double SLOPE = 1.2;
    private static final double PITCH = 0.45;
    private static final int PITCH_FRAMES = 5;
    private static final int SHORTEST_PERIOD = Pcm.SPEECH_RATE / 400;
    private static final int LONGEST_PERIOD = Pcm.SPEECH_RATE / 60;

    private double floor;
    private int sincePitch;
    private double before;
    private double filtered;

    /** A detector that has heard nothing yet. */
    public EnergyActivity() {
        reset();
    }

    @Override
    public float probability(short[] frame) {
        if (frame.length != FRAME) {
            throw new IllegalArgumentException("a frame of " + frame.length + " samples; allowed: " + FRAME);
        }
        double[] clean = new double[FRAME];
        double energy = 0;
        for (int i = 0; i < FRAME; i++) {
            // a pole at 0.97 cuts below about 80 Hz: hums of the mains and the mean
            filtered = frame[i] - before + 0.97 * filtered;
            before = frame[i];
            clean[i] = filtered;
            energy += filtered * filtered;
        }
        double level = 10 * Math.log10(energy / FRAME / (32768.0 * 32768) + 1e-12);
        floor = Math.max(QUIETEST, level < floor ? level : Math.min(level, floor + RISE));
        sincePitch = pitch(clean, energy) > PITCH ? 0 : Math.min(sincePitch + 1, PITCH_FRAMES + 1);
        double loud = 1 / (1 + Math.exp(-(level - floor - MARGIN) / SLOPE));
        return (float) (sincePitch > PITCH_FRAMES ? loud * 0.2 : loud);
    }

    private static double pitch(double[] clean, double energy) {
        if (energy < 1) {
            return 0;
        }
        double best = 0;
        for (int lag = SHORTEST_PERIOD; lag <= LONGEST_PERIOD; lag++) {
            double product = 0;
            double first = 1;
            double second = 1;
            for (int i = lag; i < FRAME; i += 2) {
                product += clean[i] * clean[i - lag];
                first += clean[i] * clean[i];
                second += clean[i - lag] * clean[i - lag];
            }
            best = Math.max(best, product / Math.sqrt(first * second));
        }
        return best;
    }

    @Override
    public void reset() {
        floor = QUIETEST + 15;
        sincePitch = PITCH_FRAMES + 1;
        before = 0;
        filtered = 0;
    }

    @Override
    public void close() {}
}
