package dev.stride.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The names that an unfinished writer may leave behind, and how to clear them.
 *
 * <p>{@code <name>.tmp-new} is being written and {@code <name>.tmp-gone} is being deleted: both are worthless. {@code
 * <name>.set-aside} is a finished folder that stepped aside for its successor of the same name; if the writer was killed
 * between the two renames it is put back.
 */
final class Leftovers {
    private static final String NEW = ".tmp-new";
    private static final String GONE = ".tmp-gone";
    private static final String ASIDE = ".set-aside";

    private Leftovers() {}

    static Path beingWritten(Path target) {
        return target.resolveSibling(target.getFileName() + NEW);
    }

    static Path beingDeleted(Path target) {
        return target.resolveSibling(target.getFileName() + GONE);
    }

    static Path setAside(Path target) {
        return target.resolveSibling(target.getFileName() + ASIDE);
    }

    /** The folder that a leftover's name belongs to; the name itself when it is no leftover's. */
    static String owner(String name) {
        for (String ending : new String[] {NEW, GONE, ASIDE}) {
            if (name.endsWith(ending)) {
                return name.substring(0, name.length() - ending.length());
            }
        }
        return name;
    }

    /** Clears what an earlier writer of this folder left. */
    static void clear(Disk disk, Path target) throws IOException {
        disk.deleteTree(beingWritten(target));
        disk.deleteTree(beingDeleted(target));
        Path aside = setAside(target);
        if (Files.exists(aside)) {
            if (Files.exists(target)) {
                delete(disk, aside, target);
            } else {
                disk.rename(aside, target);
                disk.syncFolder(parent(target));
            }
        }
    }

    /** Deletes a finished folder so that no moment shows half of it under its own name. */
    static void delete(Disk disk, Path finished, Path target) throws IOException {
        Path gone = beingDeleted(target);
        disk.deleteTree(gone);
        disk.rename(finished, gone);
        disk.deleteTree(gone);
    }

    static Path parent(Path target) {
        Path parent = target.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException(target + " has no parent folder");
        }
        return parent;
    }
}
