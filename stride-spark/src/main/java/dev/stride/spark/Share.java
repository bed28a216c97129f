package dev.stride.spark;

import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.util.SerializableConfiguration;

/** Where the folders of a sweep's trials lie for all machines; goes to the executors with each task. */
final class Share implements Serializable {
    private static final long serialVersionUID = 1;

    private final String address;
    private final SerializableConfiguration settings;

    /**
     * A place.
     *
     * @param address of a folder: file, hdfs or s3a
     * @param settings of Hadoop
     */
    Share(String address, Configuration settings) {
        this.address = address;
        this.settings = new SerializableConfiguration(settings);
    }

    /** Opens it, by a connection of its own, which is to be closed. */
    Tree open() throws IOException {
        URI place = URI.create(address);
        if ("file".equals(place.getScheme())) {
            return new DiskTree(Path.of(place.getPath()));
        }
        FileSystem files = FileSystem.newInstance(place, settings.value());
        return new HadoopTree(files, new org.apache.hadoop.fs.Path(place));
    }

    /** The folder of a trial, in the place. */
    static String trial(String name) {
        return "trials/" + name;
    }

    @Override
    public String toString() {
        return address;
    }
}
