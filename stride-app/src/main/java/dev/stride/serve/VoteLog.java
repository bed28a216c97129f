package dev.stride.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.UserException;
import dev.stride.search.Vote;
import dev.stride.search.Votes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The votes of a sweep while people give them: read when it is opened, then appended to. A vote is on the disk when
 * {@link #append} returns. One process at a time may hold it.
 */
final class VoteLog implements AutoCloseable {
    private static final String LOCK = ".ratings.lock";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final FileChannel lock;
    private final FileChannel channel;
    private final List<Vote> lines;

    private VoteLog(Path file, FileChannel lock, FileChannel channel, List<Vote> lines) {
        this.file = file;
        this.lock = lock;
        this.channel = channel;
        this.lines = lines;
    }

    /**
     * Opens the votes of a sweep. What a killed process left half-written at the end is cut off.
     *
     * @throws UserException if a line is bad, or another process takes votes for this sweep
     */
    static VoteLog open(Path sweepFolder) {
        Path file = sweepFolder.resolve(Votes.FILE);
        FileChannel lock = lock(sweepFolder);
        FileChannel channel = null;
        try {
            List<Vote> lines = new ArrayList<>(Votes.lines(file));
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            repairEnd(file, channel);
            return new VoteLog(file, lock, channel, lines);
        } catch (IOException e) {
            UncheckedIOException failure = new UncheckedIOException("cannot open " + file + ": " + e.getMessage(), e);
            close(channel, failure);
            close(lock, failure);
            throw failure;
        } catch (RuntimeException e) {
            close(lock, e);
            throw e;
        }
    }

    /** All lines so far, those that take others back too. */
    List<Vote> lines() {
        return List.copyOf(lines);
    }

    /**
     * Adds a vote and waits until the disk has it. When that fails, the file is as it was.
     *
     * @throws UncheckedIOException naming the file
     */
    void append(Vote vote) {
        try {
            ByteBuffer bytes =
                    ByteBuffer.wrap((JSON.writeValueAsString(vote.toJson()) + "\n").getBytes(StandardCharsets.UTF_8));
            long end = channel.size();
            try {
                channel.position(end);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(false);
            } catch (IOException e) {
                channel.truncate(end);
                throw e;
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values cannot fail to print", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot append to " + file + ": " + e.getMessage(), e);
        }
        lines.add(vote);
    }

    @Override
    public void close() {
        IOException failure = null;
        for (FileChannel open : List.of(channel, lock)) {
            try {
                open.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw new UncheckedIOException("cannot close " + file + ": " + failure.getMessage(), failure);
        }
    }

    /** A last line without a line feed is whole (then it gets one) or torn (then it goes). */
    private static void repairEnd(Path file, FileChannel channel) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        if (end == bytes.length) {
            return;
        }
        String last = new String(bytes, end, bytes.length - end, StandardCharsets.UTF_8);
        boolean whole;
        try {
            whole = !JSON.readTree(last).isMissingNode();
        } catch (JsonProcessingException e) {
            whole = false;
        }
        if (whole) {
            channel.position(bytes.length);
            channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
        } else {
            channel.truncate(end);
        }
        channel.force(true);
    }

    private static FileChannel lock(Path folder) {
        Path file = folder.resolve(LOCK);
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + file + ": " + e.getMessage(), e);
        }
        boolean held;
        try {
            held = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            held = false;
        } catch (IOException e) {
            UncheckedIOException failure = new UncheckedIOException("cannot lock " + file + ": " + e.getMessage(), e);
            close(channel, failure);
            throw failure;
        }
        if (!held) {
            UserException refusal = new UserException("another stride rate takes votes for " + folder
                    + ". Several people can use the page of that one; nothing was changed");
            close(channel, refusal);
            throw refusal;
        }
        return channel;
    }

    private static void close(@Nullable FileChannel channel, RuntimeException cause) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
