package dev.stride.distributed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Child;
import dev.stride.Slow;
import dev.stride.TestTools;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks as processes of their own, over the loopback interface. */
class RanksTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void allRanks_getTheSameSums(int world) throws Exception {
        List<Child.Ended> ended = run(world, world, List.of("same", "60"));
        double sum = world * (world + 1) / 2.0;
        List<String> first = List.of();
        for (Child.Ended rank : ended) {
            assertThat(rank.status()).as(rank.err()).isZero();
            List<String> lines = rank.out()
                    .lines()
                    .filter(line -> !line.startsWith("[Gloo]")) // libtorch's own, which cannot be switched off
                    .toList();
            assertThat(lines.get(0)).startsWith("sum [" + sum + ", 0." + (int) sum);
            assertThat(lines.get(1)).isEqualTo("any true false");
            assertThat(lines.get(2)).isEqualTo("gradient " + six(sum - world));
            assertThat(lines.get(3)).isEqualTo("gradient " + six(10.0 * (world - 1) + (world == 3 ? 2 : 0)));
            assertThat(lines.get(4)).isEqualTo("gradient " + six(20.0 * world + sum - world));
            // of rank 0 two passes, of the last none: 2 x 1, and for three ranks 1 x 2
            double passes = world == 3 ? 4 : 2;
            for (int at = 5; at < 11; at += 3) {
                assertThat(lines.get(at)).isEqualTo("summed " + six(10 * passes));
                assertThat(lines.get(at + 1)).isEqualTo("summed " + six(3 * passes));
                assertThat(lines.get(at + 2)).isEqualTo("summed " + six(2 * passes));
            }
            assertThat(lines.get(11)).isEqualTo("broadcast [5.0, 5.0]");
            String half = world - 0.5 + ", " + (world - 0.5);
            assertThat(lines.get(12)).isEqualTo("from the last [" + half + ", " + half + "][5.0, 5.0]true");
            assertThat(lines.get(13)).isEqualTo("sent [" + half + ", " + half + "]");
            assertThat(lines).hasSize(14);
            first = first.isEmpty() ? lines : first;
            assertThat(lines).as("bit for bit").isEqualTo(first);
        }
    }

    @Test
    void otherSettings_endEveryRankWithTheSameMessage() throws Exception {
        int port = TestTools.freePort();
        List<Rank> children = new ArrayList<>();
        for (int rank = 0; rank < 2; rank++) {
            children.add(start(rank, 2, port, List.of(rank == 0 ? "lr 1e-4" : "lr 3e-4", "60")));
        }
        for (Child.Ended rank : ends(children)) {
            assertThat(rank.status()).isOne();
            assertThat(rank.err())
                    .contains("the ranks do not agree")
                    .contains("settings of rank 1 on")
                    .contains("lr 3e-4")
                    .contains("lr 1e-4, as on rank 0");
        }
    }

    @Test
    void aRankThatDoesNotCome_isNamed() throws Exception {
        Child.Ended only = run(3, 1, List.of("same", "3")).get(0);
        assertThat(only.status()).isOne();
        assertThat(only.err()).contains("rank 0 of 3 waited 3 s").contains("did not come: [1, 2]");
    }

    @Test
    void aMasterThatIsNotThere_isSaid() throws Exception {
        Child.Ended only = ends(List.of(start(1, 2, TestTools.freePort(), List.of("same", "3"))))
                .get(0);
        assertThat(only.status()).isOne();
        assertThat(only.err()).contains("rank 1 of 2 cannot reach rank 0 at 127.0.0.1");
    }

    @Test
    void aPortInUse_isSaid() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
            Child.Ended only = ends(List.of(start(0, 2, taken.getLocalPort(), List.of("same", "3"))))
                    .get(0);
            assertThat(only.status()).isOne();
            assertThat(only.err()).contains("rank 0 of 2 cannot listen on").contains("--master-port");
        }
    }

    @Test
    void aDifferentNumberOfRanks_endsBoth() throws Exception {
        int port = TestTools.freePort();
        List<Rank> children =
                List.of(start(0, 2, port, List.of("same", "20")), start(1, 3, port, List.of("same", "20")));
        for (Child.Ended rank : ends(children)) {
            assertThat(rank.status()).isOne();
            assertThat(rank.err()).contains("ranks in all of rank 1").contains("3; allowed: 2");
        }
    }

    @Slow
    @Test
    void aRankThatIsKilled_isNoticedByTheOther() throws Exception {
        Child.Ended other = other("KILL");
        assertThat(other.status()).isOne();
        assertThat(other.out() + other.err())
                .containsAnyOf("was lost while the ranks exchanged", "lost: rank 1 on ")
                .contains("rank 1 on ");
    }

    @Slow
    @Test
    void aRankThatHangs_isNamed() throws Exception {
        Child.Ended other = other("STOP");
        assertThat(other.status()).isOne();
        assertThat(other.out()).contains("lost: rank 1 on ").contains("has shown no sign of life for 5 s");
    }

    @Slow
    @Test
    void rank0ThatHangs_isNamedByTheOther() throws Exception {
        int port = TestTools.freePort();
        List<Rank> ranks = working(port);
        Child.signal("STOP", ranks.get(0).process().pid());
        Child.Ended other = Child.await(ranks.get(1).process(), ranks.get(1).log());
        ranks.get(0).process().destroyForcibly();
        assertThat(other.status()).isOne();
        assertThat(other.out()).contains("lost: rank 0 on ");
    }

    /** What becomes of rank 0 when rank 1 gets a signal in the middle of the work. */
    private Child.Ended other(String signal) throws Exception {
        List<Rank> ranks = working(TestTools.freePort());
        Child.signal(signal, ranks.get(1).process().pid());
        Child.Ended other = Child.await(ranks.get(0).process(), ranks.get(0).log());
        ranks.get(1).process().destroyForcibly();
        return other;
    }

    private List<Rank> working(int port) throws Exception {
        List<String> arguments = List.of("same", "60", "work");
        List<Rank> ranks = List.of(start(0, 2, port, arguments), start(1, 2, port, arguments));
        for (Rank rank : ranks) {
            Path out = rank.log().resolveSibling(rank.log().getFileName() + ".out");
            while (!Files.readString(out).contains("working")) {
                assertThat(rank.process().isAlive()).isTrue();
                Thread.sleep(50);
            }
        }
        return ranks;
    }

    private static String six(double value) {
        return "[" + String.join(", ", Collections.nCopies(6, Double.toString(value))) + "]";
    }

    private List<Child.Ended> run(int world, int started, List<String> arguments) throws Exception {
        int port = TestTools.freePort();
        List<Rank> children = new ArrayList<>();
        for (int rank = 0; rank < started; rank++) {
            children.add(start(rank, world, port, arguments));
        }
        return ends(children);
    }

    private Rank start(int rank, int world, int port, List<String> arguments) {
        Map<String, String> environment =
                new HashMap<>(new RankEnv(rank, world, rank, "127.0.0.1", port, "torchrun").toEnvironment());
        Path log = folder.resolve("rank-" + rank);
        return new Rank(Child.start(log, List.of("-Xmx64m"), environment, RanksProbe.class, arguments), log);
    }

    private List<Child.Ended> ends(List<Rank> children) throws InterruptedException {
        List<Child.Ended> ended = new ArrayList<>();
        for (Rank child : children) {
            ended.add(Child.await(child.process(), child.log()));
        }
        return ended;
    }

    /** A started process and where its output goes. */
    private record Rank(Process process, Path log) {}
}
