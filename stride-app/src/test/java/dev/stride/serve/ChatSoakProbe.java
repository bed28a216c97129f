package dev.stride.serve;

import dev.stride.chat.ChatEnd;
import dev.stride.chat.EngineStatus;
import dev.stride.torch.Native;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** The child process of {@link ChatSoakTest}: a server and its clients; says what both leave behind, one number a line. */
final class ChatSoakProbe {
    static final int WARM_UP = 1_000;
    private static final int CLIENTS = 12;
    private static final String[] NAMES = {ChatRig.BASE, ChatRig.ONE, ChatRig.TWO};
    private static final AtomicInteger REFUSED = new AtomicInteger();
    private static final AtomicInteger WRONG = new AtomicInteger();

    private ChatSoakProbe() {}

    public static void main(String[] arguments) throws Exception {
        int requests = Integer.parseInt(arguments[0]);
        Native.threads(1);
        try (ChatRig rig = ChatRig.open(ChatRig.setup()
                .engine(ChatRig.setup().engine().withAnswers(8).withWaiting(4).withCacheBytes(16L << 20)))) {
            ask(rig, WARM_UP);
            SoakFigures.print(rig, "before");
            long begun = System.nanoTime();
            ask(rig, requests);
            System.out.println("seconds " + (System.nanoTime() - begun) / 1_000_000_000);
            SoakFigures.print(rig, "after");
            EngineStatus status = rig.engine.status();
            System.out.println("held " + status.cacheTokensHeld());
            System.out.println("cancelled " + rig.ended(ChatEnd.Reason.CANCELLED));
            System.out.println("failed " + rig.ended(ChatEnd.Reason.FAILED));
            System.out.println("refused " + REFUSED.get());
            System.out.println("wrong " + WRONG.get());
            System.out.println("answered " + (rig.ended(ChatEnd.Reason.STOP) + rig.ended(ChatEnd.Reason.LENGTH)));
            System.out.println("requests " + rig.log.size());
            System.out.println("errors "
                    + rig.log.stream().filter(line -> line.status() == 500).count());
        }
    }

    private static void ask(ChatRig rig, int count) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        AtomicInteger next = new AtomicInteger();
        List<Future<?>> all = new ArrayList<>();
        for (int c = 0; c < CLIENTS; c++) {
            all.add(clients.submit(() -> {
                for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                    one(rig, i, new SplittableRandom(i));
                }
                return null;
            }));
        }
        for (Future<?> each : all) {
            each.get();
        }
        clients.shutdown();
    }

    /** Whole and streamed, of all models; one in twenty is left, one in twenty is no request, some find the queue full. */
    private static void one(ChatRig rig, int number, SplittableRandom random) throws IOException, InterruptedException {
        String text = "第" + random.nextInt(50) + "个问题，" + "请说。".repeat(random.nextInt(10));
        boolean stream = random.nextBoolean();
        var body = ChatRig.question(
                NAMES[random.nextInt(3)], text, "max_tokens", 1 + random.nextInt(8), "seed", number, "stream", stream);
        if (number % 20 == 7) {
            ChatRig.with(body, "max_tokens", 1000, "stream", true, "model", ChatRig.ONE);
            try (ChatLeavingTest.Leaver leaver = new ChatLeavingTest.Leaver(rig, body)) {
                if (random.nextBoolean()) {
                    leaver.client.status();
                }
            }
            return;
        }
        if (number % 20 == 13) {
            ChatRig.with(body, "temperature", -1);
        }
        var response = rig.post("/v1/chat/completions", body.toString());
        while (response.statusCode() == 429) {
            REFUSED.incrementAndGet();
            Thread.sleep(20 + random.nextInt(50));
            response = rig.post("/v1/chat/completions", body.toString());
        }
        int status = response.statusCode();
        if (status == 400 && number % 20 == 13) {
            WRONG.incrementAndGet();
        } else if (status != 200 || response.body().getBytes(StandardCharsets.UTF_8).length == 0) {
            throw new AssertionError(status + ": " + response.body());
        }
    }
}
