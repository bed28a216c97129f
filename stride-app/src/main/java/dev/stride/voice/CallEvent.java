package dev.stride.voice;

/** What happens in a call, in order, each with the number of the user's turn that it belongs to. */
public sealed interface CallEvent {
    /** The turn's number, from 1: what we say has that of the question, what we say unasked one of its own. */
    long turn();

    /** Somebody may be speaking; nothing has been stopped yet. */
    record Listening(long turn, long fromMillis) implements CallEvent {}

    /** It was no turn. */
    record Ignored(long turn, TurnEvent.Reason reason) implements CallEvent {}

    /** The user speaks; {@code atMillis} counts the sound that came in. */
    record SpeechStarted(long turn, long atMillis) implements CallEvent {}

    /** The user has spoken. */
    record SpeechStopped(long turn, TurnEvent.Cause cause, long speechEndMillis) implements CallEvent {}

    /** What was recognised so far, all of it. */
    record Partial(long turn, String text) implements CallEvent {}

    /** What was recognised; empty when there was nothing in it, and then no answer follows. */
    record Final(long turn, String text) implements CallEvent {}

    /** The next text of the answer. */
    record AnswerText(long turn, String fragment) implements CallEvent {}

    /** The answer's text is whole; its sound may go on. */
    record Answered(long turn) implements CallEvent {}

    /** The next sound of the answer, to be played at once behind what came before. */
    record Sound(long turn, int piece, Pcm sound) implements CallEvent {}

    /** The answer has been played to its end. */
    record Spoken(long turn, String text) implements CallEvent {}

    /** Stop playing this answer and forget what is left of it. */
    record Interrupted(long turn, String heard, double playedMillis) implements CallEvent {}

    /** An engine failed; the call goes on. */
    record Failed(long turn, EngineFailure failure) implements CallEvent {}

    /**
     * How long each stage took, once an answer's first sound goes out; milliseconds.
     *
     * @param endOfTurn from the end of speech until the turn was taken for over
     * @param recognition from there to its text
     * @param firstText from there to the model's first text
     * @param firstPiece from there to the first piece that can be spoken
     * @param firstSound from there to the first sound
     * @param all from the end of speech to the first sound
     */
    record Latency(
            long turn,
            double endOfTurn,
            double recognition,
            double firstText,
            double firstPiece,
            double firstSound,
            double all)
            implements CallEvent {}
}
