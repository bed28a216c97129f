package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiveStateTest {
    private static final LiveState WHOLE = new LiveState(
            "gpu-3",
            4711,
            Instant.parse("2026-11-24T18:00:00Z"),
            Instant.parse("2026-11-24T18:01:02Z"),
            false,
            "main",
            120,
            378,
            new LiveState.Phase("validation loss", 3, 40),
            812.3,
            93.25,
            5_000_000_000L,
            6_000_000_000L,
            new LiveState.Device("card", 7, 9));
    private static final LiveState LEAST = new LiveState(
            "", 1, Instant.EPOCH, Instant.EPOCH, true, "recovery-1", 0, 0, null, Double.NaN, Double.NaN, 0, 0, null);

    @TempDir
    Path run;

    @Test
    void json_hasTheKeysOfTheContract() {
        assertThat(WHOLE.toJson())
                .hasToString("{\"host\":\"gpu-3\",\"pid\":4711,\"started\":\"2026-11-24T18:00:00Z\","
                        + "\"at\":\"2026-11-24T18:01:02Z\",\"ended\":false,\"branch\":\"main\",\"step\":120,"
                        + "\"planned_steps\":378,\"phase\":{\"what\":\"validation loss\",\"done\":3,\"total\":40},"
                        + "\"tokens_per_second\":812.3,\"seconds_left\":93.25,\"resident\":5000000000,"
                        + "\"peak\":6000000000,\"device\":{\"name\":\"card\",\"allocated\":7,\"peak\":9}}");
        assertThat(LEAST.toJson())
                .hasToString("{\"host\":\"\",\"pid\":1,\"started\":\"1970-01-01T00:00:00Z\","
                        + "\"at\":\"1970-01-01T00:00:00Z\",\"ended\":true,\"branch\":\"recovery-1\",\"step\":0}");
    }

    @Test
    void write_isReadBack_andLeavesNothingElse() throws IOException {
        for (LiveState state : new LiveState[] {WHOLE, LEAST, WHOLE}) {
            state.write(run);
            assertThat(LiveState.read(run)).isEqualTo(state);
        }
        try (Stream<Path> files = Files.list(run)) {
            assertThat(files).containsExactly(run.resolve("live.json"));
        }
    }

    @Test
    void write_whereItCannot_namesTheFile() {
        assertThatThrownBy(() -> WHOLE.write(run.resolve("absent")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("live.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{\"host\":\"a", "[]", "{}", "{\"started\":\"a\",\"at\":\"b\",\"step\":1}"})
    void read_whatCannotBeUnderstood_isNothing(String text) throws IOException {
        assertThat(LiveState.read(run)).isNull();
        Files.writeString(run.resolve("live.json"), text);
        assertThat(LiveState.read(run)).isNull();
    }

    @Test
    void read_withKeysOfALaterVersion_leavesThemAlone() throws IOException {
        Files.writeString(
                run.resolve("live.json"), WHOLE.toJson().put("mood", "good").toString());
        assertThat(LiveState.read(run)).isEqualTo(WHOLE);
        assertThat(new ObjectMapper().readTree(run.resolve("live.json").toFile()))
                .isNotEqualTo(WHOLE.toJson());
    }

    /** A run whose start fails after its first sign of life leaves live.json; another start in that folder must work. */
    @Test
    void create_whereOnlyAStateWasLeft_works_butNotAmongSomebodyElsesFiles() throws IOException {
        WHOLE.write(run);
        RunStore.create(run).close();
        assertThat(run.resolve("checkpoints")).isDirectory();
        Path other = Files.createDirectory(run.resolve("other"));
        Files.writeString(other.resolve("live.json"), "{\"mine\":true}");
        assertThatThrownBy(() -> RunStore.create(other)).hasMessageContaining("live.json");
    }
}
