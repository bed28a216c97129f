package dev.stride.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Byte pair encoding as SentencePiece does it: the text starts as single characters; again and again the neighbouring
 * pair whose joined text is the piece with the best score is merged, the leftmost of equals, until no pair is a piece.
 * Characters without a piece become the pieces of their UTF-8 bytes.
 *
 * <p>Characters are a linked list and the candidate pairs a heap, so a text of n characters takes O(n log n).
 */
final class BpeEncoder {
    private static final int NONE = -1;

    private final PieceTable table;
    private final int[] byteIds = new int[256];

    BpeEncoder(List<Piece> pieces) {
        table = new PieceTable(pieces);
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).kind() == Piece.Kind.BYTE) {
                byteIds[Integer.parseInt(pieces.get(id).text().substring(3, 5), 16)] = id;
            }
        }
    }

    int[] encode(String text) {
        if (text.isEmpty()) {
            return new int[0];
        }
        Symbols symbols = new Symbols(Spaces.prepare(text));
        symbols.mergeAll();
        return symbols.ids();
    }

    /** The state of one text: symbols are stretches of it, named by the number of their first character. */
    private final class Symbols {
        private final char[] text;
        private final int[] start;
        private final int[] end;
        private final int[] previous;
        private final int[] next;
        /** The rank of the pair that begins here, or NONE; a heap entry that disagrees with it is out of date. */
        private final int[] pairRank;

        private final LongHeap heap;

        Symbols(char[] text) {
            this.text = text;
            int count = Character.codePointCount(text, 0, text.length);
            start = new int[count];
            end = new int[count];
            previous = new int[count];
            next = new int[count];
            pairRank = new int[count];
            heap = new LongHeap(count);
            int at = 0;
            for (int i = 0; i < count; i++) {
                start[i] = at;
                at += Character.charCount(Character.codePointAt(text, at, text.length));
                end[i] = at;
                previous[i] = i - 1;
                next[i] = i + 1 < count ? i + 1 : NONE;
            }
            Arrays.fill(pairRank, NONE);
            for (int i = 0; i < count; i++) {
                offer(i);
            }
        }

        void mergeAll() {
            while (!heap.isEmpty()) {
                long best = heap.poll();
                int left = (int) best;
                if (pairRank[left] == (int) (best >>> 32)) {
                    merge(left);
                }
            }
        }

        private void merge(int left) {
            int right = next[left];
            end[left] = end[right];
            next[left] = next[right];
            if (next[right] != NONE) {
                previous[next[right]] = left;
            }
            pairRank[right] = NONE;
            offer(left);
            if (previous[left] != NONE) {
                offer(previous[left]);
            }
        }

        /** Puts the pair that begins at this symbol into the heap: the rank above, the place below. */
        private void offer(int left) {
            pairRank[left] = NONE;
            if (next[left] != NONE) {
                int id = table.find(text, start[left], end[next[left]]);
                if (id != PieceTable.NONE) {
                    pairRank[left] = table.rank(id);
                    heap.add((long) pairRank[left] << 32 | left);
                }
            }
        }

        int[] ids() {
            IntList ids = new IntList();
            for (int i = 0; i != NONE; i = next[i]) {
                int id = table.find(text, start[i], end[i]);
                if (id != PieceTable.NONE) {
                    ids.add(id);
                } else {
                    byte[] bytes = new String(text, start[i], end[i] - start[i]).getBytes(StandardCharsets.UTF_8);
                    for (byte each : bytes) {
                        ids.add(byteIds[each & 0xff]);
                    }
                }
            }
            return ids.toArray();
        }
    }
}
