package dev.stride.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.Map;

/**
 * JSON values written as Python writes them, to the character: {@code json.dumps(value, ensure_ascii=False)}, with and
 * without {@code indent=4}, and {@code repr(value)} of what {@code json.loads} gives. The reference builds tool messages
 * with these, so each character decides about token ids. The order of keys is kept.
 *
 * <p>What {@code repr} takes for printable follows the Unicode version of the running JDK.
 */
final class PythonText {
    private static final int INDENT = 4;

    private PythonText() {}

    /** {@code json.dumps(value, ensure_ascii=False)}: one line, ", " and ": " between. */
    static String json(JsonNode value) {
        StringBuilder out = new StringBuilder();
        appendJson(value, out);
        return out.toString();
    }

    /** {@code json.dumps(value, indent=4, ensure_ascii=False)}. */
    static String jsonIndented(JsonNode value) {
        StringBuilder out = new StringBuilder();
        appendIndented(value, 0, out);
        return out.toString();
    }

    /** {@code repr(value)}. */
    static String repr(JsonNode value) {
        StringBuilder out = new StringBuilder();
        appendRepr(value, out);
        return out.toString();
    }

    private static void appendJson(JsonNode value, StringBuilder out) {
        if (value.isObject()) {
            out.append('{');
            String separator = "";
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                out.append(separator);
                appendJsonString(entry.getKey(), out);
                out.append(": ");
                appendJson(entry.getValue(), out);
                separator = ", ";
            }
            out.append('}');
        } else if (value.isArray()) {
            out.append('[');
            String separator = "";
            for (JsonNode element : value) {
                out.append(separator);
                appendJson(element, out);
                separator = ", ";
            }
            out.append(']');
        } else {
            appendJsonScalar(value, out);
        }
    }

    private static void appendIndented(JsonNode value, int depth, StringBuilder out) {
        if (value.isEmpty() || !value.isContainerNode()) {
            appendJson(value, out);
            return;
        }
        out.append(value.isObject() ? '{' : '[');
        String separator = "";
        if (value.isObject()) {
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                newLine(separator, depth + 1, out);
                appendJsonString(entry.getKey(), out);
                out.append(": ");
                appendIndented(entry.getValue(), depth + 1, out);
                separator = ",";
            }
        } else {
            for (Iterator<JsonNode> elements = value.elements(); elements.hasNext(); separator = ",") {
                newLine(separator, depth + 1, out);
                appendIndented(elements.next(), depth + 1, out);
            }
        }
        newLine("", depth, out);
        out.append(value.isObject() ? '}' : ']');
    }

    private static void newLine(String separator, int depth, StringBuilder out) {
        out.append(separator).append('\n').append(" ".repeat(INDENT * depth));
    }

    private static void appendJsonScalar(JsonNode value, StringBuilder out) {
        if (value.isTextual()) {
            appendJsonString(value.textValue(), out);
        } else if (value.isFloatingPointNumber()) {
            double number = value.doubleValue();
            if (Double.isNaN(number)) {
                out.append("NaN");
            } else if (Double.isInfinite(number)) {
                out.append(number > 0 ? "Infinity" : "-Infinity");
            } else {
                out.append(floatRepr(number));
            }
        } else {
            out.append(value.asText()); // null, true, false and integers look the same in both languages
        }
    }

    private static void appendJsonString(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c < 0x20) {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static void appendRepr(JsonNode value, StringBuilder out) {
        if (value.isObject()) {
            out.append('{');
            String separator = "";
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                out.append(separator);
                appendReprString(entry.getKey(), out);
                out.append(": ");
                appendRepr(entry.getValue(), out);
                separator = ", ";
            }
            out.append('}');
        } else if (value.isArray()) {
            out.append('[');
            String separator = "";
            for (JsonNode element : value) {
                out.append(separator);
                appendRepr(element, out);
                separator = ", ";
            }
            out.append(']');
        } else if (value.isTextual()) {
            appendReprString(value.textValue(), out);
        } else if (value.isBoolean()) {
            out.append(value.booleanValue() ? "True" : "False");
        } else if (value.isNull()) {
            out.append("None");
        } else if (value.isFloatingPointNumber()) {
            out.append(floatRepr(value.doubleValue()));
        } else {
            out.append(value.asText());
        }
    }

    /** Single quotes, unless the text has one and no double quote. */
    private static void appendReprString(String text, StringBuilder out) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> {
            if (c == quote || c == '\\') {
                out.append('\\').append((char) c);
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c == '\r') {
                out.append("\\r");
            } else if (c == '\t') {
                out.append("\\t");
            } else if (isPrintable(c)) {
                out.appendCodePoint(c);
            } else {
                out.append((c <= 0xff ? "\\x%02x" : c <= 0xffff ? "\\u%04x" : "\\U%08x").formatted(c));
            }
        });
        out.append(quote);
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> codePoint == ' ';
            default -> true;
        };
    }

    /**
     * {@code repr} of a float: the shortest digits that read back as the same number, with an exponent from 1e16 on and
     * below 1e-4. {@code Double.toString} of JDK 17 is not always the shortest, so the digits are searched for.
     */
    static String floatRepr(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        String sign = number < 0 || 1 / number < 0 ? "-" : "";
        if (number == 0) {
            return sign + "0.0";
        }
        BigDecimal shortest = shortest(Math.abs(number));
        String digits = shortest.unscaledValue().toString();
        int point = digits.length() - shortest.scale(); // where the decimal point stands, counted from the first digit
        if (point > 16 || point <= -4) {
            int exponent = point - 1;
            String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
            return sign
                    + digits.charAt(0)
                    + fraction
                    + "e%s%02d".formatted(exponent < 0 ? "-" : "+", Math.abs(exponent));
        }
        if (point <= 0) {
            return sign + "0." + "0".repeat(-point) + digits;
        }
        if (point >= digits.length()) {
            return sign + digits + "0".repeat(point - digits.length()) + ".0";
        }
        return sign + digits.substring(0, point) + "." + digits.substring(point);
    }

    private static BigDecimal shortest(double number) {
        BigDecimal exact = new BigDecimal(number);
        BigDecimal rounded = exact;
        for (int precision = 1; precision <= 17; precision++) {
            rounded = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
            if (rounded.doubleValue() != number) {
                // A power of two has more room above than below: the next value up may read back where the nearest does
                // not.
                rounded = exact.round(new MathContext(precision, RoundingMode.UP));
            }
            if (rounded.doubleValue() == number) {
                break;
            }
        }
        return rounded.stripTrailingZeros();
    }
}
