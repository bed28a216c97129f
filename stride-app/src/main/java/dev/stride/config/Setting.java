package dev.stride.config;

import java.util.List;
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
}
