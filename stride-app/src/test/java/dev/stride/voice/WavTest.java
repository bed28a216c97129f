package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WavTest {
    private static final Pcm SOUND = Tones.noise(22_050, 0.2, 5_000, 3);

    @Test
    void read_writtenFile_isTheSame() {
        Pcm back = WavReader.read(WavWriter.file(SOUND));
        assertThat(back.samples()).isEqualTo(SOUND.samples());
        assertThat(back.rate()).isEqualTo(22_050);
    }

    @Test
    void feed_streamOfUnknownLengthInOddChunks_givesEverySampleOnce() {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        stream.writeBytes(WavWriter.streamHeader(22_050));
        stream.writeBytes(SOUND.toBytes());
        byte[] all = stream.toByteArray();
        SplittableRandom random = new SplittableRandom(11);
        for (int round = 0; round < 50; round++) {
            WavReader reader = new WavReader();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int at = 0; at < all.length; ) {
                int end = Math.min(all.length, at + random.nextInt(1, 400));
                out.writeBytes(new Pcm(reader.feed(Arrays.copyOfRange(all, at, end)), 22_050).toBytes());
                at = end;
            }
            assertThat(out.toByteArray()).isEqualTo(SOUND.toBytes());
            assertThat(reader.rate()).isEqualTo(22_050);
        }
    }

    @Test
    void feed_partsBeforeAndBehindTheSound_areNotHeard() {
        byte[] data = SOUND.toBytes();
        ByteBuffer file = ByteBuffer.allocate(12 + 24 + 8 + 3 + 1 + 8 + data.length + 12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(ascii("RIFF"))
                .putInt(0)
                .put(ascii("WAVE"))
                .put(ascii("LIST"))
                .putInt(3)
                .put(ascii("abc"))
                .put((byte) 0)
                .put(ascii("fmt "))
                .putInt(16)
                .putShort((short) 1)
                .putShort((short) 1)
                .putInt(22_050)
                .putInt(44_100)
                .putShort((short) 2)
                .putShort((short) 16)
                .put(ascii("data"))
                .putInt(data.length)
                .put(data)
                .put(ascii("tail"))
                .putInt(4)
                .putInt(77);
        assertThat(WavReader.read(file.array()).samples()).isEqualTo(SOUND.samples());
    }

    @Test
    void read_twoChannels_areAveraged() {
        byte[] file = WavWriter.file(new Pcm(new short[] {100, 300, -50, 50}, 8_000));
        file[22] = 2;
        assertThat(WavReader.read(file).samples()).containsExactly((short) 200, (short) 0);
    }

    @Test
    void read_otherThings_areRefusedInWords() {
        byte[] wide = WavWriter.file(SOUND);
        wide[34] = 24;
        assertThatThrownBy(() -> WavReader.read(wide))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("24 bits");
        assertThatThrownBy(() -> WavReader.read("ID3 and so on, an mp3".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("does not begin with RIFF");
        assertThatThrownBy(() -> WavReader.read(Arrays.copyOf(WavWriter.file(SOUND), 30)))
                .hasMessageContaining("ends before its sound");
    }

    @Test
    void ofBytes_oddByte_isRefused() {
        assertThatThrownBy(() -> Pcm.ofBytes(new byte[3], 16_000)).hasMessageContaining("3 bytes");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
