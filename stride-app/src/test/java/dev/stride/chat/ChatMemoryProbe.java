package dev.stride.chat;

import dev.stride.torch.Native;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

/** The child process of {@link ChatMemoryTest}: answers, and says how much memory that took; one number a line. */
final class ChatMemoryProbe {
    static final int WARM_UP = 500;
    private static final int TOGETHER = 16;

    private ChatMemoryProbe() {}

    public static void main(String[] arguments) throws InterruptedException {
        int requests = Integer.parseInt(arguments[0]);
        Native.threads(1);
        SplittableRandom random = new SplittableRandom(1);
        int[] system = random.ints(20, 3, 320).toArray();
        try (ChatEngine engine = EngineRig.open(EngineRig.settings(TOGETHER, 1200))) {
            ask(engine, random, system, WARM_UP);
            long before = Native.memory().resident();
            ask(engine, random, system, requests);
            System.out.println("growth " + (Native.memory().resident() - before));
            EngineStatus status = engine.status();
            System.out.println("answers "
                    + status.ended().values().stream()
                            .mapToLong(Long::longValue)
                            .sum());
            System.out.println("cancelled " + status.ended().getOrDefault(ChatEnd.Reason.CANCELLED, 0L));
            System.out.println("cached " + status.cachedTokens());
            System.out.println("held " + status.cacheTokensHeld());
        }
    }

    /** Prompts with and without a common beginning, greedy and drawn, of all adapters; every tenth is cancelled. */
    private static void ask(ChatEngine engine, SplittableRandom random, int[] system, int count)
            throws InterruptedException {
        Deque<ChatAnswer> answers = new ArrayDeque<>();
        for (int i = 0; i < count; i++) {
            int common = random.nextBoolean() ? system.length : 0;
            int[] prompt = random.ints(common + 1 + random.nextInt(40), 3, 320).toArray();
            System.arraycopy(system, 0, prompt, 0, common);
            String name = EngineRig.NAMES.get(random.nextInt(3));
            int tokens = 1 + random.nextInt(8);
            ChatAnswer answer = engine.submit(
                    i % 2 == 0
                            ? EngineRig.greedy(name, prompt, tokens)
                            : EngineRig.sampled(name, prompt, tokens, i).withLogprobs(2));
            if (i % 10 == 0) {
                answer.cancel();
            }
            answers.add(answer);
            if (answers.size() == 2 * TOGETHER) {
                answers.removeFirst().await();
            }
        }
        for (ChatAnswer answer : answers) {
            answer.await();
        }
    }
}
