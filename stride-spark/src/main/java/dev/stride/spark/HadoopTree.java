package dev.stride.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.hdfs.DistributedFileSystem;

/**
 * A tree on HDFS, or in a store of objects that Hadoop speaks to. On HDFS a file is written beside its place and renamed
 * onto it. An object has no half: it is there once its stream is closed, and a stream that fails is aborted.
 */
final class HadoopTree implements Tree {
    private final FileSystem files;
    private final Path root;

    /** Closes the file system at its end. */
    HadoopTree(FileSystem files, Path root) {
        this.files = files;
        this.root = files.makeQualified(root);
    }

    @Override
    public Map<String, Stamp> list(String folder) throws IOException {
        Map<String, Stamp> found = new TreeMap<>();
        String top = root.toUri().getPath();
        try {
            RemoteIterator<LocatedFileStatus> all = files.listFiles(folder.isEmpty() ? root : path(folder), true);
            while (all.hasNext()) {
                LocatedFileStatus file = all.next();
                String name = file.getPath().toUri().getPath().substring(top.length());
                found.put(name.startsWith("/") ? name.substring(1) : name, stamp(file));
            }
        } catch (FileNotFoundException none) {
            return found; // also where it was deleted meanwhile
        }
        return found;
    }

    /** The times of some stores have whole seconds, in which a small file may be written twice. */
    private static Stamp stamp(FileStatus file) {
        String etag = file instanceof EtagSource source ? source.getEtag() : null;
        return new Stamp(
                file.getLen(), etag == null || etag.isEmpty() ? Long.toString(file.getModificationTime()) : etag);
    }

    @Override
    public InputStream open(String name) throws IOException {
        return files.open(path(name));
    }

    @Override
    public void write(String name, Body body) throws IOException {
        Path file = path(name);
        if (files instanceof DistributedFileSystem hdfs) {
            Path temporary = new Path(file.getParent(), "." + file.getName() + ".tmp");
            try (FSDataOutputStream out = hdfs.create(temporary, true)) {
                body.writeTo(out);
            }
            hdfs.rename(temporary, file, Options.Rename.OVERWRITE);
            return;
        }
        FSDataOutputStream out = files.create(file, true);
        try {
            body.writeTo(out);
        } catch (IOException | RuntimeException e) {
            out.abort();
            throw e;
        }
        out.close();
    }

    @Override
    public void delete(String name) throws IOException {
        Path file = path(name);
        files.delete(file, false);
        if (!(files instanceof DistributedFileSystem)) {
            return; // a store of objects has no folders
        }
        for (Path folder = file.getParent(); !folder.equals(root); folder = folder.getParent()) {
            try {
                if (files.listStatus(folder).length > 0) {
                    return;
                }
            } catch (FileNotFoundException gone) {
                continue;
            }
            files.delete(folder, false);
        }
    }

    @Override
    public Tree in(String folder) {
        return new HadoopTree(files, path(folder));
    }

    private Path path(String name) {
        return new Path(root, name);
    }

    @Override
    public void close() throws IOException {
        files.close();
    }
}
