package dev.stride.voice;

/**
 * What {@link TurnTaking} found. A turn is first listened to, then either started or dropped; a started one may pause and
 * resume, and is ended. Turns are numbered from 1 and never overlap.
 */
public sealed interface TurnEvent {
    /** The turn's number. */
    long turn();

    /**
     * Somebody may be speaking: open a recognizer and give it the sound from here on, the pre-roll first.
     *
     * @param fromMillis where in the call's sound the turn begins, the pre-roll included
     */
    record Listen(long turn, long fromMillis) implements TurnEvent {}

    /**
     * The user speaks.
     *
     * @param during what we were doing; unless it is {@link Phase#IDLE}, stop it
     * @param atMillis where in the call's sound it became certain
     */
    record Started(long turn, Phase during, long atMillis) implements TurnEvent {}

    /** The user makes a pause that may be the end: prepare an answer, but keep it back. */
    record Paused(long turn) implements TurnEvent {}

    /** It was not the end: the user speaks on. */
    record Resumed(long turn) implements TurnEvent {}

    /**
     * The user has spoken: ask the recognizer for the rest.
     *
     * @param speechEndMillis where in the call's sound the last speech was
     * @param atMillis where in the call's sound this was decided
     */
    record Ended(long turn, Cause cause, long speechEndMillis, long atMillis) implements TurnEvent {}

    /** It was no turn: throw the recognizer's work away and go on with what we were doing. */
    record Dropped(long turn, Reason reason, long atMillis) implements TurnEvent {}

    /** Why a turn ended. */
    enum Cause {
        /** The text ends like a sentence, and a short silence followed. */
        SENTENCE,
        /** A long silence. */
        SILENCE,
        /** It lasted as long as a turn may. */
        TOO_LONG,
        /** No sound came in any more. */
        LOST_LINE,
        /** The caller said so. */
        ASKED
    }

    /** Why something that sounded like speech was no turn. */
    enum Reason {
        /** Too short, and nothing was recognised. */
        NOISE,
        /** A word of assent that asks for nothing. */
        ASSENT,
        /** Our own words, come back through the microphone. */
        ECHO
    }
}
