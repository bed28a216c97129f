package dev.stride.voice;

/**
 * Says how likely a frame holds speech. It remembers the frames before, so each call has one of its own; it is used by
 * one thread.
 */
public interface VoiceActivity extends AutoCloseable {
    /** Samples of a frame, at {@link Pcm#SPEECH_RATE}: 32 ms. */
    int FRAME = 512;

    /** Milliseconds of a frame. */
    int FRAME_MILLIS = FRAME * 1_000 / Pcm.SPEECH_RATE;

    /** The probability, 0 to 1, that this frame holds speech; exactly {@link #FRAME} samples. */
    float probability(short[] frame);

    /** Forgets all frames before. */
    void reset();

    @Override
    void close();
}
