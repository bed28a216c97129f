package dev.stride.live;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.experiment.JsonFields;
import java.util.Map;

/** Numbers in JSON: those that are not finite are the strings {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}. */
final class PlainNumbers {
    private PlainNumbers() {}

    static void put(ObjectNode object, String key, double value) {
        JsonFields.put(object, key, value);
    }

    /** A number of single precision, with no more digits than it has. */
    static void put(ObjectNode object, String key, float value) {
        if (Float.isFinite(value)) {
            object.put(key, value);
        } else {
            object.put(key, Float.toString(value));
        }
    }

    static void add(ArrayNode list, double value) {
        JsonFields.add(list, value);
    }

    static void add(ArrayNode list, float value) {
        if (Float.isFinite(value)) {
            list.add(value);
        } else {
            list.add(Float.toString(value));
        }
    }

    static void putAll(ObjectNode object, Map<String, Double> values) {
        JsonFields.putAll(object, values);
    }

    /** The mean of what a person reads off a small picture: four significant digits are enough. */
    static double rounded(double value) {
        if (value == 0 || !Double.isFinite(value)) {
            return value;
        }
        double scale = Math.pow(10, 5 - Math.ceil(Math.log10(Math.abs(value))));
        return Double.isFinite(scale) && scale > 0 ? Math.rint(value * scale) / scale : value;
    }
}
