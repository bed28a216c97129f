package dev.stride.data;

import dev.stride.config.UserException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A data file or folder and how much of it an epoch uses.
 *
 * <p>The weight is a share of the file's own rows: 0.2 means a fifth of them, drawn anew in each epoch; 1 every row once;
 * 2 every row twice; 1.5 every row once and half of them a second time.
 *
 * @param path the file or folder
 * @param weight above 0, finite
 */
public record DataFile(Path path, double weight) {
    private static final Pattern WEIGHTED = Pattern.compile("(.+):([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)");

    public DataFile {
        if (!(weight > 0) || Double.isInfinite(weight)) {
            throw new IllegalArgumentException("weight of " + path + " is " + weight + "; it must be above 0");
        }
    }

    /** A file of which every row is used once an epoch. */
    public static DataFile of(Path path) {
        return new DataFile(path, 1);
    }

    /**
     * Reads {@code FILE[:WEIGHT]}. Only a number after the last colon is a weight, so {@code C:\data\train.jsonl} and
     * file names with colons keep them.
     *
     * @throws UserException where the weight is not a number above 0, or the path is empty or impossible
     */
    public static DataFile parse(String text) {
        Matcher matcher = WEIGHTED.matcher(text);
        String path = text;
        double weight = 1;
        if (matcher.matches()) {
            path = matcher.group(1);
            weight = weight(text, matcher.group(2));
        }
        if (path.isBlank()) {
            throw new UserException("data '" + text + "' names no file; expected FILE or FILE:WEIGHT");
        }
        try {
            return new DataFile(Path.of(path), weight);
        } catch (InvalidPathException e) {
            throw new UserException("data '" + text + "' is no path on this system: " + e.getReason());
        }
    }

    private static double weight(String text, String number) {
        double weight;
        try {
            weight = Double.parseDouble(number);
        } catch (NumberFormatException e) {
            weight = Double.NaN;
        }
        if (!(weight > 0) || Double.isInfinite(weight)) {
            throw new UserException("data '" + text + "' has weight " + number
                    + "; expected a number above 0: 0.2 uses a fifth of the rows in each epoch, 2 every row twice");
        }
        return weight;
    }
}
