package dev.stride.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** Every way in which this package changes a disk: the one seam at which tests let it fail. */
interface Disk {
    /** A file that is being written. */
    interface Output extends WritableByteChannel {
        /** Writes all that the buffer holds. */
        @Override
        int write(ByteBuffer bytes) throws IOException;

        /** Waits until what was written would survive a power cut. */
        void sync() throws IOException;
    }

    /** Bytes that may still be written to the disk of a folder. */
    long freeBytes(Path folder) throws IOException;

    /** A folder inside an existing one. */
    void createFolder(Path folder) throws IOException;

    /** A new file; one of this name must not exist. */
    Output createFile(Path file) throws IOException;

    /** Renames in one step; the target must not exist. */
    void rename(Path from, Path to) throws IOException;

    /** Waits until the names in a folder would survive a power cut. */
    void syncFolder(Path folder) throws IOException;

    /** Deletes a folder and everything in it; nothing happens when there is none. */
    void deleteTree(Path folder) throws IOException;
}
