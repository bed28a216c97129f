package dev.stride.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A vocabulary for tests that is trained on the spot from a few lines, so they run without any file. */
public final class SmallVocabulary {
    /** The number of pieces; the special tokens follow from this id on. */
    public static final int NUM_PIECES = 460;

    static final List<String> TEXTS = List.of(
            "The learning rate is the one number that decides whether a run learns or breaks.",
            "A small rate learns slowly; a large rate learns fast, until the loss begins to rise.",
            "the rate, the loss and the norm of the gradient are written after each step of the run",
            "学习率太大，损失就会上升；学习率太小，模型学得很慢。",
            "今天的天气很好，我们去公园散步，孩子们在草地上跑来跑去。",
            "模型的损失下降得很慢，所以我们把学习率提高一点，再看损失的变化。",
            "请问今天的天气怎么样？今天的天气很好。",
            "for (int i = 0; i < rates.length; i++) {\n    total += rates[i];\n    count += 1;\n}\nreturn total;",
            "if (loss > best) {\n        stop();\n    } else {\n        best = loss;\n    }",
            "def mean(values):\n    return sum(values) / len(values)\n",
            "Straße, naïve, Ελλάδα και Ελλάδα, привет мир и мир, ひらがなとカタカナ");

    private SmallVocabulary() {}

    static SentencePieceModel model() {
        return new BpeTrainer(NUM_PIECES, 0.99, 16).train(TEXTS);
    }

    /** A tokenizer with the special tokens of ChatGLM3. */
    public static Tokenizer tokenizer() {
        return Tokenizer.of(model(), Family.CHATGLM3);
    }

    /** Texts of up to 60 characters: words of the training texts, spaces, line ends, any valid code point. */
    static List<String> randomTexts(int count, long seed) {
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        while (texts.size() < count) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(60);
            while (text.length() < length) {
                String source = TEXTS.get(random.nextInt(TEXTS.size()));
                switch (random.nextInt(6)) {
                    case 0 -> text.append(" ".repeat(random.nextInt(9)));
                    case 1 -> text.appendCodePoint(codePoint(random, 0, Character.MAX_CODE_POINT));
                    case 2 -> text.appendCodePoint(codePoint(random, 0x1F300, 0x1FAFF)); // emoji
                    case 3 -> text.appendCodePoint(codePoint(random, 0, 0x2FF)); // controls, ASCII, Latin
                    default -> {
                        int from = random.nextInt(source.length());
                        text.append(source, from, Math.min(source.length(), from + random.nextInt(12)));
                    }
                }
            }
            texts.add(text.toString());
        }
        return texts;
    }

    /** Any code point but surrogates and the mark for spaces, which decode to something else by design. */
    private static int codePoint(Random random, int from, int to) {
        while (true) {
            int c = from + random.nextInt(to - from + 1);
            if ((c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) && c != Spaces.MARK) {
                return c;
            }
        }
    }
}
