package dev.stride.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many threads ask, read slowly, cancel and close; every answer that was taken in ends once. */
class ChatRacesTest {
    private static final int THREADS = 8;
    private static final int EACH = 60;

    @Test
    void submitCancelTakeAndClose_racing_everyAnswerEnds() throws Exception {
        ChatEngine engine = EngineRig.open(EngineRig.settings(6, 400).withWaiting(10));
        AtomicInteger refused = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<List<ChatEnd>>> futures = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int seed = i;
            futures.add(threads.submit(asker(engine, seed, refused)));
        }
        while (engine.status().ended().values().stream()
                        .mapToLong(Long::longValue)
                        .sum()
                < THREADS * EACH / 4) {
            Thread.sleep(1);
        }
        engine.close(Duration.ofMillis(5));
        Map<ChatEnd.Reason, Integer> reasons = new EnumMap<>(ChatEnd.Reason.class);
        int ended = 0;
        for (Future<List<ChatEnd>> future : futures) {
            for (ChatEnd end : future.get(60, TimeUnit.SECONDS)) {
                reasons.merge(end.reason(), 1, Integer::sum);
                ended++;
            }
        }
        threads.shutdown();
        assertThat(ended + refused.get()).isEqualTo(THREADS * EACH);
        assertThat(reasons).doesNotContainKey(ChatEnd.Reason.FAILED).containsKeys(ChatEnd.Reason.LENGTH);
        EngineStatus status = engine.status();
        assertThat(status.ended().values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(ended);
        assertThat(status.answering() + status.waiting()).isZero();
    }

    private static Callable<List<ChatEnd>> asker(ChatEngine engine, int seed, AtomicInteger refused) {
        return () -> {
            SplittableRandom random = new SplittableRandom(seed);
            List<ChatEnd> ends = new ArrayList<>();
            List<int[]> prompts = EngineRig.prompts(EACH, 40, seed);
            for (int[] prompt : prompts) {
                try {
                    ChatAnswer answer = engine.submit(EngineRig.sampled(
                            EngineRig.NAMES.get(random.nextInt(3)), prompt, 1 + random.nextInt(30), seed));
                    switch (random.nextInt(3)) {
                        case 0 -> answer.cancel();
                        case 1 -> {
                            answer.take(Duration.ofMillis(20));
                            answer.cancel();
                        }
                        default -> {
                            while (!answer.isDone()) {
                                answer.take(Duration.ofSeconds(1));
                            }
                        }
                    }
                    ends.add(answer.await());
                } catch (ChatRefusal refusal) {
                    refused.incrementAndGet();
                }
            }
            return ends;
        };
    }
}
