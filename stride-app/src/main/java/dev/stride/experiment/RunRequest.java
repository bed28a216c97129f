package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What somebody asks of a run that trains: a file in the run's folder {@code requests}, see {@link RunRequests}.
 *
 * @param action what is asked for
 * @param text the asker's own words, empty as a rule; for a note, the note
 * @param by who asks, for example {@code page}; may be empty
 * @param at when
 */
public record RunRequest(Action action, String text, String by, Instant at) {
    /** The most characters of a text that a run's events keep. */
    public static final int MAX_TEXT = 2000;

    private static final int MAX_NAME = 100;

    /** What can be asked for. */
    public enum Action {
        /** Save the state and end; the run can be gone on with. */
        STOP,
        /** Evaluate at once, besides the evaluations that are planned. */
        EVALUATE,
        /** Multiply every rate by a half from the next update on. */
        HALVE,
        /** Keep the text among the events. */
        NOTE;

        /** The word in the file. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** What it is to do, behind "to". */
        public String phrase() {
            return switch (this) {
                case STOP -> "stop";
                case EVALUATE -> "evaluate";
                case HALVE -> "halve the rate";
                case NOTE -> "keep a note";
            };
        }

        /**
         * The action of a word.
         *
         * @throws IllegalArgumentException naming the words that there are
         */
        public static Action of(String word) {
            for (Action action : values()) {
                if (action.word().equals(word)) {
                    return action;
                }
            }
            throw new IllegalArgumentException("'action' must be "
                    + Arrays.stream(values()).map(Action::word).collect(Collectors.joining(", ")) + " but is '"
                    + shown(word, MAX_NAME) + "'");
        }
    }

    /** The text as it may be shown and kept: without control characters, and cut where it is too long, which it then says. */
    public String shownText() {
        return shown(text, MAX_TEXT);
    }

    /** Who asks, in words: {@code a person}, or {@code a person (page)} where the request has a name. */
    public String asker() {
        String name = shown(by, MAX_NAME);
        return name.isEmpty() ? "a person" : "a person (" + name + ")";
    }

    /** The request as the JSON object of its file. */
    public ObjectNode toJson() {
        return JsonFields.empty()
                .put("action", action.word())
                .put("text", text)
                .put("by", by)
                .put("at", at.toString());
    }

    /**
     * The request of a JSON object; all but the action may be absent.
     *
     * @throws IllegalArgumentException if the action is missing or unknown, or a key is of the wrong kind
     */
    public static RunRequest fromJson(JsonNode json) {
        JsonFields fields = new JsonFields(json);
        Action action = Action.of(fields.text("action"));
        String at = fields.text("at", "");
        try {
            return new RunRequest(
                    action,
                    fields.text("text", ""),
                    fields.text("by", ""),
                    at.isEmpty() ? Instant.EPOCH : Instant.parse(at));
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("'at' is no time: '" + shown(at, MAX_NAME) + "'", e);
        }
    }

    /** Words of somebody else, fit for one line: white space is one space, and control characters are left out. */
    static String shown(String words, int most) {
        StringBuilder clean = new StringBuilder();
        boolean gap = false;
        for (int at = 0; at < words.length(); ) {
            int character = words.codePointAt(at);
            at += Character.charCount(character);
            if (Character.isWhitespace(character) || Character.isSpaceChar(character)) {
                gap = true;
            } else if (!isHidden(character)) {
                clean.append(gap && clean.length() > 0 ? " " : "").appendCodePoint(character);
                gap = false;
            }
        }
        if (clean.length() <= most) {
            return clean.toString();
        }
        int end = Character.isHighSurrogate(clean.charAt(most - 1)) ? most - 1 : most;
        return clean.substring(0, end) + " (cut: " + end + " of " + clean.length() + " characters)";
    }

    /** Controls, halves of characters, and the marks that turn the direction of text around. */
    private static boolean isHidden(int character) {
        int type = Character.getType(character);
        return type == Character.CONTROL
                || type == Character.SURROGATE
                || (character >= 0x202A && character <= 0x202E)
                || (character >= 0x2066 && character <= 0x2069);
    }
}
