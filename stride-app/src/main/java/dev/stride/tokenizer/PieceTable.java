package dev.stride.tokenizer;

import dev.stride.tokenizer.Piece.Kind;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the normal piece that equals a stretch of characters, and its merge priority, without making strings: a hash
 * table with open addressing over the pieces' texts.
 */
final class PieceTable {
    static final int NONE = -1;

    private final String[] texts;
    private final int[] ranks;
    private final int[] slots;
    private final int longest;

    PieceTable(List<Piece> pieces) {
        texts = pieces.stream().map(Piece::text).toArray(String[]::new);
        ranks = ranks(pieces);
        slots = new int[Integer.highestOneBit(Math.max(1, pieces.size())) * 4];
        int max = 0;
        for (int id = 0; id < texts.length; id++) {
            if (pieces.get(id).kind() == Kind.NORMAL) {
                char[] text = texts[id].toCharArray();
                int slot = hash(text, 0, text.length);
                while (slots[slot] != 0) {
                    slot = (slot + 1) & (slots.length - 1);
                }
                slots[slot] = id + 1; // 0 marks an empty slot
                max = Math.max(max, text.length);
            }
        }
        longest = max;
    }

    /** The id of the normal piece with these characters, or NONE. */
    int find(char[] text, int from, int to) {
        int length = to - from;
        if (length > longest) {
            return NONE;
        }
        int slot = hash(text, from, to);
        while (slots[slot] != 0) {
            int id = slots[slot] - 1;
            if (equal(texts[id], text, from, length)) {
                return id;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        return NONE;
    }

    /** The priority with which a pair merges into this piece: 0 merges first; equal scores have equal ranks. */
    int rank(int id) {
        return ranks[id];
    }

    private static int[] ranks(List<Piece> pieces) {
        float[] scores = new float[pieces.size()];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = pieces.get(id).score() + 0f; // -0 and 0 are one score
        }
        float[] descending = scores.clone();
        Arrays.sort(descending);
        int[] ranks = new int[scores.length];
        for (int id = 0; id < scores.length; id++) {
            ranks[id] = firstIndexFromTop(descending, scores[id]);
        }
        return ranks;
    }

    /** How many of the ascending values are greater than this one. */
    private static int firstIndexFromTop(float[] ascending, float score) {
        int low = 0;
        int high = ascending.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ascending[middle] <= score) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return ascending.length - low;
    }

    private int hash(char[] text, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + text[i];
        }
        hash *= 0x9E3779B9;
        return (hash ^ hash >>> 15) & (slots.length - 1);
    }

    private static boolean equal(String piece, char[] text, int from, int length) {
        if (piece.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (piece.charAt(i) != text[from + i]) {
                return false;
            }
        }
        return true;
    }
}
