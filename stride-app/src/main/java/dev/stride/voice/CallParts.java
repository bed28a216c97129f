package dev.stride.voice;

import java.util.List;

/**
 * What a call is made of. Engines may be shared by calls; the {@link VoiceActivity} may not.
 *
 * @param activity tells speech from silence
 * @param recognizers hear; the second one is asked when the first fails
 * @param speakers speak; the second one goes on where the first fails; empty for a call that answers in text
 * @param answerer thinks
 * @param voice the wish for a voice, empty for the first
 * @param turns when a turn begins and ends
 * @param lengths how the answer is cut
 * @param aheadMillis how far ahead of what is played sound is given out: little, so that an interruption is heard at once; 0
 *     gives out everything as it comes
 */
public record CallParts(
        VoiceActivity activity,
        List<Recognizer> recognizers,
        List<Speaker> speakers,
        Answerer answerer,
        String voice,
        TurnSettings turns,
        SpeechText.Lengths lengths,
        int aheadMillis) {
    /** Far enough for a line that trembles, near enough for an interruption. */
    public static final int USUAL_AHEAD = 300;

    public CallParts {
        recognizers = List.copyOf(recognizers);
        speakers = List.copyOf(speakers);
    }

    /** With the usual settings. */
    public static CallParts usual(
            VoiceActivity activity, Recognizer recognizer, Speaker speaker, Answerer answerer, String voice) {
        return new CallParts(
                activity,
                List.of(recognizer),
                List.of(speaker),
                answerer,
                voice,
                TurnSettings.of(List.of(recognizer)),
                SpeechText.Lengths.USUAL,
                USUAL_AHEAD);
    }

    /** The same with others who speak. */
    public CallParts withSpeakers(List<Speaker> others) {
        return new CallParts(activity, recognizers, others, answerer, voice, turns, lengths, aheadMillis);
    }

    /** The same with turns that begin and end otherwise. */
    public CallParts withTurns(TurnSettings others) {
        return new CallParts(activity, recognizers, speakers, answerer, voice, others, lengths, aheadMillis);
    }

    /** The same with sound that is given out further ahead, or less far. */
    public CallParts withAhead(int millis) {
        return new CallParts(activity, recognizers, speakers, answerer, voice, turns, lengths, millis);
    }
}
