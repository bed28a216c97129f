package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.stride.Child;
import dev.stride.search.SweepResult;
import dev.stride.search.Vote;
import dev.stride.search.Votes;
import dev.stride.serve.SweepFolder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RateVerbTest {
    @TempDir
    Path temp;

    private Path voted() throws IOException {
        Path sweep = SweepFolder.of(temp.resolve("sweep"), 3, 1e-3, 3e-3);
        StringBuilder lines = new StringBuilder();
        String[] raters = {"Ann, \"the first\"", "王", "Ann, \"the first\""};
        Vote.Choice[] choices = {Vote.Choice.LEFT, Vote.Choice.RIGHT, Vote.Choice.SKIP};
        for (int i = 0; i < 3; i++) {
            lines.append(new Vote(
                                    Instant.parse("2026-01-31T12:00:0" + i + "Z"),
                                    raters[i],
                                    "0123abcd",
                                    "p" + i,
                                    "lr-1e-3",
                                    "lr-3e-3",
                                    20,
                                    20,
                                    choices[i],
                                    4.5)
                            .toJson())
                    .append('\n');
        }
        Files.writeString(sweep.resolve(Votes.FILE), lines);
        return sweep;
    }

    @Test
    void json_printsTheScores() throws IOException {
        VerbRun run = VerbRun.of("rate", voted(), "--json");
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode json = run.json();
        assertThat(json.has("answer")).as("votes have no weight here").isFalse();
        assertThat(json.path("votes").asInt()).isEqualTo(2);
        assertThat(json.path("skipped").asInt()).isEqualTo(1);
        assertThat(json.path("pairs").asInt()).isEqualTo(3);
        assertThat(json.path("scores")).hasSize(2);
        // one win each
        assertThat(json.path("scores").path(0).path("share").asDouble()).isEqualTo(0.5);
    }

    @Test
    void json_whereVotesHaveAWeight_bringsTheNewAnswer_alsoIntoTheSweepsFile() {
        Path sweep = SweepFolder.weighted(temp.resolve("weighted"), 0.7);
        assertThat(VerbRun.of("rate", sweep, "--json").json().path("answer").asText())
                .startsWith("Use 1e-3 ")
                .contains("people x 0.7 is not counted yet");
        SweepFolder.votes(sweep, "Ann", "lr-3e-3", "lr-1e-3", "lr-3e-4");
        VerbRun run = VerbRun.of("rate", sweep, "--json");
        assertThat(run.json().path("answer").asText())
                .startsWith("Use 3e-3 ")
                .endsWith("people x 0.7 (40 votes of 1 person).");
        assertThat(Objects.requireNonNull(SweepResult.read(sweep).answer()).lr())
                .isEqualTo(3e-3);
        assertThat(VerbRun.of("report", sweep).out()).startsWith("Use 3e-3 ").doesNotContain("stride rate collects");
    }

    @Test
    void export_writesCsvThatReadsBack() throws IOException {
        Path file = temp.resolve("votes.csv");
        VerbRun run = VerbRun.of("rate", voted(), "--export", file);
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err()).contains("3 votes");
        String text = Files.readString(file);
        assertThat(text)
                .startsWith("time,rater,session,prompt,left,right,left_value,right_value,left_step,right_step,choice,"
                        + "seconds\r\n")
                .endsWith("\r\n")
                .contains("\"Ann, \"\"the first\"\"\"");
        try (CsvReader<NamedCsvRecord> reader = CsvReader.builder().ofNamedCsvRecord(text)) {
            List<NamedCsvRecord> rows = reader.stream().toList();
            assertThat(rows).hasSize(3);
            assertThat(rows.get(0).getField("rater")).isEqualTo("Ann, \"the first\"");
            assertThat(rows.get(1).getField("rater")).isEqualTo("王");
            assertThat(rows.get(1).getField("right_value")).isEqualTo("3e-3");
            assertThat(rows.get(2).getField("choice")).isEqualTo("skip");
            assertThat(rows.get(2).getField("seconds")).isEqualTo("4.5");
        }
    }

    @Test
    void folderWithoutASweep_isRefused() {
        VerbRun run = VerbRun.of("rate", temp);
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("holds no sweep", "stride sweep");
    }

    @Test
    void wrongOptions_areNamedTogether() {
        VerbRun run =
                VerbRun.of("rate", temp, "--port", "70000", "--pairs", "0", "--export", temp.resolve("no/where.csv"));
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--port: 70000", "--pairs: 0", "--export", "a folder that exists");
    }

    @Test
    void help_hasAnExample() {
        String usage = Objects.requireNonNull(
                        Main.commandLine(Console.ofProcess()).getSubcommands().get("rate"))
                .getUsageMessage();
        assertThat(usage).contains("Example: stride rate", "--host", "127.0.0.1", "--export");
    }

    @Test
    void sigterm_endsItInOrder_andTheVotesAreThere() throws Exception {
        Path sweep = SweepFolder.weighted(temp.resolve("sweep"), 0.7);
        SweepFolder.votes(sweep, "Ann", "lr-3e-3", "lr-1e-3", "lr-3e-4");
        Path log = temp.resolve("rate");
        Process process = Child.start(log, List.of(), Main.class, List.of("rate", sweep.toString()));
        Path out = log.resolveSibling("rate.out");
        String address = "";
        while (process.isAlive() && !address.endsWith("/\n")) {
            Thread.sleep(50);
            address = Files.readString(out);
        }
        assertThat(address).startsWith("http://127.0.0.1:");
        HttpClient client = HttpClient.newHttpClient();
        String page = address.strip();
        String next = client.send(
                        HttpRequest.newBuilder(URI.create(page + "next?rater=A&session=aaaaaaaa"))
                                .build(),
                        BodyHandlers.ofString())
                .body();
        String ticket = Json.mapper().readTree(next).path("ticket").asText();
        int status = client.send(
                        HttpRequest.newBuilder(URI.create(page + "vote"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString("{\"rater\":\"A\",\"session\":\"aaaaaaaa\","
                                        + "\"ticket\":\"" + ticket + "\",\"choice\":\"tie\",\"seconds\":1}"))
                                .build(),
                        BodyHandlers.ofString())
                .statusCode();
        assertThat(status).isEqualTo(200);
        process.destroy();
        Child.Ended ended = Child.await(process, log);
        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.err()).contains("60 pairs differ", "41 votes in");
        assertThat(ended.out()).contains("\nUse 3e-3 ", "people x 0.7 (41 votes of 2 people).");
        assertThat(Votes.read(sweep)).hasSize(41);
    }
}
