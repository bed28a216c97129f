package dev.stride.voice;

import java.util.Arrays;

/** Makes samples of bytes that come in chunks of any length: an odd byte waits for the next chunk. */
final class SampleBytes {
    private byte[] odd = new byte[0];

    short[] take(byte[] chunk) {
        byte[] all = Arrays.copyOf(odd, odd.length + chunk.length);
        System.arraycopy(chunk, 0, all, odd.length, chunk.length);
        int whole = all.length / 2 * 2;
        odd = Arrays.copyOfRange(all, whole, all.length);
        return Pcm.ofBytes(Arrays.copyOf(all, whole), Pcm.SPEECH_RATE).samples();
    }
}
