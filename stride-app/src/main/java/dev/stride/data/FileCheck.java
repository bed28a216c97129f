package dev.stride.data;

import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * What {@link DataCheck} found in one file.
 *
 * @param file path of the file
 * @param format word of the format
 * @param container how the rows are held, in words
 * @param rowsRead rows read, bad ones included
 * @param examples good rows
 * @param limited whether more rows follow that were not read
 * @param badRows rows that cannot be examples
 * @param badByKind bad rows by the sort of fault, in words
 * @param firstBadRows the first of them, at most 20
 * @param emptyAnswers bad rows whose answer is empty
 * @param duplicates rows that are exactly an earlier row of the file
 * @param firstDuplicates the first of them, at most 20
 * @param messagesByRole messages of each role
 * @param conversations rows of each order of roles, the most frequent first
 * @param labels rows of each label, the most frequent first; empty where the rows are no classification
 * @param unusedKeys keys and columns that no example was made from
 * @param notes what else a reader should know
 * @param lengths lengths in tokens; null without a tokenizer
 */
public record FileCheck(
        String file,
        String format,
        String container,
        int rowsRead,
        int examples,
        boolean limited,
        int badRows,
        Map<String, Integer> badByKind,
        List<BadRow> firstBadRows,
        int emptyAnswers,
        int duplicates,
        List<Twin> firstDuplicates,
        Map<String, Integer> messagesByRole,
        Map<String, Integer> conversations,
        Map<String, Integer> labels,
        SortedSet<String> unusedKeys,
        List<String> notes,
        @Nullable Lengths lengths) {
    /**
     * Two rows with the same messages.
     *
     * @param row the later one, {@code file:line}
     * @param sameAs the earlier one
     */
    public record Twin(String row, String sameAs) {}

    /**
     * Lengths of the examples in tokens.
     *
     * @param histogram of whole examples
     * @param tokens of all examples
     * @param trainedTokens of all examples
     * @param rowsWithoutTrainedToken examples that nothing is trained of
     * @param maxLength the length that examples are held against; 0 means none was given
     * @param rowsOverMaxLength examples that are longer and would be cut
     */
    public record Lengths(
            LengthHistogram histogram,
            long tokens,
            long trainedTokens,
            int rowsWithoutTrainedToken,
            int maxLength,
            int rowsOverMaxLength) {}

    /** Counts the facts of a file. */
    static FileCheck of(FileFacts facts, List<Example> examples, List<BadRow> badRows, @Nullable Lengths lengths) {
        Map<String, Integer> kinds = new LinkedHashMap<>();
        int emptyAnswers = 0;
        for (BadRow row : badRows) {
            kinds.merge(row.kind().words(), 1, Integer::sum);
            emptyAnswers += row.kind() == BadRow.Kind.EMPTY_ANSWER ? 1 : 0;
        }
        Map<Role, Integer> roles = new EnumMap<>(Role.class);
        Map<String, Integer> shapes = new HashMap<>();
        Map<List<Message>, String> seen = new HashMap<>();
        List<Twin> twins = new ArrayList<>();
        for (Example example : examples) {
            example.messages().forEach(message -> roles.merge(message.role(), 1, Integer::sum));
            shapes.merge(shape(example.messages()), 1, Integer::sum);
            String earlier = seen.putIfAbsent(example.messages(), example.source());
            if (earlier != null) {
                twins.add(new Twin(example.source(), earlier));
            }
        }
        Map<String, Integer> byRole = new LinkedHashMap<>();
        roles.forEach((role, count) -> byRole.put(role.word(), count));
        return new FileCheck(
                facts.file().path().toString(),
                facts.format().word(),
                facts.container(),
                facts.rowsRead(),
                facts.examples(),
                facts.limited(),
                badRows.size(),
                frequentFirst(kinds),
                first(badRows),
                emptyAnswers,
                twins.size(),
                first(twins),
                Collections.unmodifiableMap(byRole),
                frequentFirst(shapes),
                frequentFirst(facts.labels()),
                facts.unusedKeys(),
                facts.notes(),
                lengths);
    }

    /** The roles in order; a user and assistant turn after turn is counted: {@code system, 3 x (user, assistant)}. */
    static String shape(List<Message> messages) {
        List<String> parts = new ArrayList<>();
        int i = 0;
        while (i < messages.size()) {
            int turns = 0;
            while (i + 2 * turns + 1 < messages.size()
                    && messages.get(i + 2 * turns).role() == Role.USER
                    && messages.get(i + 2 * turns + 1).role() == Role.ASSISTANT) {
                turns++;
            }
            if (turns > 1) {
                parts.add(turns + " x (user, assistant)");
                i += 2 * turns;
            } else {
                parts.add(messages.get(i).role().word());
                i++;
            }
        }
        return String.join(", ", parts);
    }

    static <T> List<T> first(List<T> all) {
        return List.copyOf(all.subList(0, Math.min(DataReader.SHOWN, all.size())));
    }

    private static Map<String, Integer> frequentFirst(Map<String, Integer> counts) {
        Map<String, Integer> sorted = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return Collections.unmodifiableMap(sorted);
    }
}
