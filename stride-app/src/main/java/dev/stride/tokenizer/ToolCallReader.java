package dev.stride.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code tool_call(name=value, ...)} in Python's notation without evaluating anything.
 *
 * <p>Values are literals: strings with any of the four quotes, numbers, {@code True}, {@code False}, {@code None}, lists,
 * tuples and dicts with string keys. Anything else is no call, and so is one that is nested deeper than {@link #MOST_DEPTH}.
 */
final class ToolCallReader {
    private static final int MOST_DEPTH = 64;
    private static final Pattern NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_]*");
    private static final Pattern NUMBER =
            Pattern.compile("[+-]?(?:(?:\\d+\\.\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?|\\d+[eE][+-]?\\d+|\\d+)");

    private final String text;
    private int at;
    private int depth;

    private ToolCallReader(String text) {
        this.text = text;
    }

    /** Something that is not a literal stands here. */
    private static final class NoCall extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoCall() {
            super("no call", null, false, false);
        }
    }

    /** The arguments of the call between the first and the last line. */
    static Optional<ObjectNode> read(String content) {
        int first = content.indexOf('\n');
        int last = content.lastIndexOf('\n');
        if (first < 0 || first == last) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ToolCallReader(content.substring(first + 1, last)).call());
        } catch (NoCall e) {
            return Optional.empty();
        }
    }

    private ObjectNode call() {
        skip();
        if (!name().equals("tool_call")) {
            throw new NoCall();
        }
        expect('(');
        ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        while (!take(')')) {
            String name = name();
            expect('=');
            if (arguments.has(name)) {
                throw new NoCall(); // a SyntaxError in Python
            }
            arguments.set(name, value());
            if (!take(',')) {
                expect(')');
                break;
            }
        }
        skip();
        if (at < text.length()) {
            throw new NoCall();
        }
        return arguments;
    }

    private JsonNode value() {
        skip();
        if (at >= text.length() || ++depth > MOST_DEPTH) {
            throw new NoCall();
        }
        char c = text.charAt(at);
        JsonNode value = switch (c) {
            case '[' -> sequence(']');
            case '(' -> sequence(')');
            case '{' -> dict();
            case '"', '\'' -> JsonNodeFactory.instance.textNode(strings());
            default -> Character.isDigit(c) || c == '-' || c == '+' || c == '.' ? number() : word();
        };
        depth--;
        return value;
    }

    /** A list, or a tuple of none or several; a single value in parentheses is that value. */
    private JsonNode sequence(char close) {
        at++;
        ArrayNode values = JsonNodeFactory.instance.arrayNode();
        boolean comma = false;
        while (!take(close)) {
            values.add(value());
            comma = take(',');
            if (!comma) {
                expect(close);
                break;
            }
        }
        return close == ')' && values.size() == 1 && !comma ? values.get(0) : values;
    }

    private JsonNode dict() {
        at++;
        ObjectNode values = JsonNodeFactory.instance.objectNode();
        while (!take('}')) {
            JsonNode key = value();
            if (!key.isTextual()) {
                throw new NoCall();
            }
            expect(':');
            values.set(key.textValue(), value());
            if (!take(',')) {
                expect('}');
                break;
            }
        }
        return values;
    }

    private JsonNode word() {
        return switch (name()) {
            case "True" -> JsonNodeFactory.instance.booleanNode(true);
            case "False" -> JsonNodeFactory.instance.booleanNode(false);
            case "None" -> JsonNodeFactory.instance.nullNode();
            default -> throw new NoCall();
        };
    }

    private JsonNode number() {
        Matcher number = NUMBER.matcher(text).region(at, text.length());
        if (!number.lookingAt()) {
            throw new NoCall();
        }
        at = number.end();
        String digits = number.group();
        if (!digits.matches("[+-]?\\d+")) {
            return JsonNodeFactory.instance.numberNode(Double.parseDouble(digits));
        }
        if (digits.length() > 400) {
            throw new NoCall();
        }
        BigInteger whole = new BigInteger(digits);
        if (whole.bitLength() < 32) {
            return JsonNodeFactory.instance.numberNode(whole.intValue());
        }
        return whole.bitLength() < 64
                ? JsonNodeFactory.instance.numberNode(whole.longValue())
                : JsonNodeFactory.instance.numberNode(whole);
    }

    /** Adjacent strings are one, as in Python. */
    private String strings() {
        StringBuilder out = new StringBuilder();
        do {
            string(out);
            skip();
        } while (at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '\''));
        return out.toString();
    }

    private void string(StringBuilder out) {
        String quote = text.substring(at, at + 1);
        if (text.startsWith(quote.repeat(3), at)) {
            quote = quote.repeat(3);
        }
        at += quote.length();
        while (!text.startsWith(quote, at)) {
            if (at >= text.length() || (quote.length() == 1 && text.charAt(at) == '\n')) {
                throw new NoCall();
            }
            char c = text.charAt(at++);
            if (c == '\\') {
                escape(out);
            } else {
                out.append(c);
            }
        }
        at += quote.length();
    }

    private void escape(StringBuilder out) {
        if (at >= text.length()) {
            throw new NoCall();
        }
        char c = text.charAt(at++);
        switch (c) {
            case '\n' -> {}
            case '\\', '\'', '"' -> out.append(c);
            case 'n' -> out.append('\n');
            case 't' -> out.append('\t');
            case 'r' -> out.append('\r');
            case 'b' -> out.append('\b');
            case 'f' -> out.append('\f');
            case 'a' -> out.append('\u0007');
            case 'v' -> out.append('\u000B');
            case 'x' -> code(out, 2);
            case 'u' -> code(out, 4);
            case 'U' -> code(out, 8);
            case '0', '1', '2', '3', '4', '5', '6', '7' -> octal(out);
            case 'N' -> throw new NoCall(); // names of Unicode
            default -> out.append('\\').append(c);
        }
    }

    private void code(StringBuilder out, int digits) {
        if (at + digits > text.length()) {
            throw new NoCall();
        }
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = Character.digit(text.charAt(at++), 16);
            if (digit < 0 || value > 0x10FFFF) {
                throw new NoCall();
            }
            value = value * 16 + digit;
        }
        if (value > 0x10FFFF) {
            throw new NoCall();
        }
        out.appendCodePoint(value);
    }

    private void octal(StringBuilder out) {
        at--;
        int value = 0;
        for (int i = 0; i < 3 && at < text.length(); i++) {
            int digit = Character.digit(text.charAt(at), 8);
            if (digit < 0) {
                break;
            }
            value = value * 8 + digit;
            at++;
        }
        out.append((char) value);
    }

    private String name() {
        skip();
        Matcher name = NAME.matcher(text).region(at, text.length());
        if (!name.lookingAt()) {
            throw new NoCall();
        }
        at = name.end();
        return name.group();
    }

    private boolean take(char wanted) {
        skip();
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char wanted) {
        if (!take(wanted)) {
            throw new NoCall();
        }
    }

    private void skip() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }
}
