package dev.stride.data;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * The elements of one JSON array, cut apart by their brackets before any is parsed: an element that is no JSON is one
 * bad row, the next is read as usual, and the file is never in memory as a whole.
 *
 * <p>A string ends at a newline at the latest, since JSON allows none inside. After such a string brackets are no longer
 * trusted: a line that opens an object at the column where this element began starts the next element. Where brackets do
 * not close and nothing says why, the rest of the file cannot be told apart, and the row says so.
 */
final class JsonArrayRows implements RowSource {
    private enum State {
        BEFORE_ARRAY,
        BEFORE_FIRST,
        BEFORE_NEXT,
        AFTER_LAST,
        ENDED
    }

    private final String file;
    private final ByteSource in;
    private final Bytes element = new Bytes();
    private State state = State.BEFORE_ARRAY;
    private long line = 1;
    private int column;
    private int pushedBack = -1;

    /** An array in a stream; its first bracket is known to be there. */
    JsonArrayRows(String file, InputStream in) {
        this.file = file;
        this.in = new ByteSource(in);
    }

    @Override
    public @Nullable Row next() throws IOException {
        if (state == State.BEFORE_ARRAY) {
            int b = read();
            while (b >= 0 && b != '[') {
                b = read();
            }
            state = State.BEFORE_FIRST;
        }
        if (state == State.ENDED) {
            return null;
        }
        if (state == State.AFTER_LAST) {
            return end();
        }
        int b = skipBlanks();
        return b == ']' && state == State.BEFORE_FIRST ? end() : element(b);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** Reads from the first byte of an element through the comma or bracket that ends it. */
    private Row element(int first) throws IOException {
        String where = file + ":" + line;
        int startColumn = column;
        boolean broken = false;
        boolean startOfLine = false;
        element.clear();
        int depth = 0;
        boolean inString = false;
        boolean escaped = false;
        for (int b = first; ; b = read()) {
            if (b < 0) {
                state = State.ENDED;
                return unreadable(where, "from here the brackets do not close before the file ends", "[..., ...]");
            }
            if (broken && startOfLine && b == '{' && column == startColumn) {
                pushedBack = b;
                state = State.BEFORE_NEXT;
                return row(where);
            }
            startOfLine = b == '\n' || (startOfLine && (b == ' ' || b == '\t'));
            if (inString) {
                broken |= b == '\n';
                inString = b != '\n' && (b != '"' || escaped);
                escaped = b == '\\' && !escaped;
            } else if (depth == 0 && (b == ',' || b == ']')) {
                state = b == ',' ? State.BEFORE_NEXT : State.AFTER_LAST;
                return row(where);
            } else if (b == '"') {
                inString = true;
                escaped = false;
            } else if (b == '{' || b == '[') {
                depth++;
            } else if (b == '}' || b == ']') {
                depth = Math.max(0, depth - 1);
            }
            element.append(b);
        }
    }

    private Row row(String where) {
        String text = element.utf8(0, element.length());
        return text == null
                ? Row.bad(where, element.lossy(0, element.length()).strip(), ByteLines.notUtf8())
                : Row.json(where, text.strip());
    }

    /** After the closing bracket nothing may follow. */
    private @Nullable Row end() throws IOException {
        int b = skipBlanks();
        state = State.ENDED;
        return b < 0 ? null : unreadable(file + ":" + line, "more text after the end of the array", "one array");
    }

    private static Row unreadable(String where, String what, String expected) {
        return Row.bad(where, "", new RowFault(BadRow.Kind.UNREADABLE_REST, what, expected));
    }

    private int skipBlanks() throws IOException {
        int b = read();
        while (b == ' ' || b == '\n' || b == '\r' || b == '\t') {
            b = read();
        }
        return b;
    }

    private int read() throws IOException {
        if (pushedBack >= 0) {
            int b = pushedBack;
            pushedBack = -1;
            return b;
        }
        int b = in.read();
        if (b == '\n') {
            line++;
            column = 0;
        } else {
            column++;
        }
        return b;
    }
}
