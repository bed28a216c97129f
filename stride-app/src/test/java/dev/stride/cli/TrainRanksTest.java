package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.Child;
import dev.stride.Slow;
import dev.stride.SmallCheckpoint;
import dev.stride.SmallFiles;
import dev.stride.TestTools;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRequest;
import dev.stride.experiment.RunRequests;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.VerdictEvent;
import dev.stride.train.RankedRuns;
import dev.stride.train.Runs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code train --nproc 2} as a person starts it, and what becomes of it when something happens to one of its processes. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "signals are sent by kill, and ranks are told apart by /proc")
@Timeout(600) // ranks that wait for each other in vain would never end
@Slow
class TrainRanksTest {
    private static final int UPDATES = 60;
    private static final int SAVE_EVERY = 5;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static SmallFiles files;
    private static Path whole;

    @BeforeAll
    static void write() {
        files = SmallFiles.write(shared, 23, 20, 4, 21);
        whole = shared.resolve("whole");
        assertThat(Runs.train(words(), whole, () -> false).status()).isEqualTo(RunResult.Status.FINISHED);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 2", "0, 2"})
    void aKilledRank_isNamed_andTheRunGoesOnAsIfNothingHadHappened(int killed, int ranksAfterwards) throws Exception {
        Path run = folder.resolve("run");
        Process launcher = start(Runs.with(words(), "--nproc", "2", "--out", run.toString()));
        Child.awaitLines(launcher, log(), run.resolve("events.jsonl"), 25);
        long pid = signal("KILL", launcher, killed);
        Child.Ended ended = Child.await(launcher, log());
        assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.FAILED);
        assertThat(ended.err())
                .contains("stride: rank " + killed + " (process " + pid
                        + ") was ended by signal 9; the others are stopped")
                .contains(killed == 1 ? "rank 1 on " : "rank 0 on ")
                .contains("The last checkpoint is whole: --resume goes on from it")
                .doesNotContain("saving");
        assertThat(Runs.steps(run).size()).isBetween(SAVE_EVERY, UPDATES - 1);
        Child.Ended resumed = run("--resume", run.toString(), "--nproc", Integer.toString(ranksAfterwards));
        assertThat(resumed.status()).as(resumed.err()).isZero();
        RankedRuns.assertSame(run, whole, UPDATES);
    }

