package dev.stride.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Learning rates, separated by commas or given one by one. */
record RatesType() implements KnobType {
    @Override
    public String allowed() {
        return "rates above 0, separated by commas";
    }

    @Override
    public boolean isList() {
        return true;
    }

    @Override
    public @Nullable Object parse(String text) {
        List<Double> rates = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Double rate = KnobType.Decimal.number(part);
            if (rate == null || !(rate > 0) || Double.isInfinite(rate)) {
                return null;
            }
            rates.add(rate);
        }
        return List.copyOf(rates);
    }
}
