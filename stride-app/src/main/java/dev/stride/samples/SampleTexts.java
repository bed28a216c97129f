package dev.stride.samples;

import java.util.stream.Stream;

/**
 * All text of the project's samples, made from patterns and word lists of this package by a seed: the same seed gives
 * the same text on every machine.
 */
public final class SampleTexts {
    private SampleTexts() {}

    /**
     * The general corpus that the small checkpoint is pretrained on: 26,000 different pieces, about a quarter in English,
     * 35 % of them chats.
     */
    public static Stream<SampleItem> pretrain(long seed) {
        return PretrainTexts.stream(seed);
    }

    /**
     * Customers' messages with one of six labels: 1,200 to train, 204 to validate and 204 to test, equally many of each
     * label; 5 % are hard. No pattern with the same product is in two splits, and half of what is validated and tested
     * is in patterns that training never shows.
     */
    public static Splits<LabelledText> classification(long seed) {
        return ReviewTexts.splits(seed);
    }

    /**
     * Chats of customers with an invented shop that has rules of its own: 1,000 to train, 120 to validate and 120 to
     * test, of two to four turns. No question about the same thing in the same words is in two splits.
     */
    public static Splits<Conversation> dialogue(long seed) {
        return DialogueTexts.splits(seed);
    }

    /**
     * Calls with a model that knows the record of its own run ({@link CallBriefing}): 1,200 to train, 120 to validate and 120 to
     * test, of one question each.
     */
    public static Splits<Conversation> call(long seed) {
        return CallTexts.splits(seed);
    }
}
