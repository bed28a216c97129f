package dev.stride.voice;

import java.util.ArrayList;
import java.util.List;

/**
 * Decides who speaks: from the probability of speech of each frame, the text recognised so far, and what our side does.
 * It hears nothing and opens nothing; its time is that of the sound that came in, so it may be run at any speed.
 *
 * <p>While we think or speak, a turn is listened to first and believed when there is enough speech or enough text, unless
 * that text is a word of assent or an echo of our own words. A turn that was begun keeps the phase in which it began.
 */
public final class TurnTaking {
    private final TurnSettings settings;
    private final int frameMillis;

    private Phase phase = Phase.IDLE;
    private String ours = "";
    private long millis;
    private long lastSoundNanos;
    private long turn;

    private boolean open;
    private boolean started;
    private boolean paused;
    private Phase during = Phase.IDLE;
    private String partial = "";
    private int speech;
    private int gap;
    private long openedAt;
    private long lastSpeech;

    /** Decides by these settings, for frames of {@link VoiceActivity#FRAME_MILLIS}. */
    public TurnTaking(TurnSettings settings) {
        this.settings = settings;
        frameMillis = VoiceActivity.FRAME_MILLIS;
    }

    /** How much sound came in, in milliseconds. */
    public long millis() {
        return millis;
    }

    /** Whether somebody is listened to, believed or not. */
    public boolean isOpen() {
        return open;
    }

    /**
     * Takes the next frame.
     *
     * @param probability that it holds speech, 0 to 1
     * @param nanos a clock that never goes back; for {@link #idle} alone
     */
    public List<TurnEvent> frame(double probability, long nanos) {
        millis += frameMillis;
        lastSoundNanos = nanos;
        List<TurnEvent> events = new ArrayList<>();
        TurnSettings.Threshold threshold = settings.of(open ? during : phase);
        if (probability >= threshold.probability()) {
            speech += frameMillis;
            gap = 0;
            lastSpeech = millis;
        } else if (open && probability >= settings.stopProbability()) {
            // between the thresholds: a weak syllable neither proves nor ends a turn
            gap = Math.max(0, gap - frameMillis);
        } else {
            gap += frameMillis;
        }
        if (!open) {
            // clicks: speech is counted over gaps of two frames at most
            if (gap > 2 * frameMillis) {
                speech = 0;
            }
            if (speech >= threshold.listenMillis()) {
                listen(events);
            }
        }
        if (open) {
            judge(events, threshold);
        }
        return events;
    }

    /** Takes the text recognised so far in the open turn; text of an older turn is not looked at. */
    public List<TurnEvent> partial(long ofTurn, String text) {
        List<TurnEvent> events = new ArrayList<>();
        if (open && ofTurn == turn) {
            partial = text;
            if (!started && isEnough(text)) {
                start(events);
            }
        }
        return events;
    }

    /**
     * Takes what our side does from now on.
     *
     * @param text what we are saying and what was said of late, for telling an echo; empty unless speaking
     */
    public void phase(Phase now, String text) {
        phase = now;
        ours = text;
    }

    /** Ends a turn of which no sound comes any more; to be asked now and then. */
    public List<TurnEvent> idle(long nanos) {
        List<TurnEvent> events = new ArrayList<>();
        if (open && nanos - lastSoundNanos >= settings.lostLine() * 1_000_000L) {
            close(events, TurnEvent.Cause.LOST_LINE);
        }
        return events;
    }

    /** Takes the next number for a turn that is not spoken; an open one is forgotten. */
    public long skip() {
        open = false;
        started = false;
        partial = "";
        speech = 0;
        return ++turn;
    }

    /** Ends the open turn, as a button for talking does when it is let go. */
    public List<TurnEvent> end() {
        List<TurnEvent> events = new ArrayList<>();
        if (open) {
            if (!started) {
                start(events);
            }
            close(events, TurnEvent.Cause.ASKED);
        }
        return events;
    }

    private void listen(List<TurnEvent> events) {
        open = true;
        started = false;
        paused = false;
        during = phase;
        partial = "";
        turn++;
        openedAt = Math.max(0, millis - speech - settings.preRoll());
        events.add(new TurnEvent.Listen(turn, openedAt));
    }

    private void judge(List<TurnEvent> events, TurnSettings.Threshold threshold) {
        if (!started && speech >= threshold.speechMillis() && !isHarmless(partial)) {
            start(events);
        }
        boolean sentence = TurnText.endsLikeSentence(partial);
        // what is not believed yet is given up sooner, so that clicks do not add up to speech
        if (gap >= (sentence || !started ? settings.sentenceSilence() : settings.silence())) {
            close(events, sentence ? TurnEvent.Cause.SENTENCE : TurnEvent.Cause.SILENCE);
        } else if (millis - openedAt >= settings.longestTurn()) {
            close(events, TurnEvent.Cause.TOO_LONG);
        } else if (started && paused != (gap >= settings.pause())) {
            paused = !paused;
            events.add(paused ? new TurnEvent.Paused(turn) : new TurnEvent.Resumed(turn));
        }
    }

    private void start(List<TurnEvent> events) {
        started = true;
        events.add(new TurnEvent.Started(turn, phase, millis));
    }

    private void close(List<TurnEvent> events, TurnEvent.Cause cause) {
        if (!started && phase == Phase.IDLE && TurnText.characters(partial) > 0 && !isHarmless(partial)) {
            // we fell silent meanwhile, so a short "yes" is an answer
            start(events);
        }
        if (started) {
            events.add(new TurnEvent.Ended(turn, cause, lastSpeech, millis));
        } else {
            events.add(new TurnEvent.Dropped(turn, reason(), millis));
        }
        open = false;
        started = false;
        partial = "";
        speech = 0;
    }

    private boolean isEnough(String text) {
        return TurnText.characters(text) >= settings.interruptCharacters() && !isHarmless(text);
    }

    private boolean isHarmless(String text) {
        // once we are silent again there is nothing to assent to or to be echoed
        return phase != Phase.IDLE && TurnText.isAssent(text)
                || during == Phase.SPEAKING && TurnText.isEcho(text, ours);
    }

    private TurnEvent.Reason reason() {
        if (during == Phase.SPEAKING && TurnText.isEcho(partial, ours)) {
            return TurnEvent.Reason.ECHO;
        }
        return TurnText.isAssent(partial) ? TurnEvent.Reason.ASSENT : TurnEvent.Reason.NOISE;
    }
}
