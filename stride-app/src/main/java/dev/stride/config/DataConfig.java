package dev.stride.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The data and how rows become examples. Lengths are in tokens.
 *
 * @param train training files with their weights
 * @param val validation files; empty: no validation
 * @param format how rows are written
 * @param columns column name by role, for the format {@code columns}
 * @param skipBad go on without bad rows
 * @param limit first rows of the training data; null: all
 * @param valLimit first rows of the validation data; null: all
 * @param labelRule which roles' tokens train
 * @param truncation what is cut from a row that is too long
 * @param maxInputLength tokens of a prompt in evaluation, at least 1
 * @param maxOutputLength tokens of an answer, at least 1
 * @param maxLength tokens of a training row; null: input + output + 1, see {@link #maxTokens}
 * @param packing several examples in one row
 * @param shuffle rows in seeded order, else in file order
 */
public record DataConfig(
        List<DataSource> train,
        List<Path> val,
        DataFormat format,
        Map<String, String> columns,
        boolean skipBad,
        @Nullable Integer limit,
        @Nullable Integer valLimit,
        TrainedRoles labelRule,
        TruncationRule truncation,
        int maxInputLength,
        int maxOutputLength,
        @Nullable Integer maxLength,
        boolean packing,
        boolean shuffle) {
    public DataConfig {
        train = List.copyOf(train);
        val = List.copyOf(val);
        columns = Map.copyOf(columns);
    }

    /** The most tokens that a training row may have. */
    public int maxTokens() {
        return maxLength == null ? Math.addExact(Math.addExact(maxInputLength, maxOutputLength), 1) : maxLength;
    }
}
