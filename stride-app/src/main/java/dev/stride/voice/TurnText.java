package dev.stride.voice;

import java.util.Locale;
import java.util.Set;

/** What recognised text says about a turn: whether it is over, only assent, or our own words. */
final class TurnText {
    private static final String ENDS = ".!?。！？…";
    private static final String PARTICLES = "吗呢吧";
    private static final Set<String> ASSENT = Set.of(
            "嗯", "嗯嗯", "嗯哼", "哦", "噢", "喔", "啊", "对", "对对", "对对对", "好", "好的", "好好", "是", "是的", "是啊", "行", "没错", "明白",
            "知道了", "这样啊", "ok", "okay", "yeah", "yes", "yep", "yup", "uh huh", "uhhuh", "mm", "mhm", "mm hmm", "mmhmm",
            "hm", "hmm", "uh", "um", "right", "i see", "sure", "got it", "oh", "ah", "aha");
    /** Edits for each character up to which recognised text still counts as ours: recognizers mishear synthesised speech. */
    private static final double MISHEARD = 0.34;
    /** The last letters must be ours too: behind a long echo somebody may begin to speak. */
    private static final int TAIL = 12;

    private static final double MISHEARD_TAIL = 0.5;

    private TurnText() {}

    static boolean endsLikeSentence(String text) {
        String trimmed = text.strip();
        if (trimmed.isEmpty()) {
            return false;
        }
        char last = trimmed.charAt(trimmed.length() - 1);
        // a lone particle is no question yet
        return ENDS.indexOf(last) >= 0 || PARTICLES.indexOf(last) >= 0 && trimmed.length() > 2;
    }

    static boolean isAssent(String text) {
        return ASSENT.contains(words(text));
    }

    /** One text behind another: between words of letters there is a space. */
    static String join(String before, String text) {
        boolean apart = !before.isEmpty() && !text.isEmpty() && !Character.isIdeographic(text.codePointAt(0));
        return before + (apart ? " " : "") + text;
    }

    /** Letters, digits and Chinese characters; marks and spaces do not count. */
    static int characters(String text) {
        return (int) text.codePoints().filter(Character::isLetterOrDigit).count();
    }

    /** Whether a partial text is a part of what we say, nearly: the fewest edits to some stretch of it. */
    static boolean isEcho(String heard, String spoken) {
        String needle = letters(heard);
        String hay = letters(spoken);
        if (needle.isEmpty() || hay.isEmpty()) {
            return false;
        }
        return isWithin(needle, hay, MISHEARD)
                && (needle.length() <= TAIL || isWithin(needle.substring(needle.length() - TAIL), hay, MISHEARD_TAIL));
    }

    private static boolean isWithin(String needle, String hay, double share) {
        int[] row = new int[hay.length() + 1];
        for (int i = 1; i <= needle.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= hay.length(); j++) {
                int same = diagonal + (needle.charAt(i - 1) == hay.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(same, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        int fewest = needle.length();
        for (int edits : row) {
            fewest = Math.min(fewest, edits);
        }
        return fewest <= share * needle.length();
    }

    private static String letters(String text) {
        StringBuilder letters = new StringBuilder();
        text.toLowerCase(Locale.ROOT)
                .codePoints()
                .filter(Character::isLetterOrDigit)
                .forEach(letters::appendCodePoint);
        return letters.toString();
    }

    private static String words(String text) {
        StringBuilder words = new StringBuilder();
        text.toLowerCase(Locale.ROOT)
                .codePoints()
                .map(c -> Character.isLetterOrDigit(c) ? c : ' ')
                .forEach(words::appendCodePoint);
        return words.toString().strip().replaceAll(" +", " ");
    }
}
