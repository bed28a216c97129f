package dev.stride.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.experiment.JsonFields;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one object of {@code sweep.json}, read by name and kind. What is wrong is an
 * {@link IllegalArgumentException} that names the place, for example {@code trials[2].lr}.
 */
final class SweepFields {
    private final JsonNode object;
    private final String place;

    SweepFields(JsonNode object, String place) {
        this.object = object;
        this.place = place;
        if (!object.isObject()) {
            throw new IllegalArgumentException(
                    (place.isEmpty() ? "the file" : "'" + place + "'") + " must be a JSON object");
        }
    }

    /** Puts a number, or nothing where there is none. */
    static void putIfPresent(ObjectNode object, String key, @Nullable Double value) {
        if (value != null) {
            JsonFields.put(object, key, value);
        }
    }

    /** Puts an object of numbers, in their order. */
    static void putAll(ObjectNode object, String key, Map<String, Double> values) {
        ObjectNode inner = object.putObject(key);
        values.forEach((name, value) -> JsonFields.put(inner, name, value));
    }

    /** A copy that keeps its order and cannot be changed. */
    static <T> Map<String, T> copy(Map<String, T> values) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    boolean has(String key) {
        JsonNode value = object.path(key);
        return !value.isMissingNode() && !value.isNull();
    }

    String text(String key) {
        JsonNode value = required(key);
        if (!value.isTextual()) {
            throw wrong(key, "a text", value);
        }
        return value.textValue();
    }

    String text(String key, String ifAbsent) {
        return has(key) ? text(key) : ifAbsent;
    }

    boolean flag(String key) {
        JsonNode value = required(key);
        if (!value.isBoolean()) {
            throw wrong(key, "true or false", value);
        }
        return value.booleanValue();
    }

    long whole(String key) {
        JsonNode value = required(key);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(key, "a whole number", value);
        }
        return value.longValue();
    }

    long whole(String key, long ifAbsent) {
        return has(key) ? whole(key) : ifAbsent;
    }

    int count(String key) {
        long value = whole(key);
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw wrong(key, "a count", required(key));
        }
        return (int) value;
    }

    int count(String key, int ifAbsent) {
        return has(key) ? count(key) : ifAbsent;
    }

    double number(String key) {
        JsonNode value = required(key);
        Double number = JsonFields.asNumber(value);
        if (number == null) {
            throw wrong(key, "a number", value);
        }
        return number;
    }

    double number(String key, double ifAbsent) {
        return has(key) ? number(key) : ifAbsent;
    }

    /** A number, or null where there is none. */
    @Nullable
    Double numberOrNull(String key) {
        return has(key) ? (Double) number(key) : null;
    }

    /** An object whose values are all numbers, in its order; empty where the key is absent. */
    Map<String, Double> numbers(String key) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        if (has(key)) {
            SweepFields inner = object(key);
            inner.object.fieldNames().forEachRemaining(name -> numbers.put(name, inner.number(name)));
        }
        return numbers;
    }

    /** An object whose values are all whole numbers, in its order; empty where the key is absent. */
    Map<String, Long> wholes(String key) {
        Map<String, Long> numbers = new LinkedHashMap<>();
        if (has(key)) {
            SweepFields inner = object(key);
            inner.object.fieldNames().forEachRemaining(name -> numbers.put(name, inner.whole(name)));
        }
        return numbers;
    }

    /** An object that must be there. */
    SweepFields object(String key) {
        return new SweepFields(required(key), place(key));
    }

    /** An object, read where it is there, else null. */
    <T> @Nullable T objectOrNull(String key, Function<SweepFields, T> read) {
        return has(key) ? read.apply(object(key)) : null;
    }

    /** A list of objects that must be there. */
    <T> List<T> objects(String key, Function<SweepFields, T> read) {
        JsonNode value = required(key);
        if (!value.isArray()) {
            throw wrong(key, "a list", value);
        }
        List<T> list = new ArrayList<>();
        for (JsonNode element : value) {
            list.add(read.apply(new SweepFields(element, place(key) + "[" + list.size() + "]")));
        }
        return list;
    }

    /** A list of texts; empty where the key is absent. */
    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        if (has(key)) {
            JsonNode value = required(key);
            if (!value.isArray()) {
                throw wrong(key, "a list of texts", value);
            }
            for (JsonNode element : value) {
                if (!element.isTextual()) {
                    throw wrong(key, "a list of texts", value);
                }
                texts.add(element.textValue());
            }
        }
        return texts;
    }

    /** One of several words. */
    String word(String key, List<String> allowed) {
        String word = text(key);
        if (!allowed.contains(word)) {
            throw wrong(key, "one of " + String.join(", ", allowed), required(key));
        }
        return word;
    }

    IllegalArgumentException wrong(String key, String wanted, JsonNode found) {
        String shown = found.toString();
        return new IllegalArgumentException("'" + place(key) + "' must be " + wanted + " but is "
                + (shown.length() > 80 ? shown.substring(0, 80) + "..." : shown));
    }

    private JsonNode required(String key) {
        JsonNode value = object.get(key);
        if (value == null) {
            throw new IllegalArgumentException("'" + place(key) + "' is missing");
        }
        return value;
    }

    private String place(String key) {
        return place.isEmpty() ? key : place + "." + key;
    }
}
