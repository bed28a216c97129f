package dev.stride.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BpeTrainerTest {
    private static final int FIRST_CHARACTER = 259;

    private static List<String> texts(SentencePieceModel model) {
        return model.pieces().stream().map(Piece::text).toList();
    }

    private static List<String> learned(SentencePieceModel model) {
        return texts(model).subList(FIRST_CHARACTER, model.numPieces()).stream()
                .filter(text -> text.codePointCount(0, text.length()) > 1)
                .toList();
    }

    @Test
    void train_layout_isControlsBytesCharactersThenMerges() {
        SentencePieceModel model = SmallVocabulary.model();
        List<Piece> pieces = model.pieces();
        assertThat(model.numPieces()).isEqualTo(SmallVocabulary.NUM_PIECES);
        assertThat(texts(model).subList(0, 4)).containsExactly("<unk>", "<s>", "</s>", "<0x00>");
        assertThat(pieces.get(258)).isEqualTo(Piece.ofByte(255));
        assertThat(pieces.get(FIRST_CHARACTER).text()).isEqualTo("▁");
        for (int id = FIRST_CHARACTER; id < pieces.size(); id++) {
            assertThat(pieces.get(id).score()).isEqualTo(FIRST_CHARACTER - id);
        }
        List<Integer> lengths = pieces.subList(FIRST_CHARACTER, pieces.size()).stream()
                .map(piece -> piece.text().codePointCount(0, piece.text().length()))
                .toList();
        int firstMerge = FIRST_CHARACTER + lengths.indexOf(2);
        assertThat(lengths.subList(firstMerge - FIRST_CHARACTER, lengths.size()))
                .allMatch(length -> length > 1);
    }

    @Test
    void train_byHand_learnsTheMostFrequentJoinedTextFirst() {
        // "ab" 6 times, "bc" 5 times; once "ab" is a piece, ab + c is there 3 times and "bc" only twice
        SentencePieceModel model =
                new BpeTrainer(FIRST_CHARACTER + 4 + 3, 1, 16).train(List.of("\nab\nab\nab\nabc\nabc\nabc\nbc\nbc"));
        assertThat(learned(model)).containsExactly("ab", "abc", "bc");
    }

    @Test
    void train_sameTexts_givesTheSameBytesInAnyOrder() {
        List<String> reversed = new ArrayList<>(SmallVocabulary.TEXTS);
        Collections.reverse(reversed);
        byte[] bytes = SmallVocabulary.model().toBytes();
        assertThat(SmallVocabulary.model().toBytes()).isEqualTo(bytes);
        assertThat(new BpeTrainer(SmallVocabulary.NUM_PIECES, 0.99, 16)
                        .train(reversed)
                        .toBytes())
                .isEqualTo(bytes);
    }

    @Test
    void train_boundaries_areNeverInsideAPiece() {
        List<String> learned = learned(SmallVocabulary.model());
        assertThat(learned).hasSizeGreaterThan(50);
        assertThat(learned).noneMatch(text -> text.matches(".*[0-9\\p{Cntrl}].*"));
        assertThat(learned).noneMatch(text -> text.matches(".*[A-Za-z].*") && text.matches(".*[^A-Za-zßïéà▁].*"));
        assertThat(learned).noneMatch(text -> text.matches(".*\\p{IsHan}.*") && text.matches(".*\\p{Punct}.*"));
        assertThat(learned).noneMatch(text -> text.matches(".*[^▁]▁.*|▁▁+[^▁]+"));
        assertThat(learned).anyMatch(text -> text.matches("▁[a-z]+"));
        assertThat(learned).anyMatch(text -> text.matches("▁▁+"));
        assertThat(learned).anyMatch(text -> text.matches("\\p{IsHan}{2,}"));
    }

    @Test
    void train_maxPieceLength_isKept() {
        SentencePieceModel model =
                new BpeTrainer(275, 1, 3).train(List.of("学习率学习率学习率学习率 abcdefgh abcdefgh ".repeat(3)));
        assertThat(learned(model)).isNotEmpty().allMatch(text -> text.length() <= 3);
    }

    @Test
    void train_coverage_leavesRareCharactersToBytes() {
        List<String> texts = List.of("aaaa bbbb ".repeat(50) + "稀");
        SentencePieceModel part = new BpeTrainer(FIRST_CHARACTER + 6, 0.99, 16).train(texts);
        SentencePieceModel all = new BpeTrainer(FIRST_CHARACTER + 6, 1, 16).train(texts);
        assertThat(texts(part)).doesNotContain("稀");
        assertThat(texts(all)).contains("稀");
        Tokenizer tokenizer = Tokenizer.of(part, Family.CHATGLM3);
        assertThat(tokenizer.decode(tokenizer.encode("a稀b"))).isEqualTo("a稀b");
    }

    @Test
    void train_longTextWithoutBoundary_comesBack() {
        Random random = new Random(7);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 200_000; i++) {
            text.append((char) ('a' + random.nextInt(26)));
        }
        assertThat(new BpeTrainer(400, 1, 16).train(List.of(text.toString())).numPieces())
                .isEqualTo(400);
    }

    /**
     * The learner keeps counts up to date as it goes. Here each step is done from nothing: encode every word with the pieces
     * so far by the plain algorithm, count the joined texts of neighbours, take the best.
     */
    @Test
    void learn_incrementalCounts_equalCountingFromNothing() {
        Map<String, Long> words = new HashMap<>();
        WordSplitter splitter = new WordSplitter();
        for (String text : SmallVocabulary.TEXTS) {
            splitter.split(Spaces.prepare(text), c -> c >= ' ', word -> words.merge(word, 1L, Long::sum));
        }
        words.put("aaaaaaaaa", 3L);
        words.put("abababab", 2L);
        words.put("▁▁▁▁▁▁▁aa", 5L);
        MergeLearner learner = new MergeLearner(6);
        words.forEach(learner::add);
        List<String> learned = learner.learn(200);

        List<Piece> pieces = new ArrayList<>();
        for (int step = 0; step < learned.size(); step++) {
            Map<String, Long> counts = new HashMap<>();
            PlainBpe plain = new PlainBpe(pieces);
            words.forEach((word, count) -> {
                List<String> symbols = plain.merge(word);
                for (int i = 0; i + 1 < symbols.size(); i++) {
                    String joined = symbols.get(i) + symbols.get(i + 1);
                    if (joined.length() <= 6 && WordSplitter.isPiece(joined)) {
                        counts.merge(joined, count, Long::sum);
                    }
                }
            });
            Map.Entry<String, Long> best = counts.entrySet().stream()
                    .min(Comparator.comparing(Map.Entry<String, Long>::getValue)
                            .reversed()
                            .thenComparing(entry -> entry.getKey().length())
                            .thenComparing(Map.Entry::getKey))
                    .orElseThrow();
            assertThat(learned.get(step))
                    .as("step %d, count %d", step, best.getValue())
                    .isEqualTo(best.getKey());
            pieces.add(new Piece(best.getKey(), -step, Piece.Kind.NORMAL));
        }
        assertThat(pieces).hasSizeGreaterThan(80);
    }

    @Test
    void train_tooFewPiecesForTheCharacters_saysHowMany() {
        assertThatThrownBy(() -> new BpeTrainer(262, 1, 16).train(List.of("abcdef")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("at least 266"); // 259, the mark and six letters
    }

    @Test
    void train_tooLittleText_saysHowManyPiecesItGives() {
        assertThatThrownBy(() -> new BpeTrainer(5000, 1, 16).train(List.of("abab")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("only 263 pieces"); // 259, the mark, a, b, and "ab"
    }

    @Test
    void new_badSettings_areAllNamedAtOnce() {
        assertThatThrownBy(() -> new BpeTrainer(259, 0, 0))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("numPieces", "characterCoverage", "maxPieceLength");
        assertThatThrownBy(() -> new BpeTrainer(300, Double.NaN, 16)).isInstanceOf(UserException.class);
    }
}
