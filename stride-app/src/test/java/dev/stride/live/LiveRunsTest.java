package dev.stride.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveRunsTest {
    @TempDir
    Path root;

    private final TestRuns.Clock clock = new TestRuns.Clock();

    private LiveRuns open() {
        LiveRuns runs = LiveRuns.open(root, clock);
        TestRuns.readAll(runs);
        return runs;
    }

    private void again(LiveRuns runs) {
        clock.tick(Duration.ofSeconds(2));
        TestRuns.readAll(runs);
    }

    private static List<String> ids(LiveRuns runs) {
        return runs.runs().stream().map(LiveRun::id).toList();
    }

    private static List<String> ids(JsonNode list) {
        List<String> ids = new ArrayList<>();
        list.forEach(
                one -> ids.add(one.isTextual() ? one.asText() : one.path("id").asText()));
        return ids;
    }

    private static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes seen) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, java.io.IOException e) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Test
    void open_noFolder_isRefused() {
        assertThatThrownBy(() -> LiveRuns.open(root.resolve("none"), clock))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("is no folder");
    }

    @Test
    void poll_foldersOfAllKinds_findsTheRunsAlone() throws IOException {
        TestRuns.steps(root.resolve("a"), 1, 2);
        TestRuns.steps(root.resolve("deep/er/b"), 1, 2);
        TestRuns.steps(root.resolve("a/inner"), 1, 2);
        TestRuns.write(root.resolve("planned/plan.json"), "{}");
        TestRuns.steps(root.resolve("1/2/3/4/5/six"), 1, 2);
        TestRuns.steps(root.resolve("1/2/3/4/5/6/seven"), 1, 2);
        TestRuns.steps(root.resolve("a/checkpoints/no"), 1, 2);
        TestRuns.steps(root.resolve(".hidden/no"), 1, 2);
        TestRuns.write(root.resolve("foreign/readme.txt"), "not a run");
        Files.createDirectories(root.resolve("empty"));
        assertThat(ids(open())).containsExactly("1/2/3/4/5/six", "a", "a/inner", "deep/er/b", "planned");
    }

    @Test
    void poll_rootThatIsARun_isADot() {
        TestRuns.steps(root, 1, 2);
        LiveRuns runs = open();
        assertThat(ids(runs)).containsExactly(".");
        assertThat(runs.run(".").orElseThrow().card().path("name").asText())
                .isEqualTo(root.getFileName().toString());
    }

    @Test
    void poll_runsThatComeAndGo_areToldByVersion() throws IOException {
        TestRuns.steps(root.resolve("a"), 1, 2);
        TestRuns.steps(root.resolve("b"), 1, 2);
        LiveRuns runs = open();
        JsonNode all = runs.overview();
        long version = all.path("version").asLong();
        assertThat(version).isPositive().isEqualTo(runs.version());
        assertThat(all.path("full").asBoolean()).isTrue();
        assertThat(ids(all.path("runs"))).containsExactly("a", "b");
        again(runs);
        assertThat(runs.version()).isEqualTo(version);
        assertThat(runs.changes(version).path("runs")).isEmpty();
        TestRuns.steps(root.resolve("c"), 1, 2);
        TestRuns.steps(root.resolve("a"), 3, 3);
        delete(root.resolve("b"));
        again(runs);
        JsonNode changes = runs.changes(version);
        assertThat(changes.path("full").asBoolean()).isFalse();
        assertThat(ids(changes.path("runs"))).containsExactly("a", "c");
        assertThat(ids(changes.path("gone"))).containsExactly("b");
        assertThat(runs.run("b")).isEmpty();
        // what somebody saw before this was started is answered with everything
        assertThat(runs.changes(version + 1000).path("full").asBoolean()).isTrue();
        assertThat(ids(runs.changes(0).path("runs"))).containsExactly("a", "c");
    }

    @Test
    void poll_eventsThatWereDeleted_leaveARunWithoutRecords() throws IOException {
        TestRuns.write(root.resolve("a/plan.json"), "{}");
        TestRuns.steps(root.resolve("a"), 1, 2);
        LiveRuns runs = open();
        LiveRun run = runs.run("a").orElseThrow();
        int generation = run.generation();
        Files.delete(root.resolve("a/events.jsonl"));
        again(runs);
        assertThat(run.records()).isZero();
        assertThat(run.generation()).isGreaterThan(generation);
        assertThat(run.rowsSince(generation, 2, 10).path("reload").asBoolean()).isTrue();
    }

    @Test
    void run_ofAGoneFolder_stillAnswersWhoeverHoldsIt() throws IOException {
        TestRuns.steps(root.resolve("a"), 1, 2);
        TestRuns.result(root.resolve("a"), "finished");
        LiveRuns runs = open();
        LiveRun run = runs.run("a").orElseThrow();
        delete(root.resolve("a"));
        assertThat(run.detail().path("id").asText()).isEqualTo("a");
        assertThat(run.series(SeriesRequest.whole()).path("branches")).hasSize(1);
        assertThat(run.samples(-1, 5).path("rows")).isEmpty();
    }

    @Test
    void poll_links_areNotFollowed(@TempDir Path elsewhere) throws IOException {
        TestRuns.steps(elsewhere.resolve("x"), 1, 2);
        TestRuns.steps(root.resolve("a"), 1, 2);
        Files.createSymbolicLink(root.resolve("out"), elsewhere);
        Files.createSymbolicLink(root.resolve("loop"), root);
        Files.createDirectories(root.resolve("linked"));
        Files.createSymbolicLink(root.resolve("linked/events.jsonl"), elsewhere.resolve("x/events.jsonl"));
        LiveRuns runs = open();
        assertThat(ids(runs)).containsExactly("a", "linked");
        LiveRun linked = runs.run("linked").orElseThrow();
        assertThat(linked.records()).isZero();
        assertThat(linked.status()).isEqualTo(RunStatus.DAMAGED);
    }

    @Test
    void run_pathTricks_areOnlyLookedUp(@TempDir Path elsewhere) {
        TestRuns.steps(elsewhere.resolve("x"), 1, 2);
        TestRuns.steps(root.resolve("a"), 1, 2);
        LiveRuns runs = open();
        String out = root.relativize(elsewhere.resolve("x")).toString();
        for (String id : List.of("", "..", "../a", "a/", "./a", "a/../a", "/", "a\0", out, elsewhere.toString())) {
            assertThat(runs.run(id)).as(id).isEmpty();
            assertThat(runs.sweepFolder(id)).as(id).isEmpty();
        }
        assertThat(runs.run("a")).isPresent();
    }

    @Test
    void poll_hostileNames_areJustNames() {
        int made = 0;
        List<String> names =
                List.of("<script>alert(1)</script>".replace("/", "∕"), "a \"b\" 'c'", "tab\there\n", "火😀", "&amp;");
        for (String name : names) {
            try {
                TestRuns.steps(root.resolve(name), 1, 2);
                made++;
            } catch (InvalidPathException cannotBeNamedHere) {
                // the file system or its encoding has no such names
            }
        }
        LiveRuns runs = open();
        assertThat(made).isPositive();
        assertThat(runs.runs()).hasSize(made);
        for (LiveRun run : runs.runs()) {
            assertThat(names).contains(run.id());
            assertThat(run.card().path("name").asText()).isEqualTo(run.id());
        }
    }

    @Test
    void await_newRecords_wakeUp() throws Exception {
        TestRuns.steps(root.resolve("a"), 1, 2);
        try (LiveRuns runs = open()) {
            long seen = runs.version();
            CompletableFuture<Long> woken = CompletableFuture.supplyAsync(() -> {
                try {
                    return runs.await(seen, Duration.ofMinutes(5));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            TestRuns.steps(root.resolve("a"), 3, 3);
            runs.poll();
            assertThat(woken.get()).isGreaterThan(seen);
            assertThat(runs.await(runs.version(), Duration.ZERO)).isEqualTo(runs.version());
        }
    }

    @Test
    void start_thread_readsByItselfUntilClosed() throws Exception {
        TestRuns.steps(root.resolve("a"), 1, 2);
        LiveRuns runs = LiveRuns.open(root, java.time.InstantSource.system());
        runs.start();
        runs.start();
        long version = 0;
        while (runs.run("a").isEmpty()) {
            version = runs.await(version, Duration.ofMinutes(5));
        }
        assertThat(runs.run("a").orElseThrow().records()).isEqualTo(2);
        runs.close();
        runs.close();
        assertThat(runs.await(runs.version(), Duration.ofMinutes(5))).isEqualTo(runs.version());
    }

    /** The clock is set back by an hour: nothing stops. */
    @Test
    void poll_clockThatIsSetBack_goesOn() {
        TestRuns.steps(root.resolve("a"), 1, 2);
        LiveRuns runs = open();
        clock.tick(Duration.ofHours(-1));
        TestRuns.steps(root.resolve("b"), 1, 2);
        TestRuns.readAll(runs);
        assertThat(ids(runs)).containsExactly("a", "b");
    }

    @Test
    void poll_manyFolders_areListedOnlyWhenTheyChange() throws IOException {
        for (int i = 0; i < 100; i++) {
            TestRuns.steps(root.resolve("runs/" + i), 1, 1);
            TestRuns.age(root.resolve("runs/" + i), clock.instant().minus(Duration.ofHours(1)));
        }
        LiveRuns runs = open();
        assertThat(runs.runs()).hasSize(100);
        TestRuns.steps(root.resolve("runs/new"), 1, 1);
        again(runs);
        assertThat(runs.runs()).hasSize(101);
    }
}
