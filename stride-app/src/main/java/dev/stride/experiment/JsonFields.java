package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The fields of one JSON object, read by name and kind; and the one rule for writing numbers. */
public final class JsonFields {
    static final ObjectMapper JSON = new ObjectMapper();
    private final JsonNode object;

    JsonFields(JsonNode object) {
        if (!object.isObject()) {
            throw new IllegalArgumentException("not a JSON object");
        }
        this.object = object;
    }

    /** An empty object, to be filled in the order in which it shall print. */
    static ObjectNode empty() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** An object that begins with its type and step. */
    static ObjectNode event(String type, long step) {
        return empty().put("type", type).put("step", step);
    }

    /** Puts a number: bit-exact if finite, else the string that {@link Double#toString} gives. */
    public static void put(ObjectNode object, String key, double value) {
        if (Double.isFinite(value)) {
            object.put(key, value);
        } else {
            object.put(key, Double.toString(value));
        }
    }

    /** Adds a number to a list, by the same rule. */
    public static void add(ArrayNode list, double value) {
        if (Double.isFinite(value)) {
            list.add(value);
        } else {
            list.add(Double.toString(value));
        }
    }

    /** Puts every entry of a map, in its order. */
    public static void putAll(ObjectNode object, Map<String, Double> values) {
        values.forEach((key, value) -> put(object, key, value));
    }

    String text(String key) {
        JsonNode value = required(key);
        if (!value.isTextual()) {
            throw wrong(key, "a text", value);
        }
        return value.textValue();
    }

    /** A text that most lines lack. */
    String text(String key, String ifAbsent) {
        return object.has(key) ? text(key) : ifAbsent;
    }

    long whole(String key) {
        JsonNode value = required(key);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(key, "a whole number", value);
        }
        return value.longValue();
    }

    /** A whole number that most lines lack. */
    long whole(String key, long ifAbsent) {
        return object.has(key) ? whole(key) : ifAbsent;
    }

    /** A flag that is absent where it does not hold. */
    boolean isTrue(String key) {
        return object.path(key).asBoolean();
    }

    double number(String key) {
        JsonNode value = required(key);
        Double number = asNumber(value);
        if (number == null) {
            throw wrong(key, "a number", value);
        }
        return number;
    }

    /** A number that older files may lack. */
    double number(String key, double ifAbsent) {
        return object.has(key) ? number(key) : ifAbsent;
    }

    /** An object whose values are all numbers, in its order. */
    Map<String, Double> numbers(String key) {
        JsonNode value = required(key);
        if (!value.isObject()) {
            throw wrong(key, "an object of numbers", value);
        }
        JsonFields inner = new JsonFields(value);
        Map<String, Double> numbers = new LinkedHashMap<>();
        value.fieldNames().forEachRemaining(name -> numbers.put(name, inner.number(name)));
        return numbers;
    }

    /** A list of numbers. */
    List<Double> list(String key) {
        JsonNode value = required(key);
        if (!value.isArray()) {
            throw wrong(key, "a list of numbers", value);
        }
        List<Double> numbers = new ArrayList<>(value.size());
        for (JsonNode item : value) {
            Double number = asNumber(item);
            if (number == null) {
                throw wrong(key, "a list of numbers", value);
            }
            numbers.add(number);
        }
        return numbers;
    }

    /** Every field that is a number and not one of those named, in their order. */
    Map<String, Double> otherNumbers(Set<String> but) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        object.fieldNames().forEachRemaining(name -> {
            Double number = asNumber(object.path(name));
            if (number != null && !but.contains(name)) {
                numbers.put(name, number);
            }
        });
        return numbers;
    }

    /** An object, or null where the key is absent or null. */
    @Nullable
    JsonFields object(String key) {
        JsonNode value = object.path(key);
        return value.isMissingNode() || value.isNull() ? null : new JsonFields(value);
    }

    private JsonNode required(String key) {
        JsonNode value = object.get(key);
        if (value == null) {
            throw new IllegalArgumentException("'" + key + "' is missing");
        }
        return value;
    }

    /** The number that {@link #put} wrote; null where a value is none. */
    public static @Nullable Double asNumber(JsonNode value) {
        if (value.isNumber()) {
            return value.doubleValue();
        }
        if (value.isTextual()) {
            return switch (value.textValue()) {
                case "NaN" -> Double.NaN;
                case "Infinity" -> Double.POSITIVE_INFINITY;
                case "-Infinity" -> Double.NEGATIVE_INFINITY;
                default -> null;
            };
        }
        return null;
    }

    private static IllegalArgumentException wrong(String key, String wanted, JsonNode found) {
        return new IllegalArgumentException("'" + key + "' must be " + wanted + " but is " + found);
    }
}
