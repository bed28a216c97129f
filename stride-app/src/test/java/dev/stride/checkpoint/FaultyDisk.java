package dev.stride.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** A disk that fails at the n-th thing asked of it, and from then on either works again or stays dead, as after a kill. */
final class FaultyDisk implements Disk {
    private final Disk real = new RealDisk();
    private final int failAt;
    private final boolean staysDead;
    private int count;

    FaultyDisk(int failAt, boolean staysDead) {
        this.failAt = failAt;
        this.staysDead = staysDead;
    }

    /** Whether the fault was met. */
    boolean failed() {
        return count >= failAt;
    }

    private void next(String what) throws IOException {
        count++;
        if (count == failAt || staysDead && count > failAt) {
            throw new IOException("No space left on device (" + what + " " + count + ")");
        }
    }

    @Override
    public long freeBytes(Path folder) throws IOException {
        return real.freeBytes(folder);
    }

    @Override
    public void createFolder(Path folder) throws IOException {
        next("create folder");
        real.createFolder(folder);
    }

    @Override
    public Output createFile(Path file) throws IOException {
        next("create file");
        Output out = real.createFile(file);
        return new Output() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                int half = bytes.remaining() / 2;
                ByteBuffer start = bytes.slice(bytes.position(), half);
                out.write(start);
                next("write");
                bytes.position(bytes.position() + half);
                return half + out.write(bytes);
            }

            @Override
            public void sync() throws IOException {
                next("sync");
                out.sync();
            }

            @Override
            public boolean isOpen() {
                return out.isOpen();
            }

            @Override
            public void close() throws IOException {
                out.close();
                next("close");
            }
        };
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        next("rename");
        real.rename(from, to);
    }

    @Override
    public void syncFolder(Path folder) throws IOException {
        next("sync folder");
        real.syncFolder(folder);
    }

    @Override
    public void deleteTree(Path folder) throws IOException {
        next("delete");
        real.deleteTree(folder);
    }
}