    @Test
    void restarts_goOnByThemselves() throws Exception {
        Path run = folder.resolve("run");
        Process launcher = start(Runs.with(words(), "--nproc", "2", "--max-restarts", "2", "--out", run.toString()));
        Child.awaitLines(launcher, log(), run.resolve("events.jsonl"), 20);
        signal("KILL", launcher, 1);
        Child.awaitLines(launcher, log(), run.resolve("events.jsonl"), 50);
        signal("KILL", launcher, 0);
        Child.Ended ended = Child.await(launcher, log());
        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.err()).contains("restart 1 of 2").contains("restart 2 of 2");
        RankedRuns.assertSame(run, whole, UPDATES);
    }

    @Test
    void aRankThatHangs_isNamedWithinTheTimeout_andIsEndedToo() throws Exception {
        Path run = folder.resolve("run");
        Process launcher = start(Runs.with(words(), "--nproc", "2", "--rank-timeout", "5", "--out", run.toString()));
        Child.awaitLines(launcher, log(), run.resolve("events.jsonl"), 20);
        ProcessHandle hung = Child.rank(launcher, 1);
        signal("STOP", launcher, 1);
        Child.Ended ended = Child.await(launcher, log());
        assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.FAILED);
        assertThat(ended.err())
                .contains("stride: rank 1 on ")
                .contains(" has shown no sign of life for 5 s, so rank 0 of 2 ends too");
        assertThat(hung.isAlive()).isFalse();
        Child.Ended resumed = run("--resume", run.toString());
        assertThat(resumed.status()).as(resumed.err()).isZero();
        RankedRuns.assertSame(run, whole, UPDATES);
    }

    /** A terminal sends Ctrl-C to all processes at once, a service manager SIGTERM to the first alone. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruption_savesAndExits130(boolean wholeGroup) throws Exception {
        Path run = folder.resolve("run");
        Process launcher = start(Runs.with(words(), "--nproc", "2", "--out", run.toString()));
        Child.awaitLines(launcher, log(), run.resolve("events.jsonl"), 20);
        if (wholeGroup) {
            signal("INT", launcher, 0);
            signal("INT", launcher, 1);
        }
        Child.signal(wholeGroup ? "INT" : "TERM", launcher.pid());
        Child.Ended ended = Child.await(launcher, log());
        assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.INTERRUPTED);
        assertThat(ended.err()).containsOnlyOnce("finishing what is under way and saving");
        assertThat(ended.out()).contains("interrupted: interrupted after step ");
        RunResult result = RunResult.fromJson(Runs.json(run.resolve("result.json")));
        assertThat(result.status()).isEqualTo(RunResult.Status.INTERRUPTED);
        assertThat(Runs.saves(run)).last().isEqualTo(result.steps());
        Child.Ended resumed = run("--resume", run.toString(), "--nproc", "2");
        assertThat(resumed.status()).as(resumed.err()).isZero();
        RankedRuns.assertSame(run, whole, UPDATES);
    }

    @Test
    void ranksEndWithTheirLauncher() throws Exception {
        Path run = folder.resolve("run");
        Process launcher = start(
                Runs.with(RankedRuns.replaced(words(), "--steps", "100000"), "--nproc", "2", "--out", run.toString()));
        Child.awaitLines(launcher, log(), run.resolve("events.jsonl"), 10);
        List<ProcessHandle> ranks = List.of(Child.rank(launcher, 0), Child.rank(launcher, 1));
        launcher.toHandle().destroyForcibly();
        for (ProcessHandle rank : ranks) {
            rank.onExit().get(60, TimeUnit.SECONDS);
            assertThat(rank.isAlive()).isFalse();
        }
    }

    @Test
    void aGuardsStop_exits3_andNobodyIsCalledLost() throws Exception {
        Path run = folder.resolve("run");
        // nothing gets better at such a rate
        List<String> still = RankedRuns.replaced(words(), "--lr", "1e-12");
        Child.Ended ended = run(Runs.with(
                        still,
                        "--patience",
                        "1",
                        "--recoveries",
                        "0",
                        "--nproc",
                        "2",
                        "--max-restarts",
                        "1",
                        "--out",
                        run.toString())
                .toArray(String[]::new));
        assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.STOPPED);
        assertThat(ended.err()).doesNotContain("restart").doesNotContain("lost").doesNotContain("the others");
    }

    @Test
    void json_isOneDocumentOnTheOutput() throws Exception {
        Child.Ended ended = run(Runs.with(
                        RankedRuns.replaced(words(), "--steps", "6"),
                        "--nproc",
                        "2",
                        "--json",
                        "--out",
                        folder.resolve("run").toString())
                .toArray(String[]::new));
        assertThat(ended.status()).as(ended.err()).isZero();
        JsonNode document = new ObjectMapper()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .readTree(ended.out());
        assertThat(document.get("status").asText()).isEqualTo("finished");
        assertThat(document.get("steps").asInt()).isEqualTo(6);
    }

    /** What a person asks reaches all ranks in the same update: they go on together, and the weights stay the same. */
    @Test
    void requests_reachAllRanksAlike() throws Exception {
        Path run = folder.resolve("run");
        List<String> words = RankedRuns.replaced(words(), "--steps", "100000");
        Process launcher = start(Runs.with(words, "--nproc", "2", "--rank-timeout", "20", "--out", run.toString()));
        Child.awaitLines(launcher, log(), run.resolve("events.jsonl"), 10);
        ask(run, RunRequest.Action.NOTE, "seen by both");
        await(
                launcher,
                run,
                event -> event instanceof NoteEvent note && note.text().contains("seen by both"));
        ask(run, RunRequest.Action.HALVE, "");
        await(
                launcher,
                run,
                event -> event instanceof VerdictEvent told && told.action().equals("reduce-lr"));
        long evaluations = evaluations(run);
        ask(run, RunRequest.Action.EVALUATE, "");
        while (evaluations(run) <= evaluations) {
            assertThat(launcher.isAlive()).isTrue();
            Thread.sleep(5);
        }
        int soFar = Files.readAllLines(run.resolve("events.jsonl")).size();
        Child.awaitLines(launcher, log(), run.resolve("events.jsonl"), soFar + 20);
        ask(run, RunRequest.Action.STOP, "");
        Child.Ended ended = Child.await(launcher, log());
        assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.INTERRUPTED);
        VerdictEvent halved = (VerdictEvent) Runs.events(run).stream()
                .filter(event ->
                        event instanceof VerdictEvent told && told.action().equals("reduce-lr"))
                .findFirst()
                .orElseThrow();
        // the solo run whose rate is halved from the same update on has the same losses: both ranks must have halved
        RankedRuns.assertHalvedAlike(words, run, halved.step(), folder.resolve("solo"));
    }

    /** Ranks that somebody starts by hand with the variables of torchrun, each with words of its own. */
    private List<Child.Ended> byHand(List<String> first, List<String> second) throws Exception {
        int port = TestTools.freePort();
        List<Process> ranks = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            Map<String, String> environment = Map.of(
                    "RANK",
                    Integer.toString(rank),
                    "WORLD_SIZE",
                    "2",
                    "MASTER_ADDR",
                    "127.0.0.1",
                    "MASTER_PORT",
                    Integer.toString(port));
            ranks.add(Child.start(
                    folder.resolve("rank-" + rank),
                    List.of("-Xmx256m"),
                    environment,
                    Main.class,
                    Runs.with(List.of("train"), (rank == 0 ? first : second).toArray(String[]::new))));
        }
        List<Child.Ended> ended = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            ended.add(Child.await(ranks.get(rank), folder.resolve("rank-" + rank)));
        }
        return ended;
    }

    @Test
    void otherSettingsOnAnotherRank_endBothBeforeTraining() throws Exception {
        String run = folder.resolve("run").toString();
        for (Child.Ended rank : byHand(
                Runs.with(words(), "--out", run),
                Runs.with(RankedRuns.replaced(words(), "--lr", "2e-3"), "--out", run))) {
            assertThat(rank.status()).as(rank.err()).isEqualTo(ExitStatus.WRONG_REQUEST);
            assertThat(rank.err())
                    .contains("the ranks do not agree on what to train")
                    .contains("of rank 1 on ")
                    .contains("2e-3; allowed: 1e-3, as on rank 0");
        }
        assertThat(Path.of(run)).doesNotExist();
    }

    /** A folder of the same name may hold other things on another machine; here the name leads to each rank's own folder. */
    @ParameterizedTest
    @ValueSource(strings = {"weights", "rows"})
    void otherContentUnderTheSameName_endsBothBeforeTraining(String what) throws Exception {
        Path one = Files.createDirectory(folder.resolve("one"));
        Path two = Files.createDirectory(folder.resolve("two"));
        for (Path place : List.of(one, two)) {
            boolean differs = place == two;
            copy(files.model(), place.resolve("model"));
            Files.copy(
                    differs && what.equals("rows") ? SmallCheckpoint.rows(folder.resolve("r"), 23, 99) : files.rows(),
                    place.resolve("rows.jsonl"));
            if (differs && what.equals("weights")) {
                turnABit(place.resolve("model"));
            }
        }
        List<Process> ranks = new ArrayList<>();
        int port = TestTools.freePort();
        for (int rank = 0; rank < 2; rank++) {
            ranks.add(startIn(rank == 0 ? one : two, rank, port));
        }
        for (int rank = 0; rank < 2; rank++) {
            Child.Ended ended = Child.await(ranks.get(rank), folder.resolve("rank-" + rank));
            assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.WRONG_REQUEST);
            assertThat(ended.err())
                    .contains((what.equals("rows") ? "the training rows" : "the weights")
                            + " of ranks [1] are not those of rank 0");
        }
        assertThat(folder.resolve("run")).doesNotExist();
    }

    private Process startIn(Path place, int rank, int port) {
        List<String> words = RankedRuns.replaced(
                RankedRuns.replaced(words(), "--model", "/proc/self/cwd/model"), "--data", "/proc/self/cwd/rows.jsonl");
        Map<String, String> environment = Map.of(
                "RANK",
                Integer.toString(rank),
                "WORLD_SIZE",
                "2",
                "MASTER_ADDR",
                "127.0.0.1",
                "MASTER_PORT",
                Integer.toString(port));
        return Child.startIn(
                place,
                folder.resolve("rank-" + rank),
                environment,
                Main.class,
                Runs.with(
                        List.of("train"),
                        Runs.with(words, "--out", folder.resolve("run").toString())
                                .toArray(String[]::new)));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> found = Files.list(from)) {
            for (Path file : found.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    /** In the last number of a file of weights. */
    private static void turnABit(Path folder) throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            Path file = found.filter(name -> name.toString().endsWith(".safetensors"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length - 2] ^= 0x40; // of the last number's mantissa
            Files.write(file, bytes);
        }
    }

    @Test
    void aPortInUse_andAMasterThatIsNotThere_areSaid() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
            Child.Ended ended = run(Runs.with(
                            words(),
                            "--nproc",
                            "2",
                            "--master-port",
                            Integer.toString(taken.getLocalPort()),
                            "--rank-timeout",
                            "5")
                    .toArray(String[]::new));
            assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.WRONG_REQUEST);
            assertThat(ended.err()).contains("rank 0 of 2 cannot listen on").contains("--master-port");
        }
        Process alone = Child.start(
                log(),
                List.of("-Xmx256m"),
                Map.of(
                        "RANK",
                        "1",
                        "WORLD_SIZE",
                        "2",
                        "MASTER_ADDR",
                        "127.0.0.1",
                        "MASTER_PORT",
                        "" + TestTools.freePort()),
                Main.class,
                Runs.with(
                        List.of("train"),
                        Runs.with(words(), "--rank-timeout", "5").toArray(String[]::new)));
        Child.Ended ended = Child.await(alone, log());
        assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(ended.err())
                .contains("rank 1 of 2 cannot reach rank 0 at 127.0.0.1")
                .contains("within 5 s");
    }

    private static void ask(Path run, RunRequest.Action action, String text) {
        RunRequests.ask(run, new RunRequest(action, text, "test", Instant.now()));
    }

    private static long evaluations(Path run) {
        return EventReader.read(run).events().stream()
                .filter(EvalEvent.class::isInstance)
                .count();
    }

    private static void await(Process child, Path run, Predicate<RunEvent> wanted) throws Exception {
        while (EventReader.read(run).events().stream().noneMatch(wanted)) {
            assertThat(child.isAlive()).isTrue();
            Thread.sleep(5);
        }
    }

    private Child.Ended run(String... words) throws InterruptedException {
        return Child.await(start(List.of(words)), log());
    }

    private Process start(List<String> words) {
        return Child.start(
                log(), List.of("-Xmx256m"), Main.class, Runs.with(List.of("train"), words.toArray(new String[0])));
    }

    private Path log() {
        return folder.resolve("child");
    }

    private static long signal(String name, Process launcher, int number) throws Exception {
        long pid = Child.rank(launcher, number).pid();
        Child.signal(name, pid);
        return pid;
    }

    private static List<String> words() {
        return new ArrayList<>(List.of(
                "--model",
                files.model().toString(),
                "--data",
                files.rows().toString(),
                "--val",
                files.validation().toString(),
                "--method",
                "lora",
                "--lora-dropout", // each rank draws masks of its own
                "0",
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
                Integer.toString(SAVE_EVERY),
                "--keep-last",
                "2",
                "--eval-every",
                "8",
                "--val-generate",
                "0",
                "--threads",
                "1"));
    }
}
