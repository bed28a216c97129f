package dev.stride.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Utf8StreamTest {
    private static String decode(byte[] bytes) {
        Utf8Stream stream = new Utf8Stream();
        StringBuilder out = new StringBuilder();
        for (byte value : bytes) {
            stream.accept(value & 0xff, out);
        }
        stream.finish(out);
        return out.toString();
    }

    /** Bytes in hex, and the code points that Python 3.11 gives for them with errors="replace". */
    @ParameterizedTest
    @CsvSource({
        "41, 41",
        "e4bda0, 4f60",
        "e4bd, fffd",
        "e4bd41, fffd 41",
        "f09f98, fffd",
        "f09f980aff, fffd a fffd",
        "eda080, fffd fffd fffd",
        "c0af, fffd fffd",
        "e080af, fffd fffd fffd",
        "f0808080, fffd fffd fffd fffd",
        "f4908080, fffd fffd fffd fffd",
        "fe, fffd",
        "c2, fffd",
        "c241, fffd 41",
        "80bf, fffd fffd",
        "e4f09f9880, fffd 1f600",
        "f48fbfbf, 10ffff",
        "efbfbd, fffd",
    })
    void accept_anyBytes_readsAsPythonWithReplacement(String hex, String codePoints) {
        StringBuilder expected = new StringBuilder();
        for (String c : codePoints.split(" ")) {
            expected.appendCodePoint(Integer.parseInt(c, 16));
        }
        assertThat(decode(HexFormat.of().parseHex(hex))).isEqualTo(expected.toString());
    }

    @Test
    void accept_validBytes_givesTheText() {
        Random random = new Random(5);
        for (int round = 0; round < 500; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < 20; i++) {
                int c = random.nextInt(Character.MAX_CODE_POINT + 1);
                text.appendCodePoint(c >= 0xD800 && c < 0xE000 ? 'x' : c);
            }
            assertThat(decode(text.toString().getBytes(StandardCharsets.UTF_8))).isEqualTo(text.toString());
        }
    }
}
