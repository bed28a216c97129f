package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The messages were read with TensorBoard 2.21.0's own plugin (its table had these settings, states and scores); the bytes
 * below are the wire format of its plugin_data.proto and api.proto, written out field by field.
 */
class HParamsTableTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1_750_000_000));

    @TempDir
    Path temp;

    private static TrialSummary trial(String name, TrialSummary.State state) {
        return new TrialSummary(
                name,
                "g",
                state,
                Map.of("lr", 0.5),
                Map.of("m", "lora"),
                Map.of("eval/loss", 2.0),
                1000,
                2000,
                List.of(new EvalEvent(3, 2, 1, Map.of("bleu-4", 0.25), 1)));
    }

    /** The {@code Event} messages of the only event file of a folder, as hexadecimal text. */
    private static List<String> events(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files = list.filter(Files::isRegularFile).toList();
        }
        assertThat(files).hasSize(1);
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(files.get(0))).order(ByteOrder.LITTLE_ENDIAN);
        List<String> events = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] data = new byte[(int) in.getLong()];
            in.getInt();
            in.get(data);
            in.getInt();
            events.add(HexFormat.of().formatHex(data));
        }
        return events;
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void experiment_namesItsColumns() throws IOException {
        HParamsTable.write(temp, "s", List.of(trial("a", TrialSummary.State.SUCCEEDED)), CLOCK);
        List<String> events = events(temp);
        assertThat(events).hasSize(2);
        // time_created_secs = 1; hparam_infos {lr, FLOAT64}, {m, STRING}; metric_infos {name {tag}, display}; name "s"
        String experiment = "19" + "000000000000f03f"
                + "2206" + "0a026c72" + "2003"
                + "2205" + "0a016d" + "2001"
                + "2a18" + "0a0b" + "1209" + hex("eval/loss") + "1a09" + hex("eval/loss")
                + "320173";
        assertThat(events.get(1)).contains(hex("_hparams_/experiment"), hex("hparams"), experiment);
    }

    @Test
    void trial_hasStart_scoresByStep_andEnd() throws IOException {
        HParamsTable.write(temp, "s", List.of(trial("a", TrialSummary.State.FAILED)), CLOCK);
        List<String> events = events(temp.resolve("a"));
        assertThat(events).hasSize(4);
        // hparams {"lr": number 0.5}, {"m": string "lora"}; group_name "g"; start_time_secs = 1
        String start = "0a0f" + "0a026c72" + "1209" + "11000000000000e03f"
                + "0a0b" + "0a016d" + "1206" + "1a04" + hex("lora")
                + "220167"
                + "29" + "000000000000f03f";
        assertThat(events.get(1)).contains(hex("_hparams_/session_start_info"), start);
        assertThat(events.get(2)).contains(hex("eval/loss"), hex("eval/bleu-4"));
        // status FAILURE; end_time_secs = 2
        assertThat(events.get(3)).contains(hex("_hparams_/session_end_info"), "0802" + "11" + "0000000000000040");
    }

    @Test
    void trial_thatRuns_hasNoEnd() throws IOException {
        HParamsTable.write(temp, "s", List.of(trial("a", TrialSummary.State.RUNNING)), CLOCK);
        assertThat(events(temp.resolve("a"))).hasSize(3);
    }

    @Test
    void writtenAgain_replacesItsFiles() throws IOException {
        List<TrialSummary> trials =
                List.of(trial("a", TrialSummary.State.ENDED), trial("b", TrialSummary.State.SUCCEEDED));
        HParamsTable.write(temp, "s", trials, CLOCK);
        List<String> first = events(temp.resolve("b"));
        HParamsTable.write(temp, "s", trials, CLOCK);
        assertThat(events(temp.resolve("b"))).isEqualTo(first).hasSize(4);
        assertThat(events(temp)).hasSize(2);
    }
}
