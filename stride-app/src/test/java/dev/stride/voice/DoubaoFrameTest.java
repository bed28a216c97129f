package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The vectors of the vendor's document 6561/1594356, and frames that are wrong. */
class DoubaoFrameTest {
    private static final String ID = "75a6126e-427f-49a1-a2c1-621143cb9db3";

    @Test
    void encode_startConnection_isTheDocumentsFourteenBytes() throws Exception {
        DoubaoFrame frame = DoubaoFrame.text(1, "", "{}");
        assertThat(frame.encode()).isEqualTo(hex("11 14 10 00 00 00 00 01 00 00 00 02 7B 7D"));
        assertThat(DoubaoFrame.decode(frame.encode()).text()).isEqualTo("{}");
    }

    @Test
    void encode_startSession_isTheDocuments112Bytes() {
        String json = "{\"dialog\":{\"bot_name\":\"豆包\",\"dialog_id\":\"\",\"extra\":null}}";
        byte[] frame = DoubaoFrame.text(100, ID, json).encode();
        assertThat(frame).hasSize(112);
        assertThat(Arrays.copyOf(frame, 12)).isEqualTo(hex("11 14 10 00 00 00 00 64 00 00 00 24"));
        assertThat(new String(frame, 12, 36, StandardCharsets.US_ASCII)).isEqualTo(ID);
        assertThat(Arrays.copyOfRange(frame, 48, 52)).isEqualTo(hex("00 00 00 3C"));
        assertThat(new String(frame, 52, 60, StandardCharsets.UTF_8)).isEqualTo(json);
    }

