package dev.stride.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code PATTERN=FACTOR} pairs, separated by commas or given one by one. */
record GroupFactorsType() implements KnobType {
    @Override
    public String allowed() {
        return "PATTERN=FACTOR pairs separated by commas, * and ? in patterns, factors above 0";
    }

    @Override
    public boolean isList() {
        return true;
    }

    @Override
    public @Nullable Object parse(String text) {
        List<GroupFactor> factors = new ArrayList<>();
        for (String pair : text.split(",", -1)) {
            int equals = pair.lastIndexOf('=');
            String pattern = equals < 0 ? "" : pair.substring(0, equals).strip();
            Double factor = KnobType.Decimal.number(pair.substring(equals + 1));
            if (pattern.isEmpty() || factor == null || !(factor > 0)) {
                return null;
            }
            factors.add(new GroupFactor(pattern, factor));
        }
        return List.copyOf(factors);
    }
}
