package dev.stride.search;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.experiment.JsonFields;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a person said about two trials' answers to one prompt; one line of {@code ratings.jsonl}.
 *
 * @param time when it arrived
 * @param rater the person's name, as given
 * @param session the browser that it came from, a random word
 * @param prompt the prompt's hash
 * @param left the name of the trial whose answer stood on the left, or above on a narrow screen
 * @param right the name of the other trial
 * @param leftStep the update after which the left answer was written
 * @param rightStep the same of the right one
 * @param choice what was chosen
 * @param seconds how long the pair was looked at
 */
public record Vote(
        Instant time,
        String rater,
        String session,
        String prompt,
        String left,
        String right,
        long leftStep,
        long rightStep,
        Choice choice,
        double seconds) {
    /** What can be said about a pair. */
    public enum Choice {
        LEFT,
        RIGHT,
        /** Equally good. */
        TIE,
        /** Equally bad; counts as a tie for the order and is also counted by itself. */
        BAD,
        /** Not judged; not shown to this rater again. */
        SKIP,
        /** Takes the rater's last line about this pair back. */
        UNDO;

        /** The word in {@code ratings.jsonl}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The words of all choices, in their order. */
        public static List<String> words() {
            return Arrays.stream(values()).map(Choice::word).toList();
        }
    }

    /** Two trials on one prompt, whichever stood on the left. */
    public record Pair(String prompt, String one, String other) {
        /** The pair of two trials in any order. */
        public static Pair of(String prompt, String a, String b) {
            return a.compareTo(b) <= 0 ? new Pair(prompt, a, b) : new Pair(prompt, b, a);
        }
    }

    /** What was compared. */
    public Pair pair() {
        return Pair.of(prompt, left, right);
    }

    /** Whether it says something about the two trials. */
    public boolean isJudged() {
        return choice != Choice.SKIP && choice != Choice.UNDO;
    }

    /** How much the left one won: 1, 0 or 0.5. */
    public double leftWon() {
        return choice == Choice.LEFT ? 1 : choice == Choice.RIGHT ? 0 : 0.5;
    }

    /** The same by somebody of another name, and without the browser. */
    public Vote by(String other) {
        return new Vote(time, other, "", prompt, left, right, leftStep, rightStep, choice, seconds);
    }

    /** The vote as one JSON object. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("time", time.toString())
                .put("rater", rater)
                .put("session", session)
                .put("prompt", prompt)
                .put("left", left)
                .put("right", right)
                .put("left_step", leftStep)
                .put("right_step", rightStep)
                .put("choice", choice.word());
        JsonFields.put(json, "seconds", seconds);
        return json;
    }

    /**
     * The vote that {@link #toJson()} made.
     *
     * @throws IllegalArgumentException if a key is missing or of the wrong kind
     */
    public static Vote fromJson(JsonNode json) {
        SweepFields fields = new SweepFields(json, "");
        Instant time;
        try {
            time = Instant.parse(fields.text("time"));
        } catch (DateTimeException e) {
            throw fields.wrong("time", "a time such as 2026-01-31T12:00:00Z", json.path("time"));
        }
        return new Vote(
                time,
                fields.text("rater"),
                fields.text("session", ""),
                fields.text("prompt"),
                fields.text("left"),
                fields.text("right"),
                fields.whole("left_step", 0),
                fields.whole("right_step", 0),
                Choice.values()[Choice.words().indexOf(fields.word("choice", Choice.words()))],
                fields.number("seconds", Double.NaN));
    }
}
