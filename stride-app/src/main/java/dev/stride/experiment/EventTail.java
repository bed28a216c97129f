package dev.stride.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The whole lines of a file behind a place, while another writes to its end. */
final class EventTail {
    /** Bytes before a place by which it is known again. */
    private static final int MARK = 512;

    private EventTail() {}

    /**
     * Some lines.
     *
     * @param end the place behind them, in bytes
     * @param lines without their line feeds; none where nothing whole is there
     * @param mark by which {@link #holds} knows the place again
     */
    record Lines(long end, List<String> lines, String mark) {}

    /**
     * Reads on.
     *
     * @param from a place behind a line feed, or 0
     * @param most bytes, as long as one line fits into them
     */
    static Lines read(Path file, long from, int most) {
        if (!Files.exists(file)) {
            return new Lines(from, List.of(), "");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (int room = most; ; room *= 2) {
                byte[] bytes = read(channel, from, room);
                int last = bytes.length;
                while (last > 0 && bytes[last - 1] != '\n') {
                    last--;
                }
                if (last > 0) {
                    String text = new String(bytes, 0, last, StandardCharsets.UTF_8);
                    return new Lines(from + last, text.lines().toList(), mark(channel, from + last));
                }
                if (bytes.length < room) {
                    return new Lines(from, List.of(), "");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Whether the file still has, up to a place, what it had when a mark was made there; a cut and a new file have not. */
    static boolean holds(Path file, long place, String mark) {
        if (place == 0) {
            return true;
        }
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.size() >= place && mark(channel, place).equals(mark);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** How many whole lines there are behind a place. */
    static long count(Path file, long from) {
        long count = 0;
        long at = from;
        while (true) {
            Lines some = read(file, at, 1 << 20);
            if (some.lines().isEmpty()) {
                return count;
            }
            count += some.lines().size();
            at = some.end();
        }
    }

    private static String mark(FileChannel channel, long place) throws IOException {
        int length = (int) Math.min(MARK, place);
        return digest(read(channel, place - length, length)).substring(0, 16);
    }

    /** SHA-256 in hexadecimal digits. */
    static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** At most so many bytes; fewer at the end of the file. */
    private static byte[] read(FileChannel channel, long from, int most) throws IOException {
        long there = Math.max(0, channel.size() - from);
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(most, there));
        while (buffer.hasRemaining() && channel.read(buffer, from + buffer.position()) >= 0) {
            continue;
        }
        byte[] bytes = new byte[buffer.position()];
        buffer.flip().get(bytes);
        return bytes;
    }
}
