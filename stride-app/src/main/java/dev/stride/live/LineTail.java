package dev.stride.live;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The end of a file of lines that grows. It is read on from where it was read to; a last line without its line feed waits
 * for the rest. When the file was cut, replaced or taken away, it is read from its beginning, and the reader is told so.
 */
final class LineTail {
    /** A longer line is passed over. */
    static final int MAX_LINE = 1 << 20;

    private static final int SMALLEST_BUFFER = 1 << 16;
    private static final int MARK = 64;

    /** Takes in what is read. */
    interface Reader {
        /** A line in {@code bytes[from..to)}, without its line feed; lines are counted from 1. */
        void line(long number, long offset, byte[] bytes, int from, int to);

        /** A line of more than {@value LineTail#MAX_LINE} bytes. */
        void tooLong(long number);

        /** All lines until now are gone. */
        void restarted();
    }

    private final Path path;
    private final Path root;
    private final Reader reader;
    private FileSight seen = FileSight.ABSENT;
    private String problem = "";
    private long offset;
    private long numLines;
    private boolean passing;
    /** The last bytes that were read, by which a file that was written anew in its place is told. */
    private byte[] mark = new byte[0];

    private boolean more;

    /** A file of which nothing was read yet; links that lead out of {@code root} are not followed. */
    LineTail(Path path, Path root, Reader reader) {
        this.path = path;
        this.root = root;
        this.reader = reader;
    }

    /**
     * Reads what is new.
     *
     * @param atMost bytes, about; what is left is read the next time
     * @return whether the file looks different from the last time, or there was something left to read
     */
    boolean poll(long atMost) {
        FileSight now = FileSight.of(path, root);
        if (now.equals(seen) && !more && problem.isEmpty()) {
            return false;
        }
        FileSight sightBefore = seen;
        String problemBefore = problem;
        boolean hadMore = more;
        readFrom(now, atMost);
        return hadMore || more || !now.equals(sightBefore) || !problem.equals(problemBefore);
    }

    private void readFrom(FileSight now, long atMost) {
        boolean replaced = (seen.isFile() && !now.isSameFile(seen)) || now.size() < offset;
        seen = now;
        problem = now.problem();
        more = false;
        if (replaced) {
            restart();
        }
        if (!now.isFile()) {
            return;
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (!markIsThere(channel)) {
                restart();
            }
            read(channel, atMost);
        } catch (IOException e) {
            problem = FileSight.reason(e);
        }
    }

    private void restart() {
        boolean any = offset > 0;
        offset = 0;
        numLines = 0;
        passing = false;
        mark = new byte[0];
        if (any) {
            reader.restarted();
        }
    }

    private boolean markIsThere(FileChannel channel) throws IOException {
        byte[] there = new byte[mark.length];
        return fill(channel, offset - mark.length, ByteBuffer.wrap(there)) == there.length
                && Arrays.equals(there, mark);
    }

    private void read(FileChannel channel, long atMost) throws IOException {
        long left = channel.size() - offset;
        byte[] bytes = new byte[(int) Math.min(MAX_LINE + 1L, Math.max(SMALLEST_BUFFER, left))];
        long before = offset;
        while (true) {
            int filled = fill(channel, offset, ByteBuffer.wrap(bytes));
            int used = lines(bytes, filled);
            offset += used;
            if (used > 0) {
                mark = Arrays.copyOfRange(bytes, Math.max(0, used - MARK), used);
            }
            if (filled < bytes.length) {
                return; // the end; what is left of it is half a line
            }
            if (used == 0) {
                if (bytes.length <= MAX_LINE) {
                    bytes = new byte[MAX_LINE + 1];
                    continue;
                }
                pass(bytes);
            }
            if (offset - before >= atMost) {
                more = true;
                return;
            }
        }
    }

    /** Leaves out a line of which no end is in sight. */
    private void pass(byte[] bytes) {
        if (!passing) {
            passing = true;
            numLines++;
            reader.tooLong(numLines);
        }
        offset += bytes.length;
        mark = Arrays.copyOfRange(bytes, bytes.length - MARK, bytes.length);
    }

    private int lines(byte[] bytes, int filled) {
        int start = 0;
        for (int i = 0; i < filled; i++) {
            if (bytes[i] != '\n') {
                continue;
            }
            if (passing) {
                passing = false;
            } else {
                numLines++;
                if (i > start) {
                    reader.line(numLines, offset + start, bytes, start, i);
                }
            }
            start = i + 1;
        }
        return start;
    }

    private static int fill(FileChannel channel, long from, ByteBuffer into) throws IOException {
        long at = from;
        while (into.hasRemaining()) {
            int read = channel.read(into, at);
            if (read <= 0) {
                break;
            }
            at += read;
        }
        return into.position();
    }

    /** Whether there was more to read than could be read at once. */
    boolean hasMore() {
        return more;
    }

    /** Whether the file is there and can be read. */
    boolean isReadable() {
        return seen.isFile() && problem.isEmpty();
    }

    /** Why the file cannot be read, as a part of a sentence; empty where it can, or is absent. */
    String problem() {
        return problem;
    }

    FileSight sight() {
        return seen;
    }

    /** Bytes that were read and understood as lines. */
    long offset() {
        return offset;
    }
}
