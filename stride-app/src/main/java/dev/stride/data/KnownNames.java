package dev.stride.data;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The usual names of columns and keys, and what a row that has them means. A set of names that could mean two things
 * means nothing: then the user says it.
 */
final class KnownNames {
    /** What a row means and which of its columns plays which part. */
    record Meaning(DataFormat format, Columns columns) {}

    private static final List<List<String>> PAIRS = List.of(
            List.of("prompt", "response"),
            List.of("prompt", "completion"),
            List.of("content", "summary"),
            List.of("question", "answer"),
            List.of("query", "response"),
            List.of("input", "output"));
    private static final Set<String> TEXTS =
            Set.of("text", "sentence", "review", "title", "content", "comment", "文本", "内容", "标题", "评论");
    private static final Set<String> LABELS =
            Set.of("label", "class", "category", "sentiment", "target", "标签", "类别", "分类");
    private static final Set<String> BESIDE_TEXT =
            Set.of("text", "id", "source", "url", "meta", "metadata", "timestamp", "date", "lang", "language");

    private KnownNames() {}

    /** The meaning of a row with these names, in any case of letters; null when it is none or not one. */
    static @Nullable Meaning of(Collection<String> names) {
        Map<String, String> known = new LinkedHashMap<>();
        for (String name : names) {
            known.put(name.strip().toLowerCase(Locale.ROOT), name);
        }
        if (known.containsKey("instruction") && known.containsKey("output")) {
            return new Meaning(DataFormat.ALPACA, Columns.NONE);
        }
        List<Meaning> meanings = new ArrayList<>();
        for (List<String> pair : PAIRS) {
            String prompt = known.get(pair.get(0));
            String response = known.get(pair.get(1));
            if (prompt != null && response != null) {
                meanings.add(new Meaning(
                        DataFormat.COLUMNS, withExtras(Columns.of("prompt", prompt, "response", response), known)));
            }
        }
        for (Map.Entry<String, String> text : known.entrySet()) {
            for (Map.Entry<String, String> label : known.entrySet()) {
                if (TEXTS.contains(text.getKey()) && LABELS.contains(label.getKey())) {
                    meanings.add(new Meaning(
                            DataFormat.LABELS, Columns.of("text", text.getValue(), "label", label.getValue())));
                }
            }
        }
        String text = known.get("text");
        if (text != null && BESIDE_TEXT.containsAll(known.keySet())) {
            meanings.add(new Meaning(DataFormat.TEXT, new Columns(Map.of("text", text))));
        }
        return meanings.size() == 1 ? meanings.get(0) : null;
    }

    private static Columns withExtras(Columns columns, Map<String, String> known) {
        Columns result = columns;
        for (String extra : List.of("history", "system")) {
            String name = known.get(extra);
            if (name != null) {
                result = result.with(extra, name);
            }
        }
        return result;
    }
}
