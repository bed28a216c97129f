package dev.stride.data;

import java.util.List;

/**
 * The examples of one or more files, in file order.
 *
 * @param examples all good rows; the rows of one file stand together
 * @param badRows the rows that were skipped; empty unless skipping was asked for
 * @param files what was read of each file, in the order given
 */
public record DataSet(List<Example> examples, List<BadRow> badRows, List<FileFacts> files) {
    public DataSet {
        examples = List.copyOf(examples);
        badRows = List.copyOf(badRows);
        files = List.copyOf(files);
    }

    /** The number of examples. */
    public int size() {
        return examples.size();
    }
}
