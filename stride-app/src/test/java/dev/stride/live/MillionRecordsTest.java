package dev.stride.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MillionRecordsTest {
    private static final int COUNT = 1_000_000;
    private static final int SPIKE = 654_321;

    @TempDir
    Path root;

    @Test
    void series_aMillionRecords_fitsAndFindsTheOneSpike() throws IOException {
        Path run = Files.createDirectories(root.resolve("long"));
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(run.resolve("events.jsonl")), 1 << 20)) {
            for (int i = 1; i <= COUNT; i++) {
                String loss = i == SPIKE ? "77" : "2." + i % 1000;
                out.write(("{\"type\":\"step\",\"step\":" + i + ",\"loss\":" + loss
                                + ",\"lr\":{\"decay\":1e-5,\"no_decay\":2e-5},\"grad_norm\":1.5,\"tokens\":10,\"seconds\":0.5}\n")
                        .getBytes(StandardCharsets.US_ASCII));
            }
        }
        try (LiveRuns runs = LiveRuns.open(root, new TestRuns.Clock())) {
            TestRuns.readAll(runs);
            LiveRun read = runs.run("long").orElseThrow();
            assertThat(read.records()).isEqualTo(COUNT);
            // 68 bytes a row with two groups, and a quarter that may be free
            assertThat(read.bytes()).isBetween(68L * COUNT, 85L * COUNT + 10_000);
            JsonNode json = read.series(SeriesRequest.whole());
            JsonNode main = json.path("branches").path(0);
            assertThat(json.path("exact").asBoolean()).isFalse();
            assertThat(main.path("x").size()).isBetween(1200, 5 * 1200);
            int found = 0;
            for (JsonNode loss : main.path("loss")) {
                found += loss.asDouble() == 77 ? 1 : 0;
            }
            assertThat(found).isEqualTo(1);
            assertThat(main.path("x").path(0).asInt()).isEqualTo(1);
            assertThat(main.path("x").path(main.path("x").size() - 1).asInt()).isEqualTo(COUNT);
            JsonNode part = read.series(
                    new SeriesRequest(SeriesRequest.Axis.TOKENS, 10.0 * SPIKE - 5000, 10.0 * SPIKE + 5000, 1200, 0.99));
            assertThat(part.path("exact").asBoolean()).isTrue();
            assertThat(part.path("branches").path(0).path("loss").path(500).asDouble())
                    .isEqualTo(77);
            JsonNode rows = read.rowsSince(read.generation(), COUNT - 2, 10);
            assertThat(rows.path("rows")).hasSize(2);
            assertThat(rows.path("rows").path(1).path("tokens").asLong()).isEqualTo(10L * COUNT);
        }
    }
}
