package dev.stride.report;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * HTML and SVG being written, well-formed as XML too. Everything that is not one of our own words goes through
 * {@link #text} or an attribute, and both escape it.
 */
final class Markup {
    private final StringBuilder out = new StringBuilder();
    private final Deque<String> open = new ArrayDeque<>();

    /** Opens an element; attributes are name, value, name, value... */
    Markup open(String tag, String... attributes) {
        begin(tag, attributes).append('>');
        open.push(tag);
        return this;
    }

    /** An element without content; only for those that HTML allows to be so, and inside SVG. */
    Markup leaf(String tag, String... attributes) {
        begin(tag, attributes).append("/>");
        return this;
    }

    /** Closes the innermost open element. */
    Markup close() {
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    /** Text from anywhere. */
    Markup text(String text) {
        escape(text, out);
        return this;
    }

    /** An element that holds one text. */
    Markup element(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close();
    }

    /** Our own words in both languages, of which the page shows one; inside SVG text they are {@code tspan}s. */
    Markup words(Words words, Object... values) {
        return both(words.in(Language.ENGLISH, values), words.in(Language.CHINESE, values));
    }

    /** A text in both languages, of which the page shows one. */
    Markup both(String english, String chinese) {
        if (english.equals(chinese)) {
            return text(english);
        }
        String tag = "text".equals(open.peek()) ? "tspan" : "span";
        element(tag, english, "lang", Language.ENGLISH.tag(), "class", "t");
        return element(tag, chinese, "lang", Language.CHINESE.tag(), "class", "t");
    }

    /** Our own style or script, as it is; inside a CDATA section that HTML reads as a comment of either language. */
    Markup code(String tag, String code, String... attributes) {
        open(tag, attributes);
        out.append(code);
        return close();
    }

    /** A line feed, for people who read the source. */
    Markup line() {
        out.append('\n');
        return this;
    }

    @Override
    public String toString() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("not closed: " + open);
        }
        return out.toString();
    }

    private StringBuilder begin(String tag, String... attributes) {
        out.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            escape(attributes[i + 1], out);
            out.append('"');
        }
        return out;
    }

    /** Characters that neither HTML nor XML can hold (controls, halves of surrogate pairs) become U+FFFD. */
    private static void escape(String text, StringBuilder out) {
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(isAllowed(c) ? c : 0xfffd);
            }
        });
    }

    private static boolean isAllowed(int c) {
        return c == '\t'
                || c == '\n'
                || c == '\r'
                || (c >= 0x20 && c < 0x7f)
                || (c >= 0xa0 && c < 0xd800)
                || (c >= 0xe000 && c < 0xfffe)
                || (c >= 0x10000 && c <= 0x10ffff && (c & 0xfffe) != 0xfffe);
    }
}
