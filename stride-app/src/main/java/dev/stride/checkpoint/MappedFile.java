package dev.stride.checkpoint;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * A file of any size, of which regions up to 2 GiB are mapped into memory, or copied when they are small,
 * when they are asked for.
 */
final class MappedFile implements Closeable {
    private static final byte[] LFS_POINTER = "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

    /** A mapping costs pages and one of the system's 65,530; a bias or a norm is cheaper to copy. */
    private static final long LARGEST_COPY = 1L << 16;

    private final Path path;
    private final FileChannel channel;
    private final long size;

    private MappedFile(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    /** Opens a file for reading; one that is missing, a folder, or a mere Git LFS pointer is the user's problem. */
    static MappedFile open(Path path) {
        if (Files.isDirectory(path)) {
            throw problem(path, "is a folder", "a file", "");
        }
        MappedFile file;
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            file = new MappedFile(path, channel, channel.size());
        } catch (NoSuchFileException e) {
            throw problem(path, "does not exist", "", "");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + path + ": " + e.getMessage(), e);
        }
        if (file.startsWith(LFS_POINTER)) {
            file.close();
            throw problem(
                    path,
                    "is a Git LFS pointer of " + file.size + " bytes, not the weights",
                    "",
                    "Fetch the file itself (git lfs pull) and try again");
        }
        return file;
    }

    private static UserException problem(Path path, String given, String allowed, String advice) {
        return new UserException(
                "Cannot read " + path, List.of(new Problem(path.toString(), given, allowed, "", advice)));
    }

    Path path() {
        return path;
    }

    long size() {
        return size;
    }

    /** A region as a little-endian view that nobody can write to; it stays good after {@link #close}. */
    ByteBuffer view(long offset, long length) {
        if (length <= LARGEST_COPY) {
            return copy(offset, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }
        checkRegion(offset, length);
        try {
            return channel.map(FileChannel.MapMode.READ_ONLY, offset, length).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot map " + path + ": " + e.getMessage(), e);
        }
    }

    /** A small region copied into memory, as a little-endian buffer over an array. */
    ByteBuffer copy(long offset, long length) {
        checkRegion(offset, length);
        ByteBuffer buffer = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    throw new IOException("the file became shorter while it was read");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
        }
        return buffer.flip();
    }

    boolean startsWith(byte[] prefix) {
        return size >= prefix.length && copy(0, prefix.length).equals(ByteBuffer.wrap(prefix));
    }

    private void checkRegion(long offset, long length) {
        if (offset < 0 || length < 0 || length > Integer.MAX_VALUE || offset > size - length) {
            throw new IllegalArgumentException(
                    path + ": region of " + length + " bytes at " + offset + " of " + size + " bytes");
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + path + ": " + e.getMessage(), e);
        }
    }
}
