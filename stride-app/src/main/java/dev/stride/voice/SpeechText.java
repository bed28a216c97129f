package dev.stride.voice;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Cuts a model's text into pieces for the ear while it comes in. Chinese marks cut at once; ASCII marks only before a space
 * and not behind a number or an abbreviation; commas when the piece is long enough. The first piece is short, so that sound
 * begins early. What cannot be spoken (Markdown, code, addresses, brackets, emoji) is left out by {@link PlainText}.
 */
public final class SpeechText {
    /**
     * Lengths of pieces, in characters.
     *
     * @param firstLeast a comma cuts the first piece from here on
     * @param firstMost behind it the first piece is cut between two words
     * @param least a comma cuts a later piece from here on
     * @param most behind it a later piece is cut between two words
     * @param force no piece is longer
     */
    public record Lengths(int firstLeast, int firstMost, int least, int most, int force) {
        /** Sound early, then breath: 6 to 12, 20 to 60, 80. */
        public static final Lengths USUAL = new Lengths(6, 12, 20, 60, 80);

        public Lengths {
            if (!(1 <= firstLeast
                    && firstLeast <= firstMost
                    && firstMost <= force
                    && 1 <= least
                    && least <= most
                    && most <= force)) {
                throw new IllegalArgumentException("lengths of pieces out of order: " + firstLeast + " " + firstMost
                        + " " + least + " " + most + " " + force);
            }
        }
    }

    private static final String STRONG = "。！？；…\n";
    private static final String SOFT = "，、：,;:～—";
    private static final String ASCII_ENDS = ".!?";
    private static final Set<String> SHORT_FORMS = Set.of(
            "mr", "mrs", "ms", "dr", "prof", "st", "vs", "fig", "no", "eq", "sec", "ch", "approx", "e.g", "i.e", "cf",
            "al", "resp", "dept", "inc", "ltd", "jr", "sr", "etc");

    private final Lengths lengths;
    private final PlainText plain = new PlainText();
    private final StringBuilder text = new StringBuilder();
    private int[] ends = new int[64];
    private int looked;
    private int made;

    /** Pieces of the usual lengths. */
    public SpeechText() {
        this(Lengths.USUAL);
    }

    /** Pieces of other lengths. */
    public SpeechText(Lengths lengths) {
        this.lengths = lengths;
    }

    /** Takes the next text of the model and gives the pieces that are whole now. */
    public List<SpeechPiece> feed(String fragment) {
        return cut(plain.feed(fragment), false);
    }

    /** Ends the text and gives the rest. */
    public List<SpeechPiece> finish() {
        return cut(plain.finish(), true);
    }

    private List<SpeechPiece> cut(PlainText.Part part, boolean last) {
        ends = Arrays.copyOf(
                ends, Math.max(ends.length, text.length() + part.text().length()));
        System.arraycopy(part.ends(), 0, ends, text.length(), part.text().length());
        text.append(part.text());
        List<SpeechPiece> pieces = new ArrayList<>();
        while (looked < text.length()) {
            int end = end(looked, last);
            if (end == WAIT) {
                break;
            }
            looked++;
            if (end != GO_ON) {
                take(end, pieces);
            }
        }
        if (last) {
            take(text.length(), pieces);
        }
        return pieces;
    }

    private static final int GO_ON = -1;
    private static final int WAIT = -2;

    /** Where the piece ends that the character at this place completes; or that it does not, or cannot be told yet. */
    private int end(int at, boolean last) {
        char c = text.charAt(at);
        boolean known = at + 1 < text.length();
        char next = known ? text.charAt(at + 1) : '\n';
        if (STRONG.indexOf(c) >= 0) {
            // a closing mark or a second one belongs to the same piece, but is not waited for
            return known && (STRONG.indexOf(next) >= 0 && next != '\n' || ASCII_ENDS.indexOf(next) >= 0)
                    ? GO_ON
                    : at + 1;
        }
        if (ASCII_ENDS.indexOf(c) >= 0) {
            if (!known && !last) {
                return WAIT;
            }
            return Character.isWhitespace(next) && isSentenceEnd(at) ? at + 1 : GO_ON;
        }
        int length = at + 1;
        int least = made == 0 ? lengths.firstLeast() : lengths.least();
        int most = made == 0 ? lengths.firstMost() : lengths.most();
        if (SOFT.indexOf(c) >= 0 && length >= least) {
            if (c < 128 && !known && !last) {
                return WAIT;
            }
            return c >= 128 || Character.isWhitespace(next) ? at + 1 : GO_ON;
        }
        if (length >= lengths.force()) {
            return Character.isHighSurrogate(c) ? GO_ON : at + 1;
        }
        if (length >= most) {
            if (!known && !last) {
                return WAIT;
            }
            boolean chinese = Character.isIdeographic(c) && Character.isIdeographic(next) && !isMarkNear(at);
            return chinese || Character.isWhitespace(c) ? at + 1 : GO_ON;
        }
        return GO_ON;
    }

    /** Whether the sentence's end is here already: then a cut between two characters would gain nothing. */
    private boolean isMarkNear(int at) {
        for (int i = at + 1; i < Math.min(text.length(), lengths.force()); i++) {
            if (STRONG.indexOf(text.charAt(i)) >= 0) {
                return true;
            }
        }
        return false;
    }

    private boolean isSentenceEnd(int at) {
        if (text.charAt(at) != '.') {
            return true;
        }
        int start = at;
        while (start > 0 && !Character.isWhitespace(text.charAt(start - 1))) {
            start--;
        }
        String word = text.substring(start, at).toLowerCase(java.util.Locale.ROOT);
        if (word.isEmpty()) {
            return start > 0;
        }
        char before = word.charAt(word.length() - 1);
        boolean initial = word.length() == 1 && Character.isLetter(before) && !word.equals("i");
        return !Character.isDigit(before) && !initial && !SHORT_FORMS.contains(word);
    }

    private void take(int end, List<SpeechPiece> pieces) {
        int from = 0;
        int to = end;
        while (from < to && Character.isWhitespace(text.charAt(from))) {
            from++;
        }
        while (to > from && Character.isWhitespace(text.charAt(to - 1))) {
            to--;
        }
        String spoken = text.substring(from, to);
        if (spoken.codePoints().anyMatch(Character::isLetterOrDigit)) {
            pieces.add(new SpeechPiece(made++, spoken, Arrays.copyOfRange(ends, from, to)));
        }
        text.delete(0, end);
        System.arraycopy(ends, end, ends, 0, text.length());
        looked = 0;
    }
}
