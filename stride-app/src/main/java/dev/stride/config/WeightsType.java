package dev.stride.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code METRIC=WEIGHT} pairs, separated by commas, where a metric is one of an evaluation or {@code people}. */
record WeightsType() implements KnobType {
    @Override
    public String allowed() {
        return "METRIC=WEIGHT pairs separated by commas, weights above 0; metrics: " + String.join(", ", names());
    }

    @Override
    public boolean isList() {
        return true;
    }

    @Override
    public @Nullable Object parse(String text) {
        List<MetricWeight> weights = new ArrayList<>();
        for (String pair : text.split(",", -1)) {
            int equals = pair.indexOf('=');
            String name = (equals < 0 ? pair : pair.substring(0, equals)).strip();
            Double weight = equals < 0 ? null : KnobType.Decimal.number(pair.substring(equals + 1));
            if (!names().contains(name) || weight == null || !(weight > 0) || Double.isInfinite(weight)) {
                return null;
            }
            weights.add(new MetricWeight(name, weight));
        }
        return List.copyOf(weights);
    }

    private static List<String> names() {
        return Stream.concat(Stream.of(StopMetric.values()).map(StopMetric::word), Stream.of(MetricWeight.PEOPLE))
                .toList();
    }
}
