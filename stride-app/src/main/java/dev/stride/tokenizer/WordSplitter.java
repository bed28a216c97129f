package dev.stride.tokenizer;

import java.lang.Character.UnicodeScript;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * Cuts prepared text into the stretches inside which pieces may be learned: where no allowed piece can lie across a
 * place, the text is cut there. The rules are those of SentencePiece's trainer with split_by_whitespace,
 * split_by_unicode_script, split_digits and allow_whitespace_only_pieces: a word takes the marks of the spaces before
 * it, a piece has letters of one script (Chinese characters and both kana count as one; combining marks go with what is
 * before them; signs and punctuation are a script of their own), and a digit stands alone.
 */
final class WordSplitter {
    /** Longer stretches are counted in parts: text without any boundary must not make training quadratic. */
    private static final int MAX_WORD_CHARACTERS = 64;

    private static final int KATAKANA_LONG_VOWEL = 0x30FC;

    private final Map<Integer, UnicodeScript> scripts = new HashMap<>();

    /** Gives every word of two or more characters to the consumer; characters outside the alphabet separate words. */
    void split(char[] prepared, IntPredicate alphabet, Consumer<String> words) {
        int start = 0;
        int count = 0;
        int previous = -1;
        UnicodeScript previousScript = UnicodeScript.COMMON;
        int at = 0;
        while (at < prepared.length) {
            int c = Character.codePointAt(prepared, at);
            UnicodeScript script = script(c, previousScript);
            boolean inAlphabet = alphabet.test(c);
            boolean together = count > 0
                    && count < MAX_WORD_CHARACTERS
                    && inAlphabet
                    && mayTouch(previous, previousScript, c, script);
            if (!together) {
                emit(prepared, start, at, count, words);
                start = at;
                count = 0;
            }
            at += Character.charCount(c);
            if (inAlphabet) {
                count++;
            } else {
                start = at;
            }
            previous = c;
            previousScript = script;
        }
        emit(prepared, start, at, count, words);
    }

    /** Whether a joined text may be a piece: marks of spaces at its beginning only one, or nothing else at all. */
    static boolean isPiece(String joined) {
        int marks = 0;
        for (int i = 0; i < joined.length(); i++) {
            if (joined.charAt(i) == Spaces.MARK) {
                marks++;
            }
        }
        return marks == 0 || marks == joined.length() || (marks == 1 && joined.charAt(0) == Spaces.MARK);
    }

    private static void emit(char[] text, int start, int end, int count, Consumer<String> words) {
        if (count > 1) {
            words.accept(new String(text, start, end - start));
        }
    }

    private static boolean mayTouch(int left, UnicodeScript leftScript, int right, UnicodeScript rightScript) {
        if (isDigit(left) || isDigit(right)) {
            return false;
        }
        if (right == Spaces.MARK) {
            return left == Spaces.MARK;
        }
        return left == Spaces.MARK || leftScript == rightScript;
    }

    private UnicodeScript script(int c, UnicodeScript previous) {
        if (c == KATAKANA_LONG_VOWEL) {
            return UnicodeScript.HAN;
        }
        UnicodeScript script = scripts.computeIfAbsent(c, UnicodeScript::of);
        return switch (script) {
            case HIRAGANA, KATAKANA -> UnicodeScript.HAN;
            case INHERITED -> previous;
            default -> script;
        };
    }

    private static boolean isDigit(int c) {
        return (c >= '0' && c <= '9') || (c >= '\uFF10' && c <= '\uFF19');
    }
}
