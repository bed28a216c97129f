package dev.stride.spark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A tree on a disk of this machine, or on a file system that is mounted here. */
final class DiskTree implements Tree {
    private final Path root;
    private final @Nullable Path links;

    DiskTree(Path root) {
        this(root, null);
    }

    /**
     * A tree.
     *
     * @param links an empty folder of the same file system, in which files that are held have a second name: they can be
     *     read to their end whatever becomes of the first
     */
    DiskTree(Path root, @Nullable Path links) {
        this.root = root;
        this.links = links;
    }

    @Override
    public Map<String, Stamp> list(String folder) throws IOException {
        Path top = root.resolve(folder);
        Map<String, Stamp> files = new TreeMap<>();
        if (!Files.isDirectory(top)) {
            return files;
        }
        Files.walkFileTree(top, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes found) {
                if (found.isRegularFile()) {
                    String name = root.relativize(file).toString().replace('\\', '/');
                    files.put(
                            name,
                            new Stamp(
                                    found.size(),
                                    found.lastModifiedTime().to(TimeUnit.NANOSECONDS) + " " + found.fileKey()));
                }
                return FileVisitResult.CONTINUE;
            }

            /** Whoever writes the folder deletes and renames while it is walked. */
            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                if (e != null && !(e instanceof NoSuchFileException)) {
                    throw e;
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return files;
    }

    @Override
    public InputStream open(String name) throws IOException {
        return Files.newInputStream(root.resolve(name));
    }

    @Override
    public void write(String name, Body body) throws IOException {
        Path file = root.resolve(name);
        Path folder = parent(file);
        Files.createDirectories(folder);
        Path temporary = folder.resolve("." + file.getFileName() + ".tmp");
        try {
            try (OutputStream out = Files.newOutputStream(temporary)) {
                body.writeTo(out);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        Path file = root.resolve(name);
        Files.deleteIfExists(file);
        for (Path folder = parent(file); !folder.equals(root); folder = parent(folder)) {
            if (!isEmpty(folder)) {
                return;
            }
            Files.deleteIfExists(folder);
        }
    }

    @Override
    public Held hold(String folder, Map<String, Stamp> files) throws IOException {
        Path place = links;
        if (place == null) {
            return Tree.super.hold(folder, files);
        }
        Held held = new Links(place, files.keySet());
        try {
            for (String name : files.keySet()) {
                Path link = place.resolve(name);
                Files.createDirectories(parent(link));
                Files.createLink(link, root.resolve(name));
            }
            if (!list(folder).equals(files)) {
                throw new NoSuchFileException(folder, null, "it was replaced");
            }
            return held;
        } catch (NoSuchFileException gone) {
            held.close();
            throw gone;
        } catch (IOException | UnsupportedOperationException noLinksHere) {
            held.close();
            return Tree.super.hold(folder, files);
        }
    }

    /** Second names of files. */
    private record Links(Path place, Set<String> names) implements Held {
        @Override
        public InputStream open(String name) throws IOException {
            return Files.newInputStream(place.resolve(name));
        }

        @Override
        public boolean isWhole() {
            return true;
        }

        @Override
        public void close() throws IOException {
            Tree links = new DiskTree(place);
            for (String name : names) {
                links.delete(name);
            }
        }
    }

    @Override
    public Tree in(String folder) {
        return new DiskTree(root.resolve(folder));
    }

    private static boolean isEmpty(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return true;
        }
        try (var entries = Files.newDirectoryStream(folder)) {
            return !entries.iterator().hasNext();
        }
    }

    private static Path parent(Path file) {
        return Objects.requireNonNull(file.getParent(), "a file lies in a folder");
    }
}
