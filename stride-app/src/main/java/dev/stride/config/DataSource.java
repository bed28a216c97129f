package dev.stride.config;

import java.nio.file.Path;

/**
 * A data file or folder and how often it is used. Written {@code FILE} or {@code FILE:WEIGHT}.
 *
 * @param path file, or a folder of source files
 * @param weight above 0; 1 uses each row once an epoch
 */
public record DataSource(Path path, double weight) {
    @Override
    public String toString() {
        return weight == 1 ? path.toString() : path + ":" + weight;
    }
}
