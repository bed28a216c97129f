package dev.stride.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a token adds to a text, for programs that look at probabilities: its bytes, and these as text. */
final class TokenText {
    private static final Pattern BYTE = Pattern.compile("<0x([0-9A-F]{2})>");

    private final Tokenizer tokenizer;

    TokenText(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The bytes of the token; a special token's are those of its name. */
    byte[] bytes(int id) {
        String piece = tokenizer.piece(id);
        Matcher single = BYTE.matcher(piece);
        return single.matches()
                ? new byte[] {(byte) Integer.parseInt(single.group(1), 16)}
                : piece.replace('\u2581', ' ').getBytes(StandardCharsets.UTF_8);
    }

    /** The bytes as text; a part of a character is the replacement character. */
    String text(int id) {
        return new String(bytes(id), StandardCharsets.UTF_8);
    }

    /** {@code {"token", "logprob", "bytes"}}. */
    ObjectNode put(ObjectNode node, int id, double logprob) {
        node.put("token", text(id)).put("logprob", logprob);
        ArrayNode bytes = node.putArray("bytes");
        for (byte each : bytes(id)) {
            bytes.add(each & 0xFF);
        }
        return node;
    }
}
