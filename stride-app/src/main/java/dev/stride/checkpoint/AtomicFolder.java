package dev.stride.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A folder that comes to be whole or not at all.
 *
 * <p>Its files are written under a temporary name beside it, each is synced, {@code manifest.json} with their sizes and
 * checksums comes last, the folder is synced and then renamed. A kill or a full disk at any moment leaves what was there
 * before: the next writer, and {@link CheckpointStore#open}, clear the temporary folder away. One writer at a time.
 */
public final class AtomicFolder implements FileTarget {
    /** Room for the manifest and for what the file system itself needs. */
    private static final long MARGIN = 1L << 20;

    private final Disk disk;
    private final Path temporary;
    private final List<Manifest.Entry> files = new ArrayList<>();
    private final Set<String> names = new HashSet<>(Set.of(Manifest.FILE));
    private int open;

    private AtomicFolder(Disk disk, Path temporary) {
        this.disk = disk;
        this.temporary = temporary;
    }

    /**
     * Writes a folder. One of this name that exists is replaced, and stays until the new one is safe on the disk.
     *
     * @param target the folder; missing folders above it are made
     * @param expectedBytes what the writer will write, so that a disk without room is refused before anything changes
     * @throws NoRoomException when the disk has too little room
     * @throws UncheckedIOException when writing fails; the target is then as it was
     */
    public static void write(Path target, long expectedBytes, FolderWriter writer) {
        write(new RealDisk(), target, expectedBytes, writer);
    }

    static void write(Disk disk, Path folderPath, long expectedBytes, FolderWriter writer) {
        Path target = folderPath.toAbsolutePath().normalize();
        Path temporary = Leftovers.beingWritten(target);
        try {
            Leftovers.clear(disk, target);
            checkRoom(disk, target, expectedBytes);
            createParents(disk, Leftovers.parent(target));
            disk.createFolder(temporary);
            try {
                AtomicFolder folder = new AtomicFolder(disk, temporary);
                writer.write(folder);
                folder.finish(target);
            } catch (IOException | RuntimeException | Error e) {
                giveUp(disk, target, e);
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot write " + target + ": " + e + "; nothing that was finished before is damaged", e);
        }
    }

    /** Frees the room again; what cannot be cleared now is cleared by the next writer. */
    private static void giveUp(Disk disk, Path target, Throwable reason) {
        try {
            Leftovers.clear(disk, target);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private static void checkRoom(Disk disk, Path target, long expectedBytes) throws IOException {
        Path existing = Leftovers.parent(target);
        while (!Files.exists(existing)) {
            existing = Leftovers.parent(existing);
        }
        long free = disk.freeBytes(existing);
        if (expectedBytes > free - MARGIN) {
            throw new NoRoomException(target + ": " + (expectedBytes + MARGIN) + " bytes are needed and " + free
                    + " bytes are free in " + existing + ". Free some room, or write to another disk");
        }
    }

    private static void createParents(Disk disk, Path parent) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path folder = parent; !Files.exists(folder); folder = Leftovers.parent(folder)) {
            missing.push(folder);
        }
        for (Path folder : missing) {
            disk.createFolder(folder);
            disk.syncFolder(Leftovers.parent(folder));
        }
    }

    /**
     * A new file in the folder. Close the channel to finish the file: only then is it synced and counted.
     *
     * @throws IllegalArgumentException when the name is not plain, is taken, or is {@code manifest.json}
     */
    @Override
    public WritableByteChannel create(String name) throws IOException {
        if (!FileNames.isPlain(name) || !names.add(name)) {
            throw new IllegalArgumentException("no file can have the name " + name + " here");
        }
        HashingFile file = new HashingFile(name, disk.createFile(temporary.resolve(name)));
        open++;
        return file;
    }

    /** Writes a text as UTF-8. */
    public void writeText(String name, String text) throws IOException {
        try (WritableByteChannel channel = create(name)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** Copies a file from elsewhere, under the name given. */
    public void copy(Path source, String name) throws IOException {
        try (FileChannel in = FileChannel.open(source, StandardOpenOption.READ);
                WritableByteChannel out = create(name)) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            while (in.read(buffer.clear()) >= 0) {
                out.write(buffer.flip());
            }
        }
    }

    private void finish(Path target) throws IOException {
        if (open != 0) {
            throw new IllegalStateException(open + " files of " + target + " were not closed");
        }
        try (Disk.Output out = disk.createFile(temporary.resolve(Manifest.FILE))) {
            out.write(ByteBuffer.wrap(new Manifest(files).text().getBytes(StandardCharsets.UTF_8)));
            out.sync();
        }
        disk.syncFolder(temporary);
        Path aside = Leftovers.setAside(target);
        boolean replaces = Files.exists(target);
        if (replaces) {
            disk.rename(target, aside);
        }
        disk.rename(temporary, target);
        disk.syncFolder(Leftovers.parent(target));
        if (replaces) {
            try {
                Leftovers.delete(disk, aside, target);
            } catch (IOException e) {
                // the new folder is safe; the next writer clears the old one away
                return;
            }
        }
    }

    /** A file whose bytes are counted and hashed on their way. */
    private final class HashingFile implements WritableByteChannel {
        private final String name;
        private final Disk.Output out;
        private final MessageDigest digest = Manifest.sha256();
        private long bytes;
        private boolean failed;

        HashingFile(String name, Disk.Output out) {
            this.name = name;
            this.out = out;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            ByteBuffer hashed = source.duplicate();
            failed = true;
            int written = out.write(source);
            failed = false;
            digest.update(hashed);
            bytes += written;
            return written;
        }

        @Override
        public boolean isOpen() {
            return out.isOpen();
        }

        @Override
        public void close() throws IOException {
            if (!out.isOpen()) {
                return;
            }
            try (out) {
                if (!failed) {
                    out.sync();
                    files.add(new Manifest.Entry(name, bytes, Manifest.hex(digest)));
                    open--;
                }
            }
        }
    }
}
