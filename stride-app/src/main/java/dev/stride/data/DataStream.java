package dev.stride.data;

import com.github.luben.zstd.ZstdInputStream;
import dev.stride.config.UserException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** The bytes of a data file; gzip and Zstandard are known by their first bytes, whatever the name says. */
final class DataStream {
    private static final int BUFFER = 1 << 16;

    private DataStream() {}

    /** Opens a file and takes off its compression. */
    static InputStream open(Path file) throws IOException {
        InputStream raw = new BufferedInputStream(Files.newInputStream(file), BUFFER);
        try {
            byte[] head = head(raw, 4);
            if (starts(head, 0x1f, 0x8b)) {
                return new BufferedInputStream(new GZIPInputStream(raw, BUFFER), BUFFER);
            }
            if (starts(head, 0x28, 0xb5, 0x2f, 0xfd)) {
                return new BufferedInputStream(new ZstdInputStream(raw).setContinuous(false), BUFFER);
            }
            if (starts(head, 0xff, 0xfe) || starts(head, 0xfe, 0xff)) {
                throw new UserException(file + " is UTF-16 text; expected UTF-8: iconv -f UTF-16 -t UTF-8");
            }
            return raw;
        } catch (IOException | RuntimeException e) {
            raw.close();
            throw e;
        }
    }

    /** The first bytes of a stream that can be reset; fewer where the stream is shorter. */
    private static byte[] head(InputStream in, int count) throws IOException {
        in.mark(count);
        byte[] head = in.readNBytes(count);
        in.reset();
        return head;
    }

    /** The lower-case extension that says what is inside: {@code jsonl} for {@code train.jsonl.gz}; may be empty. */
    static String extension(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".gz") || name.endsWith(".zst")) {
            name = name.substring(0, name.lastIndexOf('.'));
        }
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1);
    }

    private static boolean starts(byte[] head, int... magic) {
        if (head.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if (head[i] != (byte) magic[i]) {
                return false;
            }
        }
        return true;
    }
}
