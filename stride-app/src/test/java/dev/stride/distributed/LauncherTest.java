package dev.stride.distributed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LauncherTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    Path folder;

    @Test
    void allRanks_getTheirNumbers_andOnlyRank0WritesToTheOutput() {
        assertThat(launch(3, 0, "well", () -> false)).isZero();
        assertThat(out(out)).isEqualTo("rank 0 of 3 of attempt 0 at 127.0.0.1\n");
        assertThat(out(err))
                .contains("word of rank 0\n")
                .contains("[rank 1] rank 1 of 3 of attempt 0")
                .contains("[rank 2] word of rank 2\n")
                .doesNotContain("Gloo");
    }

    @Test
    void aRankThatFails_isNamedAndTakesTheOthersWithIt() {
        assertThat(launch(2, 0, "fail", () -> false)).isOne();
        assertThat(out(err))
                .contains("stride: rank 1 (process ")
                .contains("ended with status 1; the others are stopped");
    }

    @Test
    void aRankThatIsKilled_isToldByItsSignal() {
        assertThat(launch(2, 0, "killed", () -> false)).isEqualTo(137);
        assertThat(out(err)).contains("was ended by signal 9");
    }

    @Test
    void aRestart_goesOnWithTheNextAttempt() {
        assertThat(launch(2, 2, "once", () -> false)).isZero();
        assertThat(out(out)).contains("attempt 1").doesNotContain("attempt 2");
        assertThat(out(err)).contains("all ranks start again, restart 1 of 2");
    }

    @Test
    void restarts_areBounded() {
        assertThat(launch(2, 1, "fail", () -> false)).isOne();
        assertThat(out(err)).contains("restart 1 of 1").doesNotContain("restart 2");
    }

    @Test
    void aWrongRequest_isNotTriedAgain() {
        assertThat(launch(2, 3, "wrong", () -> false)).isEqualTo(2);
        assertThat(out(err)).doesNotContain("start again");
    }

    @Test
    void anInterruption_endsAllAndStartsNothingAgain() {
        Path mark = folder.resolve("started");
        BooleanSupplier bothStarted = () -> Files.exists(Path.of(mark + "-0")) && Files.exists(Path.of(mark + "-1"));
        assertThat(launch(2, 3, "wait", bothStarted)).isNotZero();
        assertThat(out(err)).doesNotContain("start again");
    }

    private int launch(int ranks, int restarts, String what, BooleanSupplier interrupted) {
        Launcher.Settings settings =
                new Launcher.Settings(ranks, restarts, Duration.ofSeconds(20), 0, Map.of("LC_ALL", "C"), "");
        return new Launcher(settings, stream(out), stream(err), interrupted).run(attempt -> {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-Xmx32m", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
            command.addAll(List.of(LauncherProbe.class.getName(), what, Integer.toString(attempt)));
            command.add(folder.resolve("started").toString());
            return command;
        });
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private static String out(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
    }
}
