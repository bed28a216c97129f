package dev.stride.data;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** One JSON value a line; blank lines are no rows. */
final class JsonLineRows implements RowSource {
    private final String file;
    private final ByteLines lines;

    JsonLineRows(String file, InputStream in) {
        this.file = file;
        this.lines = new ByteLines(in);
    }

    @Override
    public @Nullable Row next() throws IOException {
        ByteLines.Line line = lines.next();
        while (line != null && line.isBlank()) {
            line = lines.next();
        }
        if (line == null) {
            return null;
        }
        String where = file + ":" + line.number();
        return line.utf8() ? Row.json(where, line.text()) : Row.bad(where, line.text(), ByteLines.notUtf8());
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
