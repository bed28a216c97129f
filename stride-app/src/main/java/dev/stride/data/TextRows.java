package dev.stride.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Plain text as objects with one key {@code text}: a line that is not blank, or all lines up to the next blank one. */
final class TextRows implements RowSource {
    private final String file;
    private final ByteLines lines;
    private final DataOptions.TextUnit unit;

    TextRows(String file, InputStream in, DataOptions.TextUnit unit) {
        this.file = file;
        this.lines = new ByteLines(in);
        this.unit = unit;
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
        StringBuilder text = new StringBuilder(line.text());
        boolean utf8 = line.utf8();
        if (unit == DataOptions.TextUnit.BLOCK) {
            for (line = lines.next(); line != null && !line.isBlank(); line = lines.next()) {
                text.append('\n').append(line.text());
                utf8 &= line.utf8();
            }
        }
        String raw = text.toString();
        return utf8
                ? Row.good(where, raw, JsonNodeFactory.instance.objectNode().put("text", raw))
                : Row.bad(where, raw, ByteLines.notUtf8());
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
