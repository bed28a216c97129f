package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that writes while a server is there, away, slow, or says no. What is asserted is order and number, not time. */
class MlflowSenderTest {
    private static final String LATER = "stride report runs/first --mlflow";

    /** Short waits between looks; at the end as long as a slow machine may need. */
    private static final MlflowSender.Times QUICK = new MlflowSender.Times(
            Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofSeconds(60));

    @TempDir
    Path temp;

    private final StubMlflow stub = new StubMlflow();
    private final List<String> said = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void stop() {
        stub.close();
    }

    private Path folder() {
        return temp.resolve("first");
    }

    private MlflowSender sender(MlflowSender.Times times) {
        return new MlflowSender(
                new MlflowTarget(stub.uri(), null, Map.of()),
                () -> List.of(MlflowSource.run(folder())),
                times,
                LATER,
                said::add);
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    /** Waits until something is true that another thread does; fails after long patience. */
    private static void await(BooleanSupplier fact) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!fact.getAsBoolean()) {
            assertThat(System.nanoTime()).as("it never came true").isLessThan(end);
            Thread.sleep(2);
        }
    }

    private boolean isSaid(String part) {
        synchronized (said) {
            return said.stream().anyMatch(line -> line.contains(part));
        }
    }

    private void complete(long steps) {
        StubMlflow.Run run = stub.run("first");
        assertThat(run.steps("train/loss")).isEqualTo(upTo(steps));
        assertThat(run.steps("eval/loss")).hasSize((int) steps / 5).doesNotHaveDuplicates();
        assertThat(run.steps("final/loss")).containsExactly(steps);
        assertThat(run.status).isEqualTo("FINISHED");
        assertThat(run.files.keySet()).contains("config.yaml", "plan.json", "result.json");
    }

    @Test
    void server_seesTheRunWhileItGoesOn_andItsEnd() throws InterruptedException {
        MlflowSender sender = sender(QUICK);
        try (RecordedRun run = RecordedRun.begin(folder(), 3)) {
            run.steps(1, 3);
            sender.begin();
            sender.begin();
            await(() -> !stub.runs.isEmpty()
                    && stub.run("first").steps("train/loss").size() == 3);
            assertThat(stub.run("first").status).isEqualTo("RUNNING");
            run.steps(4, 20);
            await(() -> stub.run("first").steps("train/loss").size() == 20);
            run.result(RunResult.Status.FINISHED, 20);
        }
        sender.close();
        sender.close();
        complete(20);
        assertThat(said).containsExactly("mlflow: " + stub.uri() + "/#/experiments/1/runs/run-1");
        assertThat(stub.runs).hasSize(1);
    }

    @Test
    void serverThatIsAwayForTheWholeRun_isSaidTwice_andGetsEverythingLater() throws InterruptedException {
        stub.stop();
        MlflowSender sender = sender(QUICK);
        try (RecordedRun run = RecordedRun.begin(folder(), 3)) {
            run.steps(1, 5);
            sender.begin();
            await(() -> isSaid("does not answer"));
            run.steps(6, 50).result(RunResult.Status.FINISHED, 50);
        }
        sender.close();
        assertThat(said).hasSize(2);
        assertThat(said.get(0)).contains(stub.uri(), "does not answer", "Training goes on");
        assertThat(said.get(1))
                .isEqualTo(
                        "mlflow: not at " + stub.uri() + " yet: the last 60 events, and how it ended. Later: " + LATER);
        assertThat(stub.calls).isEmpty();
        stub.start();
        MlflowExport.send(new MlflowTarget(stub.uri(), null, Map.of()), () -> List.of(MlflowSource.run(folder())));
        complete(50);
    }

    @Test
    void serverThatComesBack_getsWhatItMissed() throws InterruptedException {
        stub.stop();
        MlflowSender sender = sender(QUICK);
        try (RecordedRun run = RecordedRun.begin(folder(), 3)) {
            run.steps(1, 10);
            sender.begin();
            await(() -> isSaid("does not answer"));
            stub.start();
            await(() -> isSaid("the server answers again"));
            run.steps(11, 20);
            await(() -> stub.run("first").steps("train/loss").size() == 20);
            stub.stop();
            run.steps(21, 30);
            await(() -> said.stream()
                            .filter(line -> line.contains("does not answer"))
                            .count()
                    == 2);
            stub.start();
            run.steps(31, 40).result(RunResult.Status.FINISHED, 40);
        }
        sender.close();
        complete(40);
        assertThat(said.stream().filter(line -> line.contains("Later:"))).isEmpty();
    }

    /** The server answers nothing until the training is over: were one waiting for the other, neither would end. */
    @Test
    void serverThatIsSlow_isNotWaitedForByTheTraining() throws InterruptedException {
        CountDownLatch trained = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        stub.judge((call, body) -> {
            asked.countDown();
            assertThat(trained.await(60, TimeUnit.SECONDS)).isTrue();
            return StubMlflow.Fate.HEARD;
        });
        MlflowSender sender = sender(QUICK);
        try (RecordedRun run = RecordedRun.begin(folder(), 3)) {
            for (int step = 1; step <= 300; step++) {
                sender.begin();
                run.steps(step, step);
                if (step == 1) {
                    assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
                }
            }
            run.result(RunResult.Status.FINISHED, 300);
        }
        assertThat(stub.calls).as("300 updates during one call").hasSize(1);
        trained.countDown();
        sender.close();
        complete(300);
    }

    @Test
    void serverThatHangsAtTheEnd_isLeft_andNothingIsSentTwiceLater() throws InterruptedException {
        CountDownLatch released = new CountDownLatch(1);
        CountDownLatch hung = new CountDownLatch(1);
        stub.judge((call, body) -> {
            if (body.path("metrics").isEmpty()) {
                return StubMlflow.Fate.HEARD;
            }
            hung.countDown();
            assertThat(released.await(60, TimeUnit.SECONDS)).isTrue();
            return StubMlflow.Fate.HEARD;
        });
        MlflowSender sender = sender(new MlflowSender.Times(
                Duration.ofMillis(5), Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofMillis(20)));
        try (RecordedRun run = RecordedRun.begin(folder(), 3)) {
            sender.begin();
            run.steps(1, 10);
            assertThat(hung.await(60, TimeUnit.SECONDS)).isTrue();
            run.result(RunResult.Status.FINISHED, 10);
        }
        sender.close();
        assertThat(said.get(said.size() - 1)).contains("not at " + stub.uri() + " yet", "Later: " + LATER);
        // the batch that hung is heard after all, though nobody waits for its answer
        released.countDown();
        await(() -> !stub.run("first").metrics.isEmpty());
        MlflowExport.send(new MlflowTarget(stub.uri(), null, Map.of()), () -> List.of(MlflowSource.run(folder())));
        complete(10);
    }

    @Test
    void refusal_isSaidOnceInTheServersWords_andNotAskedAgain() throws InterruptedException {
        stub.judge((call, body) -> StubMlflow.Fate.FORBIDDEN);
        MlflowSender sender = sender(QUICK);
        try (RecordedRun run = RecordedRun.begin(folder(), 3)) {
            run.steps(1, 5);
            sender.begin();
            await(() -> isSaid("Permission denied"));
            run.steps(6, 10);
            sender.begin();
            run.result(RunResult.Status.FINISHED, 10);
        }
        sender.close();
        assertThat(stub.calls).hasSize(1);
        assertThat(said).hasSize(2);
        assertThat(said.get(0)).contains("403: Permission denied for this <user>", "Training goes on");
        assertThat(said.get(1)).contains("12 events, and how it ended. Later: " + LATER);
    }

    @Test
    void runThatGoesOn_isTheSameRunThere() throws InterruptedException {
        try (MlflowSender sender = sender(QUICK);
                RecordedRun run = RecordedRun.begin(folder(), 3)) {
            run.steps(1, 12);
            sender.begin();
            await(() -> !stub.runs.isEmpty()
                    && stub.run("first").steps("train/loss").size() == 12);
            run.result(RunResult.Status.INTERRUPTED, 10);
        }
        assertThat(stub.run("first").status).isEqualTo("KILLED");
        try (MlflowSender sender = sender(QUICK);
                RecordedRun run = RecordedRun.resume(folder(), 10)) {
            run.steps(11, 11);
            sender.begin();
            await(() -> stub.run("first").status.equals("RUNNING"));
            run.steps(12, 15).result(RunResult.Status.FINISHED, 15);
        }
        assertThat(stub.runs).hasSize(1);
        StubMlflow.Run run = stub.run("first");
        assertThat(run.steps("train/loss")).as("11 and 12 were made twice").isEqualTo(upTo(15));
        assertThat(run.steps("final/loss")).containsExactly(10L, 15L);
        assertThat(run.status).isEqualTo("FINISHED");
    }

    @Test
    void senderThatNeverBegan_saysAndAsksNothing() {
        MlflowSender sender = sender(QUICK);
        sender.close();
        sender.begin();
        assertThat(said).isEmpty();
        assertThat(stub.calls).isEmpty();
    }
}
