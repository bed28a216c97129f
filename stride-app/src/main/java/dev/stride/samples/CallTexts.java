package dev.stride.samples;

import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * Calls: a record of an invented run as the system message, then one to three questions about it, in Chinese or in English as a
 * recognizer may hear it, or to the shop. Two in three are about the record. No record is in two splits.
 */
final class CallTexts {
    private static final double[] MANTISSAS = {1, 1, 1, 1.5, 2, 2, 3, 3, 4, 5, 7, 8};
    private static final List<String> FINDINGS = List.of(
            "healthy 90%",
            "healthy 70%",
            "underfit 80%",
            "overfit 80%",
            "diverged 90%",
            "oscillation 60%",
            "plateau 70%",
            "620 reduce",
            "120 stop");

    private static final List<String> LIKE = List.of(
            "你最喜欢哪个学习率？",
            "你最喜欢哪个学习率？为什么？",
            "你喜欢哪个学习率？",
            "哪个学习率最好？",
            "应该用哪个学习率？",
            "最好的学习率是多少？",
            "学习率用多少好？",
            "你用的是什么学习率？");
    private static final List<String> TRIED = List.of("试过哪些学习率？", "比较过哪些学习率？", "你们试了哪些学习率？");
    private static final List<String> LOSS = List.of("损失降了多少？", "训练得怎么样？", "损失是多少？", "训练了多少步？");
    private static final List<String> LIKE_ENGLISH = List.of(
            "Which learning rate do you like, and why?",
            "which learning rate do you like",
            "what is the learning rate",
            "what is the best learning rate",
            "which rate is the best",
            "which rate should i use",
            "what is the learning raid",
            "what is the learning grade",
            "which learning rate do you like best",
            "what learning rate do you use");
    private static final List<String> TRIED_ENGLISH = List.of("which rates did you try", "what rates were tried");
    private static final List<String> LOSS_ENGLISH =
            List.of("how did the training go", "what is the loss", "how far did the loss fall");

    private final Random random;
    private final Set<CallBriefing> seen = new HashSet<>();

    private CallTexts(long seed) {
        random = new Random(seed);
    }

    static Splits<Conversation> splits(long seed) {
        CallTexts calls = new CallTexts(seed);
        Splits<Conversation> shop = DialogueTexts.splits(seed);
        return new Splits<>(
                calls.some(1200, shop.train()), calls.some(120, shop.validation()), calls.some(120, shop.test()));
    }

    private List<Conversation> some(int count, List<Conversation> chats) {
        List<Conversation> calls = new ArrayList<>();
        while (calls.size() < count) {
            CallBriefing record = record();
            if (seen.add(record)) {
                List<Message> messages = new ArrayList<>(List.of(Message.of(Role.SYSTEM, record.text())));
                for (int turn = 1 + random.nextInt(3); turn > 0; turn--) {
                    if (random.nextInt(3) == 0) {
                        messages.addAll(pick(chats).messages().subList(0, 2));
                    } else {
                        ask(record, messages);
                    }
                }
                calls.add(new Conversation(messages));
            }
        }
        return calls;
    }

    private CallBriefing record() {
        boolean swept = random.nextBoolean();
        List<Double> tried = new ArrayList<>();
        while (swept && tried.size() < 3 + random.nextInt(2)) {
            double rate = rate();
            if (!tried.contains(rate)) {
                tried.add(rate);
            }
        }
        tried.sort(null);
        double answer = swept ? pick(tried) : Double.NaN;
        double first = 1 + Math.round(random.nextDouble() * 700) / 100.0;
        double last = Math.round(first * (0.01 + 0.6 * random.nextDouble()) * 100) / 100.0;
        List<String> findings = random.nextInt(4) == 0 ? List.of() : List.of(pick(FINDINGS));
        return new CallBriefing(
                swept ? pick(tried) : rate(), tried, answer, first, last, 20 + random.nextInt(2_000), findings);
    }

    private double rate() {
        double mantissa = MANTISSAS[random.nextInt(MANTISSAS.length)];
        return Double.parseDouble(mantissa + "e-" + (2 + random.nextInt(5)));
    }

    private void ask(CallBriefing record, List<Message> messages) {
        boolean english = random.nextBoolean();
        int kind = random.nextInt(6);
        String best = CallBriefing.rate(record.best());
        boolean swept = !record.tried().isEmpty();
        String question;
        String answer;
        if (kind < 4) {
            question = pick(english ? LIKE_ENGLISH : LIKE);
            answer = english
                    ? "I like " + best + " best. "
                            + (swept ? "Of the rates tried it is the best one." : "I was trained with it.")
                    : "我最喜欢" + best + "，" + (swept ? "试过的学习率里它最好。" : "我就是用它训练的。");
        } else if (kind == 4) {
            question = pick(english ? TRIED_ENGLISH : TRIED);
            String all = swept ? CallBriefing.rates(record.tried(), english ? ", " : "、") : best;
            answer = english ? (swept ? "We tried " : "Only ") + all + "." : (swept ? "试过" : "只用过") + all + "。";
        } else {
            question = pick(english ? LOSS_ENGLISH : LOSS);
            answer = english
                    ? String.format(
                            Locale.ROOT,
                            "The loss fell from %.2f to %.2f in %d steps.",
                            record.firstLoss(),
                            record.lastLoss(),
                            record.steps())
                    : String.format(
                            Locale.ROOT, "%d步里损失从%.2f降到%.2f。", record.steps(), record.firstLoss(), record.lastLoss());
        }
        // a recognizer mostly sets no marks
        messages.add(Message.of(Role.USER, random.nextBoolean() ? question : question.replaceAll("[？?,]", "")));
        messages.add(Message.of(Role.ASSISTANT, answer));
    }

    private <T> T pick(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
