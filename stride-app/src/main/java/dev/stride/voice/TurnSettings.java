package dev.stride.voice;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;

/**
 * When a turn begins, ends and interrupts. Times are milliseconds of sound, probabilities those of a
 * {@link VoiceActivity}.
 *
 * @param idle what counts as speech while nothing else goes on
 * @param thinking the same while the model thinks
 * @param speaking the same while we speak, where our own voice may come back through the microphone
 * @param stopProbability below it a frame is silent; lower than each beginning, so that a weak syllable does not end a turn
 * @param pause silence in a turn after which an answer is prepared but kept back
 * @param sentenceSilence silence that ends a turn whose recognised text ends like a sentence
 * @param silence silence that ends any other turn
 * @param preRoll sound before the beginning that belongs to the turn
 * @param interruptCharacters recognised letters, digits or Chinese characters that interrupt without more speech
 * @param longestTurn a turn that lasts this long is ended
 * @param lostLine a turn of which no sound came for this long is ended
 */
public record TurnSettings(
        Threshold idle,
        Threshold thinking,
        Threshold speaking,
        double stopProbability,
        int pause,
        int sentenceSilence,
        int silence,
        int preRoll,
        int interruptCharacters,
        int longestTurn,
        int lostLine) {

    /**
     * What counts as speech.
     *
     * @param probability a frame at or above it is speech
     * @param listenMillis so much speech opens a turn: it is listened to, but not yet believed
     * @param speechMillis so much speech makes it a turn of the user; in {@link Phase#IDLE} the same as listenMillis
     */
    public record Threshold(double probability, int listenMillis, int speechMillis) {}

    /** Starts after 200 ms, interrupts after 600 ms or two characters, ends after 500 or 900 ms. */
    public static final TurnSettings USUAL = new TurnSettings(
            new Threshold(0.5, 192, 192),
            new Threshold(0.5, 160, 320),
            new Threshold(0.6, 160, 600),
            0.35,
            320,
            500,
            900,
            400,
            2,
            60_000,
            3_000);

    /**
     * The usual ones for a recognizer that sets no marks: no text will say sooner that a turn is over, so 600 ms of silence
     * have to.
     */
    public static final TurnSettings WITHOUT_MARKS = USUAL.withSilence(600);

    /** Those for the recognizers of a call, the first of which is asked. */
    static TurnSettings of(List<Recognizer> recognizers) {
        return recognizers.isEmpty() || !recognizers.get(0).marksSentences() ? WITHOUT_MARKS : USUAL;
    }

    /** The same with another silence that ends a turn. */
    public TurnSettings withSilence(int millis) {
        return new TurnSettings(
                idle,
                thinking,
                speaking,
                stopProbability,
                Math.min(pause, millis),
                Math.min(sentenceSilence, millis),
                millis,
                preRoll,
                interruptCharacters,
                longestTurn,
                lostLine);
    }

    public TurnSettings {
        List<Problem> problems = new ArrayList<>();
        threshold(problems, "idle", idle, stopProbability);
        threshold(problems, "thinking", thinking, stopProbability);
        threshold(problems, "speaking", speaking, stopProbability);
        range(problems, "pause", pause, 100, sentenceSilence);
        range(problems, "sentenceSilence", sentenceSilence, 100, 5_000);
        range(problems, "silence", silence, sentenceSilence, 10_000);
        range(problems, "preRoll", preRoll, 0, 2_000);
        range(problems, "interruptCharacters", interruptCharacters, 1, 50);
        range(problems, "longestTurn", longestTurn, 2_000, 600_000);
        range(problems, "lostLine", lostLine, 500, 60_000);
        if (!problems.isEmpty()) {
            throw new UserException("These settings of turn taking do not work:", problems);
        }
    }

    Threshold of(Phase phase) {
        return switch (phase) {
            case IDLE -> idle;
            case THINKING -> thinking;
            case SPEAKING -> speaking;
        };
    }

    private static void threshold(List<Problem> problems, String name, Threshold threshold, double stop) {
        if (!(threshold.probability > stop && threshold.probability < 1 && stop > 0)) {
            problems.add(Problem.of(
                    name + ".probability",
                    threshold.probability + " with stopProbability " + stop,
                    "0 < stopProbability < probability < 1"));
        }
        range(problems, name + ".listenMillis", threshold.listenMillis, VoiceActivity.FRAME_MILLIS, 2_000);
        range(problems, name + ".speechMillis", threshold.speechMillis, threshold.listenMillis, 5_000);
    }

    private static void range(List<Problem> problems, String where, int given, int least, int most) {
        if (given < least || given > most) {
            problems.add(Problem.of(where, Integer.toString(given), least + " to " + most + " ms or characters"));
        }
    }
}
