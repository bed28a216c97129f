package dev.stride.data;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * How data files are read.
 *
 * @param format what a row means; null means recognised from the content of each file
 * @param columns which column plays which part; {@link Columns#NONE} means recognised by the usual names
 * @param classNames a file that names class ids: line i (from 0) is the name of id i, or every line is id, tab, name;
 *     null means that labels are answers as they stand
 * @param skipBad go on without bad rows and return them; otherwise one bad row refuses the data
 * @param limit the first rows of each file that are read, bad ones included; 0 means all
 * @param textUnit what one example of a .txt file is
 * @param sourceCut how source files are cut
 */
public record DataOptions(
        @Nullable DataFormat format,
        Columns columns,
        @Nullable Path classNames,
        boolean skipBad,
        int limit,
        TextUnit textUnit,
        SourceCut sourceCut) {
    /** Everything recognised, all rows, no bad row accepted. */
    public static final DataOptions DEFAULT =
            new DataOptions(null, Columns.NONE, null, false, 0, TextUnit.LINE, SourceCut.DEFAULT);

    /** What one example of a .txt file is. */
    public enum TextUnit {
        /** A line that is not blank. */
        LINE,
        /** Lines up to the next blank line. */
        BLOCK
    }

    /**
     * How a source file becomes examples: {@code prefixLines} lines of code are the user's message, the next
     * {@code continuationLines} the assistant's, and so on to the end, so that every line is used exactly once.
     *
     * @param prefixLines at least 1
     * @param continuationLines at least 1
     */
    public record SourceCut(int prefixLines, int continuationLines) {
        /** 16 lines given, 8 to write. */
        public static final SourceCut DEFAULT = new SourceCut(16, 8);

        public SourceCut {
            if (prefixLines < 1 || continuationLines < 1) {
                throw new IllegalArgumentException(
                        "a cut of " + prefixLines + " and " + continuationLines + " lines; each must be at least 1");
            }
        }
    }

    public DataOptions {
        if (limit < 0) {
            throw new IllegalArgumentException("limit is " + limit + "; it must be 0 (all) or more");
        }
    }

    /** These options with another format; null means recognised. */
    public DataOptions withFormat(@Nullable DataFormat other) {
        return new DataOptions(other, columns, classNames, skipBad, limit, textUnit, sourceCut);
    }

    /** These options with another mapping of columns. */
    public DataOptions withColumns(Columns other) {
        return new DataOptions(format, other, classNames, skipBad, limit, textUnit, sourceCut);
    }

    /** These options with a file of class names; null means none. */
    public DataOptions withClassNames(@Nullable Path other) {
        return new DataOptions(format, columns, other, skipBad, limit, textUnit, sourceCut);
    }

    /** These options, going on without bad rows or not. */
    public DataOptions withSkipBad(boolean other) {
        return new DataOptions(format, columns, classNames, other, limit, textUnit, sourceCut);
    }

    /** These options with another limit of rows; 0 means all. */
    public DataOptions withLimit(int other) {
        return new DataOptions(format, columns, classNames, skipBad, other, textUnit, sourceCut);
    }

    /** These options with another unit of plain text. */
    public DataOptions withTextUnit(TextUnit other) {
        return new DataOptions(format, columns, classNames, skipBad, limit, other, sourceCut);
    }

    /** These options with another cut of source files. */
    public DataOptions withSourceCut(SourceCut other) {
        return new DataOptions(format, columns, classNames, skipBad, limit, textUnit, other);
    }

    /**
     * Refuses options that none of the data sets had a use for; a knob that does nothing is a mistake.
     *
     * @throws UserException naming each of them
     */
    public void requireUsedBy(List<DataSet> data) {
        List<Problem> problems = new ArrayList<>();
        if (!columns.isEmpty() && unused(data, file -> file.columns().equals(columns))) {
            problems.add(Problem.of("columns", columns.names() + " is used by no file", "a file with these columns"));
        }
        if (classNames != null && unused(data, file -> file.format() == DataFormat.LABELS)) {
            problems.add(Problem.of("class names", classNames + " is used by no file", "a file of texts and labels"));
        }
        if (textUnit != DEFAULT.textUnit && unused(data, file -> file.format() == DataFormat.TEXT)) {
            problems.add(Problem.of("text unit", textUnit + " is used by no file", "a .txt file of plain text"));
        }
        if (!sourceCut.equals(DEFAULT.sourceCut) && unused(data, file -> file.format() == DataFormat.SOURCE)) {
            problems.add(Problem.of("source cut", sourceCut + " is used by no file", "a folder of source files"));
        }
        if (!problems.isEmpty()) {
            throw new UserException("Options that change nothing:", problems);
        }
    }

    private static boolean unused(List<DataSet> data, Predicate<FileFacts> use) {
        return data.stream().flatMap(set -> set.files().stream()).noneMatch(use);
    }
}
