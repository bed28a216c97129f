package dev.stride.samples;

import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Small sums that are right, as sentences and as chats, in Chinese and now and then in English. */
final class Arithmetic {
    /** Things with their counting words. */
    private static final List<String> THINGS =
            List.of("个苹果", "个橘子", "支铅笔", "个鸡蛋", "个气球", "块糖", "个贝壳", "张邮票", "本书", "枝花");

    private static final List<String> PEOPLE = List.of("小明", "小红", "小刚", "小丽", "李华", "王芳", "陈静", "刘洋");

    /**
     * A sum in words and its result.
     *
     * @param left the first number
     * @param right the second number
     * @param sign how the operation is read
     * @param symbol how it is written
     * @param result what comes out
     */
    private record Sum(int left, int right, String sign, String symbol, int result) {}

    private Arithmetic() {}

    static PlainText text(Random random) {
        Sum sum = sum(random);
        return new PlainText(
                switch (random.nextInt(6)) {
                    case 0 -> sum.left() + sum.sign() + sum.right() + "等于" + sum.result() + "。";
                    case 1 ->
                        sum.left() + " " + sum.symbol() + " " + sum.right() + " = " + sum.result() + "，"
                                + pick(PEOPLE, random) + "算对了。";
                    case 2 -> added(random);
                    case 3 -> taken(random);
                    case 4 -> shared(random);
                    default -> ordered(random);
                });
    }

    static Conversation chat(Random random) {
        Sum sum = sum(random);
        Sum next = sum(random);
        return switch (random.nextInt(3)) {
            case 0 ->
                conversation(
                        sum.left() + sum.sign() + sum.right() + "等于多少？",
                        sum.left() + sum.sign() + sum.right() + "等于" + sum.result() + "。",
                        next.left() + next.sign() + next.right() + "呢？",
                        next.left() + next.sign() + next.right() + "等于" + next.result() + "。");
            case 1 ->
                conversation("请算一算：" + sum.left() + " " + sum.symbol() + " " + sum.right(), "答案是" + sum.result() + "。");
            default ->
                conversation(
                        "How much is " + sum.left() + " " + sum.symbol() + " " + sum.right() + "?",
                        "It is " + sum.result() + ".");
        };
    }

    private static Sum sum(Random random) {
        int a = 1 + random.nextInt(20);
        int b = 1 + random.nextInt(20);
        int small = 1 + random.nextInt(9);
        int digit = 1 + random.nextInt(9);
        return switch (random.nextInt(4)) {
            case 0 -> new Sum(a + b, a, "减", "-", b);
            case 1 -> new Sum(small, digit, "乘", "×", small * digit);
            case 2 -> new Sum(small * digit, small, "除以", "÷", digit);
            default -> new Sum(a, b, "加", "+", a + b);
        };
    }

    private static String added(Random random) {
        int had = 2 + random.nextInt(18);
        int got = 1 + random.nextInt(9);
        String thing = pick(THINGS, random);
        return pick(PEOPLE, random) + "有" + had + thing + "，妈妈又给了" + got + thing.charAt(0) + "，现在一共有" + (had + got)
                + thing + "。";
    }

    private static String taken(Random random) {
        int given = 1 + random.nextInt(9);
        int left = 1 + random.nextInt(15);
        String thing = pick(THINGS, random);
        return "箱子里有" + (given + left) + thing + "，" + pick(PEOPLE, random) + "拿走了" + given + thing.charAt(0) + "，还剩下"
                + left + thing.charAt(0) + "。";
    }

    private static String shared(Random random) {
        int people = 2 + random.nextInt(7);
        int each = 1 + random.nextInt(9);
        String thing = pick(THINGS, random);
        return pick(PEOPLE, random) + "把" + people * each + thing + "平均分给" + people + "个人，每人得到" + each + thing.charAt(0)
                + "。";
    }

    private static String ordered(Random random) {
        int small = 1 + random.nextInt(60);
        int big = small + 1 + random.nextInt(39);
        return big + "比" + small + "大，" + small + "比" + big + "小，两个数相差" + (big - small) + "。";
    }

    private static Conversation conversation(String... turns) {
        List<Message> messages = new ArrayList<>();
        for (String turn : turns) {
            messages.add(Message.of(messages.size() % 2 == 0 ? Role.USER : Role.ASSISTANT, turn));
        }
        return new Conversation(messages);
    }

    private static String pick(List<String> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }
}
