package dev.stride.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of one file, one at a time; what a row means is not its concern. */
interface RowSource extends Closeable {
    /** Strict: a key given twice and text after the value are faults, not silently settled. */
    ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /**
     * One row: a JSON value (a table's row is an object of strings), or the fault that kept it from being one.
     *
     * @param where {@code file:line}
     * @param raw as it stands in the file
     */
    record Row(
            String where,
            String raw,
            @Nullable JsonNode value,
            @Nullable RowFault fault) {
        static Row good(String where, String raw, JsonNode value) {
            return new Row(where, raw, value, null);
        }

        static Row bad(String where, String raw, RowFault fault) {
            return new Row(where, raw, null, fault);
        }

        /** A row from the text of a JSON value. */
        static Row json(String where, String text) {
            try {
                JsonNode value = MAPPER.readTree(text);
                return value.isMissingNode() ? bad(where, text, invalid("nothing")) : good(where, text, value);
            } catch (JsonProcessingException e) {
                String place = e.getLocation() == null
                        ? ""
                        : " (line " + e.getLocation().getLineNr() + " of the row, column "
                                + e.getLocation().getColumnNr() + ")";
                return bad(where, text, invalid(e.getOriginalMessage() + place));
            }
        }

        private static RowFault invalid(String why) {
            return new RowFault(BadRow.Kind.INVALID_JSON, "invalid JSON: " + why, "one JSON object");
        }
    }

    /** The next row; null at the end. */
    @Nullable
    Row next() throws IOException;

    /** What a reader of the file should know after the last row, as sentences. */
    default List<String> notes() {
        return List.of();
    }
}
