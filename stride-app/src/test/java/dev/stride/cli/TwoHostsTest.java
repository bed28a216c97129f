package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stride.Child;
import dev.stride.Slow;
import dev.stride.SmallCheckpoint;
import dev.stride.experiment.RunResult;
import dev.stride.train.RankedRuns;
import dev.stride.train.Runs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two network namespaces with a cable between them, as two hosts: only their addresses connect them, and the cable can be
 * cut. Needs Linux, ip of iproute2, and root; skipped where one of them is missing.
 */
@Timeout(600)
@Slow
class TwoHostsTest {
    private static final int UPDATES = 30;
    private static final String[] ADDRESS = {"10.203.77.1", "10.203.77.2"};

    private final String name = "stride" + ProcessHandle.current().pid();

    @TempDir
    Path folder;

    @BeforeEach
    void layCable() throws Exception {
        String why = attempt("ip", "netns", "add", host(0));
        assumeTrue(why.isEmpty(), "no network namespaces here: " + why);
        must("ip", "netns", "add", host(1));
        String[] ends = {end(0), end(1)};
        must("ip", "link", "add", ends[0], "netns", host(0), "type", "veth", "peer", "name", ends[1], "netns", host(1));
        for (int i = 0; i < 2; i++) {
            must("ip", "-n", host(i), "address", "add", ADDRESS[i] + "/24", "dev", ends[i]);
            must("ip", "-n", host(i), "link", "set", ends[i], "up");
            must("ip", "-n", host(i), "link", "set", "lo", "up");
        }
    }

    @AfterEach
    void takeAway() throws Exception {
        attempt("ip", "netns", "delete", host(0));
        attempt("ip", "netns", "delete", host(1));
    }

    @Test
    void twoHosts_learnWhatOneProcessLearns() throws Exception {
        List<String> words = words();
        Path run = folder.resolve("run");
        for (Child.Ended rank : ends(start(Runs.with(words, "--out", run.toString()), ADDRESS[0]))) {
            assertThat(rank.status()).as(rank.err()).isZero();
        }
        Path whole = folder.resolve("whole");
        assertThat(Runs.train(words, whole, () -> false).status()).isEqualTo(RunResult.Status.FINISHED);
        RankedRuns.assertSame(run, whole, UPDATES);
    }

    /** Debian writes a machine's own name to its loopback in /etc/hosts, so that rank 0 must ask the others where it is. */
    @Test
    void aNameThatIsTheLoopbackAtHome_isReachedAllTheSame() throws Exception {
        Files.createDirectories(Path.of("/etc/netns"));
        List<Path> written = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                Path hosts = Path.of("/etc/netns", host(i), "hosts");
                Files.createDirectories(hosts.getParent());
                written.add(hosts);
                Files.writeString(hosts, "127.0.0.1 localhost\n" + (i == 0 ? "127.0.1.1" : ADDRESS[0]) + " first\n");
            }
            Path run = folder.resolve("run");
            for (Child.Ended rank : ends(start(Runs.with(words(), "--out", run.toString()), "first"))) {
                assertThat(rank.status()).as(rank.err()).isZero();
            }
            assertThat(Runs.steps(run)).hasSize(UPDATES);
        } finally {
            for (Path hosts : written) {
                Files.deleteIfExists(hosts);
                Files.deleteIfExists(hosts.getParent());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aCutCable_endsBothSides_whichNameEachOther(int side) throws Exception {
        Path run = folder.resolve("run");
        List<String> words = RankedRuns.replaced(words(), "--steps", "300");
        List<Process> ranks = start(Runs.with(words, "--rank-timeout", "6", "--out", run.toString()), ADDRESS[0]);
        Path events = run.resolve("events.jsonl");
        while (!Files.exists(events) || Files.readAllLines(events).size() < 20) {
            assertThat(ranks).allMatch(Process::isAlive);
            Thread.sleep(5);
        }
        must("ip", "-n", host(side), "link", "set", end(side), "down");
        List<Child.Ended> ended = ends(ranks);
        for (int rank = 0; rank < 2; rank++) {
            int other = 1 - rank;
            assertThat(ended.get(rank).status()).isEqualTo(ExitStatus.FAILED);
            assertThat(ended.get(rank).err())
                    .contains("stride: rank " + other + " on ")
                    .contains("(" + ADDRESS[other] + ") ")
                    .contains("The last checkpoint is whole: --resume goes on from it");
        }
        // a machine that is left goes on alone
        Child.Ended resumed = Child.await(
                Child.start(
                        folder.resolve("resumed"),
                        List.of("-Xmx256m"),
                        Main.class,
                        List.of("train", "--resume", run.toString(), "--nproc", "1")),
                folder.resolve("resumed"));
        assertThat(resumed.status()).as(resumed.err()).isZero();
        assertThat(Runs.steps(run)).hasSize(300);
    }

    private List<Process> start(List<String> words, String master) {
        List<Process> ranks = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            Map<String, String> environment = Map.of(
                    "RANK", Integer.toString(rank),
                    "WORLD_SIZE", "2",
                    "LOCAL_RANK", "0",
                    "MASTER_ADDR", master,
                    "MASTER_PORT", "29500");
            ranks.add(Child.startBy(
                    List.of("ip", "netns", "exec", host(rank)),
                    log(rank),
                    environment,
                    Main.class,
                    Runs.with(List.of("train"), words.toArray(String[]::new))));
        }
        return ranks;
    }

    private List<Child.Ended> ends(List<Process> ranks) throws InterruptedException {
        List<Child.Ended> ended = new ArrayList<>();
        for (int rank = 0; rank < ranks.size(); rank++) {
            ended.add(Child.await(ranks.get(rank), log(rank)));
        }
        return ended;
    }

    private Path log(int rank) {
        return folder.resolve("rank-" + rank);
    }

    private String host(int i) {
        return name + "-" + i;
    }

    /** An interface's name has 15 letters at most. */
    private String end(int i) {
        return "ve" + ProcessHandle.current().pid() + "-" + i;
    }

    private static void must(String... command) throws Exception {
        assertThat(attempt(command)).as(String.join(" ", command)).isEmpty();
    }

    /** Nothing where it went well; else why not. */
    private static String attempt(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? "" : said + " (status " + process.exitValue() + ")";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private List<String> words() {
        Path model = folder.resolve("model-2-512-F32");
        if (!Files.exists(model)) {
            SmallCheckpoint.PLAIN.writeBelow(folder);
        }
        Path rows = SmallCheckpoint.rows(folder.resolve("rows.jsonl"), 23, 20);
        Path validation = SmallCheckpoint.rows(folder.resolve("validation.jsonl"), 4, 21);
        return List.of(
                "--model",
                model.toString(),
                "--data",
                rows.toString(),
                "--val",
                validation.toString(),
                "--method",
                "full",
                "--lr",
                "1e-3",
                "--warmup",
                "4",
                "--steps",
                Integer.toString(UPDATES),
                "--batch",
                "4",
                "--micro-batch",
                "2",
                "--save-every",
                "5",
                "--eval-every",
                "8",
                "--val-generate",
                "0",
                "--threads",
                "1");
    }
}
