package dev.stride.voice;

import java.util.ArrayList;
import java.util.List;

/**
 * Which pieces a sentence is made of, where a service gets pieces and gives sentences: the sentence's letters are looked for
 * in what was sent, from the last one on. A sentence that is not found (some services give no text) takes one more piece.
 */
final class SentencePieces {
    private final StringBuilder letters = new StringBuilder();
    private final List<Integer> indices = new ArrayList<>();
    private final List<Integer> ends = new ArrayList<>();
    private int from;
    private int place = -1;

    void add(int piece, String text) {
        text.codePoints().filter(Character::isLetterOrDigit).forEach(letters::appendCodePoint);
        indices.add(piece);
        ends.add(letters.length());
    }

    boolean isEmpty() {
        return indices.isEmpty();
    }

    /** A sentence begins. */
    void sentence(String text) {
        StringBuilder wanted = new StringBuilder();
        text.codePoints().filter(Character::isLetterOrDigit).forEach(wanted::appendCodePoint);
        int found = wanted.isEmpty() ? -1 : letters.indexOf(wanted.toString(), from);
        if (found < 0) {
            place = Math.min(place + 1, indices.size() - 1);
            return;
        }
        from = found + wanted.length();
        while (place < 0 || place + 1 < ends.size() && ends.get(place) < from) {
            place++;
        }
    }

    /** The last piece of the sentence that is spoken now. */
    int current() {
        return indices.isEmpty() ? 0 : indices.get(Math.max(0, place));
    }
}
