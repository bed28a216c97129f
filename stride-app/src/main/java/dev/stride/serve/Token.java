package dev.stride.serve;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** A secret word of a server, compared in a time that tells nothing about it. */
final class Token {
    private final byte[] bytes;

    /** @param text at least 16 letters and digits */
    Token(String text) {
        if (!text.matches("[A-Za-z0-9]{16,}")) {
            throw new IllegalArgumentException("a token is at least 16 letters and digits");
        }
        this.bytes = text.getBytes(StandardCharsets.UTF_8);
    }

    private Token(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A key that a user chose.
     *
     * @throws IllegalArgumentException where it holds something that cannot stand in a header, or nothing
     */
    static Token key(String text) {
        if (!text.matches("[!-~]+")) {
            throw new IllegalArgumentException("a key is letters, digits and signs of ASCII, without spaces");
        }
        return new Token(text.getBytes(StandardCharsets.UTF_8));
    }

    boolean is(@Nullable String given) {
        return given != null && MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), bytes);
    }

    /** The word itself, for an address that is shown to whoever may know it. */
    String word() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
