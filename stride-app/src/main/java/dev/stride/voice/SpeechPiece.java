package dev.stride.voice;

/**
 * A piece of an answer to be spoken at once.
 *
 * @param index its number in the answer, from 0
 * @param text what is spoken; it has a letter or a digit
 * @param ends for each character of the text, where in the model's text it ends; as long as the text
 */
public record SpeechPiece(int index, String text, int[] ends) {
    public SpeechPiece {
        if (ends.length != text.length() || text.isEmpty()) {
            throw new IllegalArgumentException(text.length() + " characters with " + ends.length + " places");
        }
    }

    /** Where in the model's text this piece ends. */
    public int end() {
        return ends[ends.length - 1];
    }
}
