package dev.stride.samples;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The general corpus: {@value #NUM_ITEMS} pieces, all different, in Chinese (about 77 %) and English, of which
 * {@value #CHAT_PERCENT} % are chats. The chats teach the form of a conversation and to carry names, places and numbers
 * from a question into its answer. Nothing of the shop of {@link DialogueTexts} is in it.
 */
final class PretrainTexts {
    static final int NUM_ITEMS = 26_000;
    static final int CHAT_PERCENT = 35;
    private static final int ENGLISH_PERCENT = 23;
    private static final int ARITHMETIC_PERCENT = 4;

    /** How often a draw may repeat an earlier piece before the grammar must be called too small. */
    private static final int MAX_DRAWS = 1000;

    private final Random random;
    private final List<Grammar.Topic> chinese = Grammar.read("pretrain-zh.txt").topics();
    private final List<Grammar.Topic> english = Grammar.read("pretrain-en.txt").topics();
    private final Set<SampleItem> seen = new HashSet<>();

    private PretrainTexts(long seed) {
        random = new Random(seed);
    }

    static Stream<SampleItem> stream(long seed) {
        PretrainTexts texts = new PretrainTexts(seed);
        return Stream.generate(texts::next).limit(NUM_ITEMS);
    }

    private SampleItem next() {
        boolean chat = random.nextInt(100) < CHAT_PERCENT;
        int subject = random.nextInt(100);
        Supplier<SampleItem> source;
        if (subject < ENGLISH_PERCENT) {
            source = () -> draw(english, chat);
        } else if (subject < ENGLISH_PERCENT + ARITHMETIC_PERCENT) {
            source = () -> chat ? Arithmetic.chat(random) : Arithmetic.text(random);
        } else {
            source = () -> draw(chinese, chat);
        }
        return Stream.generate(source)
                .limit(MAX_DRAWS)
                .filter(seen::add)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the grammars are too small for so many texts"));
    }

    private SampleItem draw(List<Grammar.Topic> topics, boolean chat) {
        while (true) {
            Grammar.Topic topic = topics.get(random.nextInt(topics.size()));
            if (chat && !topic.chats().isEmpty()) {
                return Grammar.chat(topic, random);
            }
            if (!chat && !topic.texts().isEmpty()) {
                return Grammar.text(topic, random);
            }
        }
    }
}
