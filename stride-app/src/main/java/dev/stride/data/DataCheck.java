package dev.stride.data;

import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.TokenizedExample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The report on data files: rows, bad rows, lengths, duplicates, labels and one example as the model sees it.
 *
 * @param files each file, in the order given
 * @param overlaps pairs of files that share rows, as training and validation data must not; a pair without is left out
 * @param first the first example as tokens; null without a tokenizer
 */
public record DataCheck(
        List<FileCheck> files,
        List<Overlap> overlaps,
        @Nullable FirstExample first) {
    /**
     * Rows that stand in two files.
     *
     * @param file the later file
     * @param other the earlier file
     * @param rows rows of {@code file} whose messages are those of a row of {@code other}
     * @param firstRows the first of them, at most 20
     */
    public record Overlap(String file, String other, int rows, List<FileCheck.Twin> firstRows) {}

    /**
     * An example as it is trained.
     *
     * @param source {@code file:line}
     * @param tokens its tokens, in order
     */
    public record FirstExample(String source, List<TokenLabel> tokens) {}

    /**
     * A token and what is trained at its place.
     *
     * @param id the token
     * @param text the token in words
     * @param label the token itself where it is trained, {@link TokenizedExample#IGNORE_INDEX} elsewhere
     */
    public record TokenLabel(int id, String text, int label) {}

    /**
     * How rows become tokens, for the parts of the report that need it.
     *
     * @param tokenize gives the whole example
     * @param tokenText a token in words
     * @param maxLength the length that examples are held against, in tokens; 0 means none
     */
    public record Tokens(
            Function<List<Message>, TokenizedExample> tokenize, IntFunction<String> tokenText, int maxLength) {
        public Tokens {
            if (maxLength < 0) {
                throw new IllegalArgumentException("maxLength is " + maxLength + "; it must be 0 (none) or more");
            }
        }
    }

    public DataCheck {
        files = List.copyOf(files);
        overlaps = List.copyOf(overlaps);
    }

    /** Checks data that was read with bad rows skipped; {@code tokens} null leaves out what needs a tokenizer. */
    public static DataCheck of(DataSet data, @Nullable Tokens tokens) {
        List<FileCheck> files = new ArrayList<>();
        int badFrom = 0;
        for (FileFacts facts : data.files()) {
            List<Example> examples = examples(data, facts);
            List<BadRow> bad = data.badRows().subList(badFrom, badFrom + facts.badRows());
            badFrom += facts.badRows();
            files.add(FileCheck.of(facts, examples, bad, tokens == null ? null : lengths(examples, tokens)));
        }
        FirstExample first = tokens == null || data.examples().isEmpty()
                ? null
                : first(data.examples().get(0), tokens);
        return new DataCheck(files, overlaps(data), first);
    }

    /** Whether a row of any file is bad. */
    public boolean hasBadRows() {
        return files.stream().anyMatch(file -> file.badRows() > 0);
    }

    /** The report for people. */
    public String toText() {
        return new DataCheckText(this).toString();
    }

    private static List<Example> examples(DataSet data, FileFacts facts) {
        return data.examples().subList(facts.first(), facts.first() + facts.examples());
    }

    private static FileCheck.Lengths lengths(List<Example> examples, Tokens tokens) {
        int[] lengths = new int[examples.size()];
        long all = 0;
        long trained = 0;
        int without = 0;
        int over = 0;
        for (int i = 0; i < lengths.length; i++) {
            TokenizedExample example = tokens.tokenize.apply(examples.get(i).messages());
            lengths[i] = example.length();
            all += example.length();
            trained += example.numTrainedTokens();
            without += example.numTrainedTokens() == 0 ? 1 : 0;
            over += tokens.maxLength > 0 && example.length() > tokens.maxLength ? 1 : 0;
        }
        return new FileCheck.Lengths(LengthHistogram.of(lengths), all, trained, without, tokens.maxLength, over);
    }

    private static FirstExample first(Example example, Tokens tokens) {
        TokenizedExample tokenized = tokens.tokenize.apply(example.messages());
        List<TokenLabel> pairs = new ArrayList<>();
        for (int i = 0; i < tokenized.length(); i++) {
            int id = tokenized.inputIds()[i];
            pairs.add(new TokenLabel(id, tokens.tokenText.apply(id), tokenized.labels()[i]));
        }
        return new FirstExample(example.source(), List.copyOf(pairs));
    }

    private static List<Overlap> overlaps(DataSet data) {
        List<Overlap> overlaps = new ArrayList<>();
        for (int a = 0; a < data.files().size(); a++) {
            FileFacts earlier = data.files().get(a);
            Map<List<Message>, String> rows = new HashMap<>();
            examples(data, earlier).forEach(row -> rows.putIfAbsent(row.messages(), row.source()));
            for (FileFacts later : data.files().subList(a + 1, data.files().size())) {
                List<FileCheck.Twin> twins = new ArrayList<>();
                for (Example row : examples(data, later)) {
                    String same = rows.get(row.messages());
                    if (same != null) {
                        twins.add(new FileCheck.Twin(row.source(), same));
                    }
                }
                if (!twins.isEmpty()) {
                    overlaps.add(new Overlap(
                            later.file().path().toString(),
                            earlier.file().path().toString(),
                            twins.size(),
                            FileCheck.first(twins)));
                }
            }
        }
        return overlaps;
    }
}
