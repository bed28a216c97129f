package dev.stride.spark;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;

/** The files below a folder, wherever that is; a name is a path in it with slashes. */
interface Tree extends Closeable {
    /**
     * What tells one content of a file from another.
     *
     * @param size in bytes
     * @param version changes with the content; empty where it is not known
     */
    record Stamp(long size, String version) {}

    /** What a file is to hold. */
    interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    /** The files in this folder and in those below it; none where it does not exist. An empty name is the tree's own. */
    Map<String, Stamp> list(String folder) throws IOException;

    /** @throws java.io.FileNotFoundException or {@link java.nio.file.NoSuchFileException} where there is none */
    InputStream open(String name) throws IOException;

    /** Writes a file whole or not at all: readers see the old one until the new one is there. */
    void write(String name, Body body) throws IOException;

    /** Deletes a file, and the folders that are empty then; nothing where there is none. */
    void delete(String name) throws IOException;

    /** Files that are read for a while, in which their owner may delete or replace them. */
    interface Held extends Closeable {
        InputStream open(String name) throws IOException;

        /** Whether what was read is what was asked for. */
        boolean isWhole() throws IOException;

        @Override
        default void close() throws IOException {}
    }

    /**
     * Reads a folder for longer than a moment.
     *
     * @param files what is in it, as it was listed
     * @throws java.io.FileNotFoundException or {@link java.nio.file.NoSuchFileException} where that is there no more
     */
    default Held hold(String folder, Map<String, Stamp> files) throws IOException {
        return new Held() {
            @Override
            public InputStream open(String name) throws IOException {
                return Tree.this.open(name);
            }

            @Override
            public boolean isWhole() throws IOException {
                return list(folder).equals(files);
            }
        };
    }

    /** The tree of a folder in this one, by the same connection; it is not closed by itself. */
    Tree in(String folder);

    @Override
    default void close() throws IOException {}
}
