package dev.stride.live;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * What a file looks like without opening it, so that neither a pipe nor a folder under a file's name can hold anybody
 * up. Two sights of a file that nobody wrote to are equal.
 *
 * @param kind what is there
 * @param size in bytes, 0 where there is no file
 * @param modified when it was written to, by the clock of whoever keeps it
 * @param key tells a file from the one that replaced it; null where the system has no such thing
 * @param problem why it cannot be read, as a part of a sentence; empty where it can, or where nothing is there
 */
record FileSight(
        Kind kind, long size, FileTime modified, @Nullable Object key, String problem) {
    /** What lies under a name. */
    enum Kind {
        ABSENT,
        FILE,
        FOLDER,
        UNREADABLE
    }

    private static final FileTime NEVER = FileTime.fromMillis(0);
    static final FileSight ABSENT = new FileSight(Kind.ABSENT, 0, NEVER, null, "");

    /**
     * Looks at a path.
     *
     * @param root links that lead out of it are not followed; a real path
     */
    static FileSight of(Path path, Path root) {
        try {
            BasicFileAttributes seen = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (seen.isSymbolicLink()) {
                Path real = path.toRealPath();
                if (!real.startsWith(root)) {
                    return unreadable("it is a link that leads out of the folder");
                }
                seen = Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            }
            if (seen.isDirectory()) {
                return new FileSight(Kind.FOLDER, 0, seen.lastModifiedTime(), seen.fileKey(), "it is a folder");
            }
            if (!seen.isRegularFile()) {
                return unreadable("it is neither a file nor a folder");
            }
            return new FileSight(Kind.FILE, seen.size(), seen.lastModifiedTime(), seen.fileKey(), "");
        } catch (NoSuchFileException | NotDirectoryException e) {
            return ABSENT;
        } catch (IOException e) {
            return unreadable(reason(e));
        }
    }

    /** Whether it is a file that can be read. */
    boolean isFile() {
        return kind == Kind.FILE;
    }

    /** The same file, which may have grown. */
    boolean isSameFile(FileSight other) {
        return kind == other.kind && java.util.Objects.equals(key, other.key);
    }

    /** The reason of a failure without the path, which the reader knows. */
    static String reason(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "it may not be read";
        }
        if (e instanceof java.nio.file.FileSystemException system) {
            String text = system.getReason();
            return text == null ? e.getClass().getSimpleName() : text;
        }
        String text = e.getMessage();
        return text == null ? e.getClass().getSimpleName() : text;
    }

    private static FileSight unreadable(String problem) {
        return new FileSight(Kind.UNREADABLE, 0, NEVER, null, problem);
    }
}
