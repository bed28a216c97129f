package dev.stride.data;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What was read of one data file.
 *
 * @param file the file and its weight
 * @param format what its rows mean
 * @param container how the rows are held, in words: "JSON lines", "a table with commas" ...
 * @param columns which column played which part; {@link Columns#NONE} where the format has its own keys
 * @param first index of its first example in the data set
 * @param examples number of its examples, which stand one after the other from {@code first}
 * @param rowsRead rows read, bad ones included
 * @param limited whether reading stopped at the limit with more rows behind it
 * @param labels for {@link DataFormat#LABELS}, each label and its rows, in the order they were seen; else empty
 * @param unusedKeys keys and columns that no part of an example was made from
 * @param notes what a reader of the file should know, as sentences
 */
public record FileFacts(
        DataFile file,
        DataFormat format,
        String container,
        Columns columns,
        int first,
        int examples,
        int rowsRead,
        boolean limited,
        Map<String, Integer> labels,
        SortedSet<String> unusedKeys,
        List<String> notes) {
    public FileFacts {
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        unusedKeys = Collections.unmodifiableSortedSet(new TreeSet<>(unusedKeys));
        notes = List.copyOf(notes);
    }

    /** Rows that could not become examples. */
    public int badRows() {
        return rowsRead - examples;
    }
}
