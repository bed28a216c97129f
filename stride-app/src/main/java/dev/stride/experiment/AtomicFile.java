package dev.stride.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * Writes whole files so that at any moment, also after a kill or a power cut, the file is either the old one or the new
 * one: a temporary name beside it, sync, rename.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /** Writes text as UTF-8. */
    public static void write(Path file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Writes bytes.
     *
     * @throws UncheckedIOException naming the file; the old file, if there was one, is then untouched
     */
    public static void write(Path file, byte[] bytes) {
        write(file, bytes, true);
    }

    /** Writes text as UTF-8 without waiting for the disk: whole for every reader, but not safe from a power cut. */
    static void writeUnsynced(Path file, String text) {
        write(file, text.getBytes(StandardCharsets.UTF_8), false);
    }

    private static void write(Path file, byte[] bytes, boolean sync) {
        Path target = file.toAbsolutePath();
        Path folder = Objects.requireNonNull(target.getParent(), "a file lies in a folder");
        Path temporary = folder.resolve("." + target.getFileName() + ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                writeFully(channel, bytes);
                if (sync) {
                    channel.force(true);
                }
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            deleteQuietly(temporary, e);
            throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
        }
        if (sync) {
            syncFolder(folder);
        }
    }

    private static void writeFully(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** Appends bytes at the end; when that fails half-way (a full disk), the half is cut off again. */
    static void append(FileChannel channel, byte[] bytes) throws IOException {
        long end = channel.size();
        try {
            writeFully(channel, bytes);
        } catch (IOException e) {
            try {
                channel.truncate(end);
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    private static void deleteQuietly(Path temporary, IOException cause) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** The rename itself lives in the folder. Windows cannot open one, and needs no sync there. */
    @SuppressWarnings("EmptyCatch")
    private static void syncFolder(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException cannotOpenFolders) {
            // the file itself is synced; only the moment at which its new name becomes visible is left to the system
        }
    }
}
