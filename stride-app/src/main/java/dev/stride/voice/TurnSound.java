package dev.stride.voice;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The sound of a turn that is sent as a whole; for one thread at a time. */
final class TurnSound {
    private final List<short[]> parts = new ArrayList<>();
    private int length;

    void add(short[] samples) {
        parts.add(samples);
        length += samples.length;
    }

    int length() {
        return length;
    }

    /** What there is in frames of one length; the rest waits. */
    List<short[]> frames(int size) {
        List<short[]> frames = new ArrayList<>();
        if (length < size) {
            return frames;
        }
        short[] all = take().samples();
        int at = 0;
        for (; at + size <= all.length; at += size) {
            frames.add(Arrays.copyOfRange(all, at, at + size));
        }
        if (at < all.length) {
            add(Arrays.copyOfRange(all, at, all.length));
        }
        return frames;
    }

    /** All of it; it is empty afterwards. */
    Pcm take() {
        short[] all = new short[length];
        int at = 0;
        for (short[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        parts.clear();
        length = 0;
        return new Pcm(all, Pcm.SPEECH_RATE);
    }
}
