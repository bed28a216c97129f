package dev.stride.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One knob's value and who said it.
 *
 * @param knob which
 * @param texts as written; several only where the knob takes a list; empty: no value
 * @param value as read: null where there is none, a list where the knob takes one
 * @param origin who said it
 */
public record Setting(
        Knob knob, List<String> texts, @Nullable Object value, Origin origin) {
    public Setting {
        texts = List.copyOf(texts);
    }

    /** The value for people; a dash where there is none. */
    public String text() {
        return texts.isEmpty() ? "-" : String.join(", ", texts);
    }

    /** The texts with files by their absolute paths, so that they mean the same from any folder. */
    public List<String> placedTexts() {
        List<?> values = value instanceof List<?> list ? list : List.of(Objects.requireNonNullElse(value, ""));
        List<String> placed = new ArrayList<>(texts);
        for (int i = 0; i < Math.min(placed.size(), values.size()); i++) {
            if (values.get(i) instanceof Path path) {
                placed.set(i, placed(path));
            } else if (values.get(i) instanceof DataSource source) {
                String path = placed(source.path());
                boolean weighted = source.weight() != 1 || path.contains(":");
                placed.set(i, weighted ? path + ":" + source.weight() : path);
            }
        }
        return placed;
    }

    private static String placed(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }
}
