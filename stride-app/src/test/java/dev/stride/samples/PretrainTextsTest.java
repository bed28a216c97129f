package dev.stride.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PretrainTextsTest {
    private static final List<SampleItem> CORPUS = SampleTexts.pretrain(1).toList();

    @Test
    void pretrain_pieces_areAllDifferentAndOfTheStatedKinds() {
        assertThat(CORPUS).hasSize(PretrainTexts.NUM_ITEMS).doesNotHaveDuplicates();
        long chats = CORPUS.stream().filter(Conversation.class::isInstance).count();
        assertThat(100.0 * chats / CORPUS.size()).isBetween(34.0, 36.0);
        long english = CORPUS.stream().filter(item -> isEnglish(text(item))).count();
        assertThat(100.0 * english / CORPUS.size()).isBetween(20.0, 25.0);
    }

    @Test
    void pretrain_texts_areShortCompleteAndWithoutLeftOvers() {
        for (SampleItem item : CORPUS) {
            for (String text : messages(item)) {
                assertThat(text).doesNotContain("{", "}", "[", "]", "|", "\n").isNotBlank();
                assertThat(text.length()).as(text).isLessThanOrEqualTo(isEnglish(text) ? 220 : 110);
            }
            if (item instanceof PlainText plain) {
                assertThat(plain.text()).matches(".*[。！？”.!?]");
            }
        }
    }

    @Test
    void pretrain_chats_goByTurnsAndEndWithTheAssistant() {
        for (SampleItem item : CORPUS) {
            if (item instanceof Conversation chat) {
                for (int i = 0; i < chat.messages().size(); i++) {
                    assertThat(chat.messages().get(i).role()).isEqualTo(i % 2 == 0 ? Role.USER : Role.ASSISTANT);
                }
                assertThat(chat.messages().size() % 2).isZero();
            }
        }
    }

    @Test
    void pretrain_sameSeed_isTheSameAndAnotherIsNot() {
        assertThat(SampleTexts.pretrain(1).limit(500).toList()).isEqualTo(CORPUS.subList(0, 500));
        assertThat(SampleTexts.pretrain(2).limit(500).toList()).isNotEqualTo(CORPUS.subList(0, 500));
    }

    /** Variety: text that is random to the eye, from a vocabulary that a few thousand pieces can hold. */
    @Test
    void pretrain_characters_areManyButFitASmallVocabulary() {
        assertThat(characters(CORPUS)).hasSizeBetween(1500, 2000);
    }

    @Test
    void pretrain_tradeOfTheShop_isNotInIt() {
        List<String> trade = List.of("拾月", "小拾", "飞鸟快递", "蓝鲸物流", "山羊货运", "新芽会员", "青叶会员", "金穗会员", "满月会员");
        for (SampleItem item : CORPUS) {
            assertThat(text(item)).doesNotContain(trade);
        }
    }

    /** The tasks are fine-tuning, not reading lessons: their characters are known from the corpus. */
    @Test
    void pretrain_charactersOfTheTasks_areNearlyAllInIt() {
        Map<Integer, Long> known = characters(CORPUS);
        Stream<String> reviews = SampleTexts.classification(1).train().stream().map(LabelledText::text);
        Stream<String> chats = SampleTexts.dialogue(1).train().stream().map(PretrainTextsTest::text);
        List<Integer> task = Stream.concat(reviews, chats)
                .flatMapToInt(String::codePoints)
                .filter(c -> c != '\n')
                .boxed()
                .toList();
        long unknown = task.stream().filter(c -> !known.containsKey(c)).count();
        assertThat((double) unknown / task.size()).isLessThan(0.005);
    }

    @Test
    void arithmetic_everySum_isRight() {
        Random random = new Random(4);
        Pattern written = Pattern.compile("(\\d+) ([-+×÷]) (\\d+) = (\\d+)");
        Pattern spoken = Pattern.compile("(\\d+)(减|加|乘|除以)(\\d+)等于(\\d+)");
        int numSums = 0;
        for (int i = 0; i < 3000; i++) {
            String text = i % 2 == 0 ? text(Arithmetic.text(random)) : text(Arithmetic.chat(random));
            for (Pattern pattern : List.of(written, spoken)) {
                Matcher sum = pattern.matcher(text);
                while (sum.find()) {
                    int left = Integer.parseInt(sum.group(1));
                    int right = Integer.parseInt(sum.group(3));
                    int expected = switch (sum.group(2)) {
                        case "+", "加" -> left + right;
                        case "-", "减" -> left - right;
                        case "×", "乘" -> left * right;
                        default -> left / right;
                    };
                    assertThat(Integer.parseInt(sum.group(4))).as(text).isEqualTo(expected);
                    numSums++;
                }
            }
        }
        assertThat(numSums).isGreaterThan(1000);
    }

    /** Every pattern of every file expands, so no rare one can fail on a later seed. */
    @ParameterizedTest
    @ValueSource(strings = {"pretrain-zh.txt", "pretrain-en.txt"})
    void grammar_everyPattern_expands(String file) {
        Random random = new Random(9);
        Set<String> patterns = new HashSet<>();
        for (Grammar.Topic topic : new HashSet<>(Grammar.read(file).topics())) {
            for (Template text : topic.texts()) {
                assertThat(patterns.add(text.toString()))
                        .as("written twice: " + text)
                        .isTrue();
                for (int i = 0; i < 20; i++) {
                    assertThat(text.expand(new Scene(random))).isNotBlank();
                }
            }
            for (List<Template> chat : topic.chats()) {
                for (int i = 0; i < 20; i++) {
                    Scene scene = new Scene(random);
                    chat.forEach(message -> assertThat(message.expand(scene)).isNotBlank());
                }
                patterns.add(chat.toString());
            }
        }
        assertThat(patterns.size()).isGreaterThan(file.contains("zh") ? 280 : 80);
    }

    private static boolean isEnglish(String text) {
        long latin = text.chars().filter(c -> c < 128).count();
        return latin > text.length() / 2;
    }

    private static Map<Integer, Long> characters(List<SampleItem> items) {
        return items.stream()
                .flatMap(item -> messages(item).stream())
                .flatMapToInt(String::codePoints)
                .boxed()
                .collect(Collectors.groupingBy(c -> c, HashMap::new, Collectors.counting()));
    }

    private static String text(SampleItem item) {
        return String.join("\n", messages(item));
    }

    private static List<String> messages(SampleItem item) {
        List<String> messages = new ArrayList<>();
        if (item instanceof PlainText plain) {
            messages.add(plain.text());
        } else if (item instanceof Conversation chat) {
            chat.messages().stream().map(Message::content).forEach(messages::add);
        }
        return messages;
    }
}
