package dev.stride.voice;

import java.util.Objects;

/** A key: it is shown to nobody. Only {@link #reveal} gives it, to put it into a request. */
public final class Secret {
    private final String source;
    private final String value;

    /**
     * A key and where it came from.
     *
     * @param source the name of the environment variable; this is shown
     */
    public Secret(String source, String value) {
        this.source = source;
        this.value = value;
    }

    String reveal() {
        return value;
    }

    /** The text without this key, which some servers repeat in their messages. */
    String hideIn(String text) {
        return value.length() < 4 ? text : text.replace(value, "(key)");
    }

    boolean isEmpty() {
        return value.isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.source.equals(source) && secret.value.equals(value);
    }

    @Override
    public int hashCode() {
        return Objects.hash(source);
    }

    @Override
    public String toString() {
        return value.isEmpty() ? "no key" : "the key of " + source;
    }
}
