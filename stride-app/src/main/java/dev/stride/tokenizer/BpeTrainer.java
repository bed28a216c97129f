package dev.stride.tokenizer;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.tokenizer.SentencePieceModel.Settings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes a SentencePiece BPE vocabulary from texts, in the form that {@link Tokenizer} and the SentencePiece library
 * read: unknown, begin and end, the 256 bytes, the single characters by falling count, then the learned pieces in
 * the order they were learned. Scores fall with the id. The same texts and settings give the same bytes.
 *
 * <p>Text is prepared as the encoder does it: one dummy prefix per text, spaces as marks, nothing normalized. Line ends,
 * tabs and other control characters are always bytes. Which characters may share a piece: see {@link WordSplitter}.
 *
 * @param numPieces the size of the vocabulary, all the pieces above included; at least 260
 * @param characterCoverage the share of the texts' characters, greater than 0 up to 1, that get a piece of their own, the
 *     most frequent first; the others become bytes
 * @param maxPieceLength the longest piece in characters, from 1
 */
public record BpeTrainer(int numPieces, double characterCoverage, int maxPieceLength) {
    private static final int NUM_FIXED = 3 + 256;

    public BpeTrainer {
        List<Problem> problems = new ArrayList<>();
        if (numPieces <= NUM_FIXED) {
            problems.add(Problem.of("numPieces", "" + numPieces, "at least " + (NUM_FIXED + 1)));
        }
        if (!(characterCoverage > 0 && characterCoverage <= 1)) {
            problems.add(Problem.of("characterCoverage", "" + characterCoverage, "greater than 0, up to 1"));
        }
        if (maxPieceLength < 1) {
            problems.add(Problem.of("maxPieceLength", "" + maxPieceLength, "at least 1"));
        }
        if (!problems.isEmpty()) {
            throw new UserException("no vocabulary can be made with these settings", problems);
        }
    }

    /** SentencePiece's defaults: coverage 0.9995 and pieces of up to 16 characters. */
    public static BpeTrainer ofSize(int numPieces) {
        return new BpeTrainer(numPieces, 0.9995, 16);
    }

    /**
     * Trains; the texts are read once.
     *
     * @throws UserException where the texts have too many characters or too few patterns for {@code numPieces}; it says
     *     how many would do
     */
    public SentencePieceModel train(Iterable<String> texts) {
        Map<Integer, Long> characterCounts = new HashMap<>();
        Map<String, Long> wordCounts = new HashMap<>();
        WordSplitter splitter = new WordSplitter();
        for (String text : texts) {
            char[] prepared = Spaces.prepare(text);
            for (int at = 0; at < prepared.length; ) {
                int c = Character.codePointAt(prepared, at);
                if (mayBePiece(c)) {
                    characterCounts.merge(c, 1L, Long::sum);
                }
                at += Character.charCount(c);
            }
            splitter.split(prepared, BpeTrainer::mayBePiece, word -> wordCounts.merge(word, 1L, Long::sum));
        }
        List<Integer> alphabet = alphabet(characterCounts);
        int wanted = numPieces - NUM_FIXED - alphabet.size();
        if (wanted < 0) {
            throw new UserException("a vocabulary of " + numPieces + " pieces has no room for the " + alphabet.size()
                    + " characters that make up " + characterCoverage + " of the texts: ask for at least "
                    + (NUM_FIXED + alphabet.size()) + " pieces, or for less coverage");
        }
        List<String> learned = learn(wordCounts, new HashSet<>(alphabet), splitter, wanted);
        if (learned.size() < wanted) {
            throw new UserException("the texts give only " + (numPieces - wanted + learned.size()) + " pieces, not "
                    + numPieces + ": no other joined text occurs twice. Ask for fewer pieces or give more text");
        }
        return new SentencePieceModel(pieces(alphabet, learned), new Settings(characterCoverage, maxPieceLength, true));
    }

    private List<String> learn(Map<String, Long> wordCounts, Set<Integer> alphabet, WordSplitter splitter, int wanted) {
        Map<String, Long> covered = new HashMap<>();
        wordCounts.forEach((word, count) ->
                splitter.split(word.toCharArray(), alphabet::contains, part -> covered.merge(part, count, Long::sum)));
        String[] sorted = covered.keySet().toArray(new String[0]);
        Arrays.sort(sorted);
        MergeLearner learner = new MergeLearner(maxPieceLength);
        for (String word : sorted) {
            learner.add(word, covered.getOrDefault(word, 0L));
        }
        return learner.learn(wanted);
    }

    /** The most frequent characters until their share of all reaches the coverage; of equals the lower code point. */
    private List<Integer> alphabet(Map<Integer, Long> counts) {
        long total = counts.values().stream().mapToLong(Long::longValue).sum();
        List<Map.Entry<Integer, Long>> byCount = new ArrayList<>(counts.entrySet());
        byCount.sort(Map.Entry.<Integer, Long>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()));
        List<Integer> alphabet = new ArrayList<>();
        long covered = 0;
        for (Map.Entry<Integer, Long> entry : byCount) {
            boolean enough = covered >= characterCoverage * total;
            if (enough && entry.getKey() != Spaces.MARK) { // every text begins with the mark
                continue;
            }
            alphabet.add(entry.getKey());
            covered += entry.getValue();
        }
        return alphabet;
    }

    private static List<Piece> pieces(List<Integer> alphabet, List<String> learned) {
        List<Piece> pieces = new ArrayList<>();
        pieces.add(new Piece("<unk>", 0f, Piece.Kind.UNKNOWN));
        pieces.add(new Piece("<s>", 0f, Piece.Kind.CONTROL));
        pieces.add(new Piece("</s>", 0f, Piece.Kind.CONTROL));
        for (int value = 0; value < 256; value++) {
            pieces.add(Piece.ofByte(value));
        }
        for (int c : alphabet) {
            pieces.add(new Piece(Character.toString(c), NUM_FIXED - pieces.size(), Piece.Kind.NORMAL));
        }
        for (String text : learned) {
            pieces.add(new Piece(text, NUM_FIXED - pieces.size(), Piece.Kind.NORMAL));
        }
        return pieces;
    }

    private static boolean mayBePiece(int c) {
        return Character.getType(c) != Character.CONTROL;
    }
}
