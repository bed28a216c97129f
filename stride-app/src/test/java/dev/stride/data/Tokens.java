package dev.stride.data;

import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import dev.stride.tokenizer.TokenizedExample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** A tokenizer of code points and small data sets, for tests that need ids but no vocabulary. */
final class Tokens {
    private Tokens() {}

    /** One id a code point, a 0 before each message; assistant text is trained, and an id 1 at the end. */
    static TokenizedExample codePoints(List<Message> messages) {
        List<Integer> ids = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        boolean trained = false;
        for (Message message : messages) {
            trained = message.role() == Role.ASSISTANT && message.trained();
            ids.add(0);
            labels.add(TokenizedExample.IGNORE_INDEX);
            for (int id : message.content().codePoints().toArray()) {
                ids.add(id);
                labels.add(trained ? id : TokenizedExample.IGNORE_INDEX);
            }
        }
        ids.add(1);
        labels.add(trained ? 1 : TokenizedExample.IGNORE_INDEX);
        return new TokenizedExample(
                ids.stream().mapToInt(i -> i).toArray(),
                labels.stream().mapToInt(i -> i).toArray());
    }

    /** At most {@code length} tokens, the first ones. */
    static TokenizedExample cut(TokenizedExample example, int length) {
        return example.length() <= length
                ? example
                : new TokenizedExample(
                        Arrays.copyOf(example.inputIds(), length), Arrays.copyOf(example.labels(), length));
    }

    /** A row whose texts are its number and a length that differs from row to row. */
    static Example row(String file, int i) {
        return new Example(
                List.of(
                        Message.of(Role.USER, "question " + i + ".".repeat(i * 7 % 23)),
                        Message.of(Role.ASSISTANT, "answer " + i + "!".repeat(i * 5 % 11))),
                file + ":" + (i + 1));
    }

    /** Files of such rows, a.jsonl, b.jsonl ..., with a weight each. */
    static DataSet dataSet(int[] rows, double[] weights) {
        List<Example> examples = new ArrayList<>();
        List<FileFacts> facts = new ArrayList<>();
        for (int f = 0; f < rows.length; f++) {
            String name = (char) ('a' + f) + ".jsonl";
            DataFile file = new DataFile(Path.of(name), weights[f]);
            facts.add(new FileFacts(
                    file,
                    DataFormat.CHATGLM3,
                    "JSON lines",
                    Columns.NONE,
                    examples.size(),
                    rows[f],
                    rows[f],
                    false,
                    Map.of(),
                    new TreeSet<>(),
                    List.of()));
            for (int i = 0; i < rows[f]; i++) {
                examples.add(row(name, i));
            }
        }
        return new DataSet(examples, List.of(), facts);
    }

    /** One file of such rows as ids. */
    static TokenizedData tokenized(int rows) {
        return tokenized(new int[] {rows}, new double[] {1});
    }

    /** Files of such rows as ids. */
    static TokenizedData tokenized(int[] rows, double[] weights) {
        return TokenizedData.of(dataSet(rows, weights), Tokens::codePoints, example -> example);
    }
}