    @Test
    void decode_speech_isTheDocumentsFrame() throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(12 + 36 + 4 + 2_044)
                .put(hex("11 B4 00 00 00 00 01 60 00 00 00 24"))
                .put(ID.getBytes(StandardCharsets.US_ASCII))
                .put(hex("00 00 07 FC 4F 67 67 53"));
        DoubaoFrame frame = DoubaoFrame.decode(bytes.array());
        assertThat(frame.type()).isEqualTo(DoubaoFrame.AUDIO_DOWN);
        assertThat(frame.event()).isEqualTo(352);
        assertThat(frame.id()).isEqualTo(ID);
        assertThat(frame.payload()).hasSize(2_044).startsWith('O', 'g', 'g', 'S');
        assertThat(frame.isLast()).isFalse();
    }

    @Test
    void encode_twentyMillisOfSound_is692Bytes() {
        byte[] frame = DoubaoFrame.audio(200, ID, new byte[640]).encode();
        assertThat(frame).hasSize(692);
        assertThat(Arrays.copyOf(frame, 12)).isEqualTo(hex("11 24 00 00 00 00 00 C8 00 00 00 24"));
        assertThat(Arrays.copyOfRange(frame, 48, 52)).isEqualTo(hex("00 00 02 80"));
    }

    @Test
    void decode_connectionStarted_withAndWithoutAnId() throws Exception {
        assertThat(DoubaoFrame.decode(hex("11 94 10 00 00 00 00 32 00 00 00 02 7B 7D"))
                        .text())
                .isEqualTo("{}");
        assertThat(DoubaoFrame.decode(hex("11 94 10 00 00 00 00 32 00 00 00 03 61 62 63 00 00 00 02 7B 7D"))
                        .text())
                .isEqualTo("{}");
        assertThat(DoubaoFrame.decode(hex("11 94 10 00 00 00 00 32 00 00 00 03 61 62 63 00 00 00 00"))
                        .text())
                .isEmpty();
    }

    @Test
    void decode_errors_withAndWithoutAnEvent() throws Exception {
        byte[] json = "{\"error\":\"no\"}".getBytes(StandardCharsets.UTF_8);
        DoubaoFrame plain = DoubaoFrame.decode(join(hex("11 F0 10 00 02 AE A5 42 00 00 00 0E"), json));
        assertThat(plain.code()).isEqualTo(0x02AEA542);
        assertThat(plain.text()).isEqualTo("{\"error\":\"no\"}");
        DoubaoFrame withEvent =
                DoubaoFrame.decode(join(hex("11 F4 10 00 02 AE A5 42 00 00 00 99 00 00 00 01 78 00 00 00 0E"), json));
        assertThat(withEvent.event()).isEqualTo(153);
        assertThat(withEvent.id()).isEqualTo("x");
        assertThat(withEvent.text()).isEqualTo("{\"error\":\"no\"}");
    }

    @Test
    void decode_recognition_hasASequenceAndALast() throws Exception {
        DoubaoFrame last = new DoubaoFrame(9, 3, true, true, 0, -7, 0, "", "{}".getBytes(StandardCharsets.UTF_8));
        DoubaoFrame back = DoubaoFrame.decode(last.encode());
        assertThat(back.sequence()).isEqualTo(-7);
        assertThat(back.isLast()).isTrue();
        assertThat(back.isZipped()).isTrue();
        assertThat(back.text()).isEqualTo("{}");
        DoubaoFrame bare = DoubaoFrame.decode(hex("11 92 10 00 00 00 00 02 7B 7D"));
        assertThat(bare.isLast()).isTrue();
        assertThat(bare.sequence()).isZero();
    }

    @Test
    void decode_anyFrame_isWhatWasEncoded() throws Exception {
        SplittableRandom random = new SplittableRandom(13);
        for (int round = 0; round < 2_000; round++) {
            boolean event = random.nextBoolean();
            byte[] payload = new byte[random.nextInt(50)];
            random.nextBytes(payload);
            DoubaoFrame frame = new DoubaoFrame(
                    new int[] {1, 2, 9, 11, 15}[random.nextInt(5)],
                    event ? 4 : random.nextInt(4),
                    random.nextBoolean(),
                    random.nextBoolean(),
                    random.nextInt(),
                    random.nextInt(),
                    random.nextInt(100, 600),
                    "é".repeat(random.nextInt(5)),
                    payload);
            DoubaoFrame back = DoubaoFrame.decode(frame.encode());
            assertThat(back.payload()).isEqualTo(payload);
            assertThat(back.type()).isEqualTo(frame.type());
            assertThat(back.event()).isEqualTo(event ? frame.event() : 0);
            assertThat(back.id()).isEqualTo(event ? frame.id() : "");
            assertThat(back.code()).isEqualTo(frame.type() == 15 ? frame.code() : 0);
        }
    }

    @Test
    void decode_brokenBytes_areAnIoExceptionAndNothingElse() {
        SplittableRandom random = new SplittableRandom(17);
        byte[] good = DoubaoFrame.text(350, ID, "{\"text\":\"好\"}").encode();
        int refused = 0;
        for (int round = 0; round < 5_000; round++) {
            byte[] bad = Arrays.copyOf(good, random.nextInt(good.length + 1));
            for (int i = 0; i < 3 && bad.length > 0; i++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                DoubaoFrame.decode(bad);
            } catch (IOException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(2_000);
        assertThatThrownBy(() -> DoubaoFrame.decode(hex("11 94 10 00 00 00 01 5E 7F FF FF FF")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("2147483647");
    }

    @Test
    void sentences_ofSeveralPieces_areFoundInWhatWasSent() {
        SentencePieces pieces = new SentencePieces();
        pieces.add(0, "好的。");
        pieces.add(1, "我最喜欢的是，");
        pieces.add(2, "三。");
        pieces.add(3, "就这样。");
        pieces.sentence("好的");
        assertThat(pieces.current()).isZero();
        pieces.sentence("我最喜欢的是，三。");
        assertThat(pieces.current()).isEqualTo(2);
        pieces.sentence("");
        assertThat(pieces.current()).isEqualTo(3);
        pieces.sentence("");
        assertThat(pieces.current()).isEqualTo(3);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static byte[] join(byte[] a, byte[] b) {
        return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
    }
}
