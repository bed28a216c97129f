package dev.stride.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Learns merges from counted words: the joined text that occurs most often becomes the next piece, and the counts
 * follow. Of equals the shorter text goes first, then the one that sorts first, so the result depends on nothing else.
 *
 * <p>What is counted is the joined text, not the pair: "a" + "bc" and "ab" + "c" are one candidate. After each merge a
 * word is brought to the state the {@link BpeEncoder} would give it with the pieces so far. So what is counted is what
 * will be encoded.
 */
final class MergeLearner {
    /** A text that occurs once in everything is not a pattern. */
    private static final long MIN_COUNT = 2;

    private final int maxPieceLength;
    private final List<String> symbols = new ArrayList<>();
    private final Map<String, Integer> symbolIds = new HashMap<>();
    private final Map<Long, Candidate> byPair = new HashMap<>();
    private final Map<String, Candidate> byText = new HashMap<>();
    private final List<Word> words = new ArrayList<>();
    private final List<Candidate> grown = new ArrayList<>();
    private final PriorityQueue<Entry> heap = new PriorityQueue<>(Comparator.comparingLong(Entry::count)
            .reversed()
            .thenComparing(entry -> entry.candidate.length)
            .thenComparing(entry -> entry.candidate.text));
    /** Stands for pairs whose joined text may not be a piece. */
    private final Candidate never = new Candidate("", 0);

    private int numPieces;

    MergeLearner(int maxPieceLength) {
        this.maxPieceLength = maxPieceLength;
    }

    /** A joined text: how often neighbours make it, the words where they may, and its rank once it is a piece. */
    private static final class Candidate {
        private final String text;
        private final int length;
        private final IntList words = new IntList();
        private long count;
        private int rank = -1;
        private boolean listed;

        Candidate(String text, int length) {
            this.text = text;
            this.length = length;
        }
    }

    /** A candidate with the count it had when it was put into the heap. */
    private record Entry(long count, Candidate candidate) {}

    /** A word as symbols; {@code pairs[i]} is the candidate of symbols i and i + 1. */
    private static final class Word {
        private final long count;
        private final int[] symbols;
        private final Candidate[] pairs;
        private int length;

        Word(long count, int[] symbols) {
            this.count = count;
            this.symbols = symbols;
            this.pairs = new Candidate[symbols.length];
            this.length = symbols.length;
        }
    }

    /** Adds a word that occurs {@code count} times. */
    void add(String text, long count) {
        int[] codePoints = text.codePoints().toArray();
        int[] ids = new int[codePoints.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = symbol(Character.toString(codePoints[i]));
        }
        Word word = new Word(count, ids);
        words.add(word);
        for (int i = 0; i + 1 < word.length; i++) {
            enter(words.size() - 1, i);
        }
    }

    /** Up to {@code wanted} pieces, the best first; fewer where no joined text occurs twice any more. */
    List<String> learn(int wanted) {
        List<String> pieces = new ArrayList<>();
        offerGrown();
        while (pieces.size() < wanted) {
            Candidate best = pollBest();
            if (best == null) {
                break;
            }
            best.rank = numPieces++;
            pieces.add(best.text);
            for (int i = 0; i < best.words.size(); i++) {
                mergeAll(best.words.get(i));
            }
            offerGrown();
        }
        return pieces;
    }

    private @Nullable Candidate pollBest() {
        while (true) {
            Entry entry = heap.poll();
            if (entry == null || entry.count < MIN_COUNT) {
                return null;
            }
            Candidate candidate = entry.candidate;
            if (candidate.rank >= 0) {
                continue;
            }
            if (candidate.count == entry.count) {
                return candidate;
            }
            if (candidate.count < entry.count) { // it has shrunk; where it has grown a newer entry is in the heap
                heap.add(new Entry(candidate.count, candidate));
            }
        }
    }

    /** Merges pairs that are pieces, best rank first and leftmost of equals, until the word has none. */
    private void mergeAll(int index) {
        Word word = words.get(index);
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < word.length; i++) {
                int rank = word.pairs[i].rank;
                if (rank >= 0 && (best < 0 || rank < word.pairs[best].rank)) {
                    best = i;
                }
            }
            if (best < 0) {
                return;
            }
            merge(index, best);
        }
    }

    private void merge(int index, int at) {
        Word word = words.get(index);
        int joined = symbol(word.pairs[at].text);
        for (int i = Math.max(0, at - 1); i <= at + 1 && i + 1 < word.length; i++) {
            word.pairs[i].count -= word.count;
        }
        word.symbols[at] = joined;
        int rest = word.length - at - 2;
        System.arraycopy(word.symbols, at + 2, word.symbols, at + 1, rest);
        System.arraycopy(word.pairs, at + 2, word.pairs, at + 1, rest);
        word.length--;
        if (at > 0) {
            enter(index, at - 1);
        }
        if (at + 1 < word.length) {
            enter(index, at);
        }
    }

    /** Finds the candidate of a pair that is new in a word, and counts it. */
    private void enter(int index, int at) {
        Word word = words.get(index);
        Candidate candidate = candidate(word.symbols[at], word.symbols[at + 1]);
        word.pairs[at] = candidate;
        candidate.count += word.count;
        if (candidate == never) {
            return;
        }
        int known = candidate.words.size();
        if (known == 0 || candidate.words.get(known - 1) != index) {
            candidate.words.add(index);
        }
        if (!candidate.listed) {
            candidate.listed = true;
            grown.add(candidate);
        }
    }

    private void offerGrown() {
        for (Candidate candidate : grown) {
            candidate.listed = false;
            if (candidate.rank < 0 && candidate.count >= MIN_COUNT) {
                heap.add(new Entry(candidate.count, candidate));
            }
        }
        grown.clear();
    }

    private Candidate candidate(int left, int right) {
        return byPair.computeIfAbsent((long) left << 32 | right, pair -> {
            String joined = symbols.get(left) + symbols.get(right);
            int length = joined.codePointCount(0, joined.length());
            if (length > maxPieceLength || !WordSplitter.isPiece(joined)) {
                return never;
            }
            return byText.computeIfAbsent(joined, text -> new Candidate(text, length));
        });
    }

    private int symbol(String text) {
        Integer known = symbolIds.putIfAbsent(text, symbols.size());
        if (known == null) {
            symbols.add(text);
            return symbols.size() - 1;
        }
        return known;
    }
}
