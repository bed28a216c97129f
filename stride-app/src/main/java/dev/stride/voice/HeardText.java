package dev.stride.voice;

import java.util.ArrayList;
import java.util.List;

/**
 * How much of an answer was heard: given the pieces, how long each sounds and how much sound was played, the beginning of
 * the model's text that the user knows.
 *
 * <p>Of a piece that was cut off it takes as many characters as the share of its sound that was played, and goes back to
 * the mark before. Sound that belongs to several pieces is counted for the last of them: pieces without a sound of their
 * own join the next one that has one.
 */
public final class HeardText {
    private static final String MARKS = "。！？；…，、：.!?;:,\n";

    private final List<SpeechPiece> pieces = new ArrayList<>();
    private final List<Double> millis = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private boolean whole;

    /** Takes the next text of the model. */
    public void text(String fragment) {
        text.append(fragment);
    }

    /** Takes the next piece of it. */
    public void piece(SpeechPiece piece) {
        pieces.add(piece);
        millis.add(0.0);
    }

    /** Takes sound of a piece. */
    public void sound(int piece, double more) {
        if (piece >= 0 && piece < pieces.size()) {
            millis.set(piece, millis.get(piece) + more);
        }
    }

    /** Says that the text and its sound are whole. */
    public void finish() {
        whole = true;
    }

    /** All sound so far, in milliseconds. */
    public double millis() {
        return millis.stream().mapToDouble(Double::doubleValue).sum();
    }

    /** The model's text. */
    public String text() {
        return text.toString();
    }

    /** The beginning of the model's text that was heard when so many milliseconds were played. */
    public String heard(double playedMillis) {
        double left = playedMillis;
        int end = 0;
        int first = 0;
        for (int i = 0; i < pieces.size(); i++) {
            double length = millis.get(i);
            if (length == 0) {
                continue;
            }
            // a millisecond: what players report is rounded
            if (left + 1 >= length) {
                end = pieces.get(i).end();
                left -= length;
                first = i + 1;
                continue;
            }
            return text.substring(0, Math.max(end, part(first, i, Math.max(0, left) / length)));
        }
        return first > 0 && whole ? text.toString() : text.substring(0, end);
    }

    /** Where in the model's text the last mark is in this share of some pieces; 0 when there is none. */
    private int part(int first, int last, double share) {
        int characters = 0;
        for (int i = first; i <= last; i++) {
            characters += pieces.get(i).text().length();
        }
        int heard = (int) (characters * share);
        int end = 0;
        for (int i = first; i <= last && heard > 0; i++) {
            SpeechPiece piece = pieces.get(i);
            int here = Math.min(heard, piece.text().length());
            for (int c = 0; c < here; c++) {
                boolean closes = c + 1 == piece.text().length();
                if (closes || MARKS.indexOf(piece.text().charAt(c)) >= 0 && isBreak(piece.text(), c)) {
                    end = piece.ends()[c];
                }
            }
            heard -= here;
        }
        return end;
    }

    /** An ASCII mark inside of a number or a word is none. */
    private static boolean isBreak(String text, int at) {
        return text.charAt(at) >= 128 || at + 1 == text.length() || Character.isWhitespace(text.charAt(at + 1));
    }
}
