package dev.stride.experiment;

import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A folder that this process alone writes to until it is closed. The file {@code .lock} means nothing by its content. */
public final class FolderLock implements AutoCloseable {
    static final String FILE = ".lock";

    private final Path folder;
    private final FileChannel channel;
    private final List<String> warnings;

    private FolderLock(Path folder, FileChannel channel, List<String> warnings) {
        this.folder = folder;
        this.channel = channel;
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Takes a folder.
     *
     * @throws UserException if another process has it
     */
    public static FolderLock take(Path folder) {
        Path file = folder.resolve(FILE);
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + file + ": " + e.getMessage(), e);
        }
        boolean locked;
        try {
            locked = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            locked = false;
        } catch (IOException e) {
            // some network file systems have no locks; that alone must not forbid a run
            return new FolderLock(
                    folder,
                    channel,
                    List.of("the file system of " + folder + " cannot lock files (" + e.getMessage()
                            + "): take care that no second process writes to it"));
        }
        if (!locked) {
            closeQuietly(channel);
            throw new UserException("another process is writing to " + folder
                    + ". Wait for its end, or give --out a folder of its own; nothing there was changed");
        }
        return new FolderLock(folder, channel, List.of());
    }

    /** What the user should know; empty as a rule. */
    public List<String> warnings() {
        return warnings;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot release " + folder.resolve(FILE) + ": " + e.getMessage(), e);
        }
    }

    @SuppressWarnings("EmptyCatch")
    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException nothingWasWritten) {
            // the refusal that follows is what matters
        }
    }
}
