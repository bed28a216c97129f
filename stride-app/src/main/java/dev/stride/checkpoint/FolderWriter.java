package dev.stride.checkpoint;

import java.io.IOException;

/** Writes the files of one folder. */
@FunctionalInterface
public interface FolderWriter {
    /** Writes every file into the folder; when it throws, the folder never comes to be. */
    void write(AtomicFolder folder) throws IOException;
}
