package dev.stride.experiment;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Copies of maps of numbers that keep their order and cannot be changed. */
final class OrderedNumbers {
    private OrderedNumbers() {}

    static Map<String, Double> copy(Map<String, Double> numbers) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
    }
}
