package dev.stride.samples;

import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Chats of customers with the assistant of {@link Shop}, of two to four turns. A way of asking about a thing belongs to
 * one split only: the test set asks about every city and product in words that training had for others.
 */
final class DialogueTexts {
    private static final int SPLIT_PERCENT = 12;
    private static final int MIN_TURNS = 2;
    private static final int MAX_TURNS = 4;

    /** Customers who come back late come at most this many days after the last day. */
    private static final int MAX_DAYS_LATE = 10;

    private final Random random;
    private final Grammar phrases = Grammar.read("shop.txt");
    private final Set<Conversation> seen = new HashSet<>();

    private record Asked(Shop.Question question, String thing, int days, String words) {}

    private DialogueTexts(long seed) {
        random = new Random(seed);
    }

    static Splits<Conversation> splits(long seed) {
        DialogueTexts dialogues = new DialogueTexts(seed);
        return new Splits<>(
                dialogues.chats(Split.TRAIN), dialogues.chats(Split.VALIDATION), dialogues.chats(Split.TEST));
    }

    static int rows(Split split) {
        return split == Split.TRAIN ? 1000 : 120;
    }

    private List<Conversation> chats(Split split) {
        List<Conversation> chats = new ArrayList<>();
        while (chats.size() < rows(split)) {
            Conversation chat = chat(split);
            if (seen.add(chat)) {
                chats.add(chat);
            }
        }
        return chats;
    }

    private Conversation chat(Split split) {
        int turns = MIN_TURNS + random.nextInt(MAX_TURNS - MIN_TURNS + 1);
        boolean thanks = random.nextBoolean();
        int questions = thanks ? turns - 1 : turns;
        List<Message> messages = new ArrayList<>();
        List<Asked> before = new ArrayList<>();
        for (int i = 0; i < questions; i++) {
            Asked last = next(split, before);
            before.add(last);
            messages.add(Message.of(Role.USER, last.words()));
            messages.add(Message.of(
                    Role.ASSISTANT, Shop.answer(last.question(), last.thing(), last.days(), messages.size() == 1)));
        }
        if (thanks) {
            messages.add(Message.of(Role.USER, phrase("THANKS").expand(new Scene(random))));
            messages.add(Message.of(Role.ASSISTANT, Shop.ANSWER_TO_THANKS));
        }
        return new Conversation(messages);
    }

    /** One question in three is the last one again, but one about days always names its product and days. */
    private Asked next(Split split, List<Asked> before) {
        if (!before.isEmpty() && random.nextInt(3) == 0) {
            Asked last = before.get(before.size() - 1);
            List<Asked> possible = last.question() == Shop.Question.LATE_RETURN
                    ? List.of()
                    : possible(split, last.question(), "FOLLOW_UP", last.thing(), before);
            if (!possible.isEmpty()) {
                return pick(possible);
            }
        }
        return fresh(split, before);
    }

    /** A question that was not asked just before, in words of the split. */
    private Asked fresh(Split split, List<Asked> before) {
        List<Shop.Question> questions = new ArrayList<>(List.of(Shop.Question.values()));
        if (!before.isEmpty()) {
            questions.remove(before.get(before.size() - 1).question());
        }
        while (true) {
            Shop.Question question = pick(questions);
            List<Asked> possible = possible(split, question, question.name(), "", before);
            if (!possible.isEmpty()) {
                return pick(possible);
            }
        }
    }

    /** All that a customer of a split may ask in the words of a topic and did not ask before. */
    private List<Asked> possible(
            Split split, Shop.Question question, String topic, String lastThing, List<Asked> before) {
        List<Asked> possible = new ArrayList<>();
        for (String thing : Shop.things(question)) {
            boolean known = before.stream()
                    .anyMatch(a -> a.question() == question && a.thing().equals(thing));
            for (Template phrase : phrases.topic(topic).texts()) {
                if (!known && Split.of(question + lastThing + thing + phrase, SPLIT_PERCENT) == split) {
                    possible.add(asked(question, thing, phrase));
                }
            }
        }
        return possible;
    }

    private Asked asked(Shop.Question question, String thing, Template phrase) {
        Scene scene = new Scene(random);
        scene.set("it", List.of(thing));
        int days = 0;
        if (question == Shop.Question.LATE_RETURN) {
            days = 1 + random.nextInt(Shop.returnDays(thing) + MAX_DAYS_LATE);
            scene.set("n", List.of(Integer.toString(days)));
        }
        return new Asked(question, thing, days, phrase.expand(scene));
    }

    private Template phrase(String topic) {
        return pick(phrases.topic(topic).texts());
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
