package dev.stride.checkpoint;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** A place where files are written one after the other. */
@FunctionalInterface
public interface FileTarget {
    /**
     * A new file. Closing the channel finishes it; a write takes all that the buffer holds.
     *
     * @param name a plain file name, without folders
     */
    WritableByteChannel create(String name) throws IOException;
}
