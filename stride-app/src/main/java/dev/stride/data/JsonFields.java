package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the parts of a row; what is missing or of the wrong type becomes a fault that names the place in the row. */
final class JsonFields {
    private JsonFields() {}

    /** A string that must be there. {@code place} is the way to {@code object}, for example {@code messages[2].}. */
    static String string(JsonNode object, String key, String place) throws RowFault {
        return text(require(object, key, place, "a string"), place + key);
    }

    /** A string that may be absent or null; then it is empty. */
    static String optionalString(JsonNode object, String key, String place) throws RowFault {
        JsonNode value = object.get(key);
        return value == null || value.isNull() ? "" : text(value, place + key);
    }

    /** An array that must be there. */
    static JsonNode array(JsonNode object, String key, String place) throws RowFault {
        JsonNode value = require(object, key, place, "an array");
        if (!value.isArray()) {
            throw wrongType(place + key, value, "an array");
        }
        return value;
    }

    /** An object that must be there. */
    static JsonNode object(JsonNode object, String key, String place) throws RowFault {
        JsonNode value = require(object, key, place, "an object");
        if (!value.isObject()) {
            throw wrongType(place + key, value, "an object");
        }
        return value;
    }

    /** A truth value; {@code absent} where there is none. */
    static boolean bool(JsonNode object, String key, String place, boolean absent) throws RowFault {
        JsonNode value = object.get(key);
        if (value == null || value.isNull()) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw wrongType(place + key, value, "true or false");
        }
        return value.booleanValue();
    }

    /** A value that is there and not null; else null. */
    static @Nullable JsonNode optional(JsonNode object, String key) {
        JsonNode value = object.get(key);
        return value == null || value.isNull() ? null : value;
    }

    /** The characters of a string value, which must be whole ones. */
    static String text(JsonNode value, String place) throws RowFault {
        if (!value.isTextual()) {
            throw wrongType(place, value, "a string");
        }
        String text = value.textValue();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new RowFault(
                        BadRow.Kind.NOT_UTF8,
                        place + " holds half a character (\\u" + Integer.toHexString(c) + ")",
                        "whole characters: surrogates only in pairs");
            }
        }
        return text;
    }

    static RowFault wrongType(String place, JsonNode value, String expected) {
        return new RowFault(BadRow.Kind.WRONG_TYPE, place + " is " + typeOf(value), expected);
    }

    /** What a value is, in words. */
    static String typeOf(JsonNode value) {
        String type = value.getNodeType().name().toLowerCase(Locale.ROOT);
        return value.isNull() ? "null" : (value.isArray() || value.isObject() ? "an " : "a ") + type;
    }

    private static JsonNode require(JsonNode object, String key, String place, String expected) throws RowFault {
        JsonNode value = object.get(key);
        if (value == null) {
            throw new RowFault(BadRow.Kind.MISSING_KEY, "'" + place + key + "' is missing", expected);
        }
        return value;
    }
}
