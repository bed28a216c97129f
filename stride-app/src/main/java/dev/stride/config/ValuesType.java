package dev.stride.config;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Texts separated by commas or given one by one. */
record ValuesType() implements KnobType {
    @Override
    public String allowed() {
        return "values separated by commas";
    }

    @Override
    public boolean isList() {
        return true;
    }

    @Override
    public @Nullable Object parse(String text) {
        List<String> values =
                Arrays.stream(text.split(",", -1)).map(String::strip).toList();
        return values.contains("") ? null : values;
    }
}
