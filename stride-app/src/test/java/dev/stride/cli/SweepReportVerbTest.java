package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.report.SyntheticSweep;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepReportVerbTest {
    @TempDir
    Path temp;

    private static Map<String, String> unpacked(Path zip) throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(Files.readAllBytes(zip)))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                files.put(entry.getName(), new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return files;
    }

    @Test
    void sweep_printsItsSentenceFirst_thenTheTable_andWritesPageAndPicture() throws IOException {
        Path sweep = SyntheticSweep.write(temp.resolve("rates"));
        VerbRun report = VerbRun.of("report", sweep);
        assertThat(report.status()).as(report.err()).isZero();
        assertThat(report.out())
                .as("the answer follows from the rows, whatever the file said")
                .startsWith("Use 3e-3 (LoRA r8, batch 64, linear to 0); 1e-3 to 3e-3 is as good; 1 seed")
                .contains("\nrests on: validation loss over 120 rows\nupdates: 693 of 882 that all trials")
                .contains("\nnote: " + SyntheticSweep.COURSE + "\nwarning: the rates 1e-2")
                .contains("--val /home/somebody/rows/held-out.jsonl --lr 3e-3\n");
        assertThat(report.out().lines().filter(line -> line.matches("lr-\\d.*")).count())
                .isEqualTo(7);
        assertThat(Files.readString(sweep.resolve("report.html")))
                .contains("data-chart=\"scores\"", SyntheticSweep.PROMPT);
        assertThat(Files.readAllBytes(sweep.resolve("report.png"))).startsWith(0x89, 'P', 'N', 'G');
    }

    @Test
    void csv_hasTheTrialsByTheirNames_andTheSweepsOwnFilesAreRefused() throws IOException {
        Path sweep = SyntheticSweep.write(temp.resolve("rates"));
        Path csv = temp.resolve("trials.csv");
        VerbRun report = VerbRun.of("report", sweep, "--csv", csv, "--jsonl", temp.resolve("trials.jsonl"));
        assertThat(report.status()).as(report.err()).isZero();
        assertThat(report.out()).contains(csv.toString());
        List<String> names = Files.readAllLines(csv).stream()
                .skip(1)
                .map(line -> line.replaceAll("^\"?([^\",]+).*", "$1"))
                .distinct()
                .toList();
        assertThat(names).hasSizeGreaterThan(5).allMatch(name -> name.startsWith("lr-"));
        assertThat(Files.readAllLines(temp.resolve("trials.jsonl")))
                .hasSizeGreaterThan(names.size())
                .allMatch(line -> line.startsWith("{\"run\":\"lr-"));
        String before = Files.readString(sweep.resolve("sweep.json"));
        VerbRun refused = VerbRun.of("report", sweep, "--jsonl", sweep.resolve("sweep.json"));
        assertThat(refused.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(Files.readString(sweep.resolve("sweep.json"))).isEqualTo(before);
    }

    @Test
    void json_isOneDocument_withIntervalsAroundTheScoresOfAllButTheBest() {
        Path sweep = SyntheticSweep.write(temp.resolve("rates"));
        JsonNode document = VerbRun.of("report", sweep, "--json").json();
        assertThat(document.path("sweep").path("answer").path("lr").doubleValue())
                .isEqualTo(3e-3);
        assertThat(document.path("page").textValue()).endsWith("report.html");
        List<String> names = new ArrayList<>();
        for (JsonNode interval : document.path("intervals")) {
            names.add(interval.path("trial").textValue());
            double score = 0;
            for (JsonNode trial : document.path("sweep").path("trials")) {
                if (trial.path("name").equals(interval.path("trial"))) {
                    score = trial.path("metrics").path("loss").doubleValue();
                }
            }
            assertThat(score)
                    .isBetween(
                            interval.path("low").doubleValue(),
                            interval.path("high").doubleValue());
        }
        assertThat(names).as("finished, without the best").containsExactly("lr-1e-4", "lr-3e-4", "lr-1e-3", "lr-1e-2");
    }

    @Test
    void share_holdsNumbersAndPages_butNoTextOfARow_noPathAndNoWeights() throws IOException {
        Path sweep = SyntheticSweep.write(temp.resolve("rates"));
        Path zip = temp.resolve("rates.zip");
        VerbRun report = VerbRun.of("report", sweep, "--share", zip);
        assertThat(report.status()).as(report.err()).isZero();
        assertThat(report.out()).contains("no data, weights, checkpoints or texts");
        Map<String, String> files = unpacked(zip);
        assertThat(files.keySet())
                .contains("sweep.yaml", "sweep.json", "ratings.jsonl", "report.html", "report.png")
                .contains("trials/lr-3e-3/config.yaml", "trials/lr-3e-3/plan.json", "trials/lr-3e-3/events.jsonl")
                .contains("trials/lr-3e-3/result.json", "trials/lr-3e-3/report.html")
                .hasSize(5 + 7 * 6)
                .isEqualTo(new java.util.TreeSet<>(files.keySet()));
        List<String> secrets = List.of(
                SyntheticSweep.PROMPT,
                SyntheticSweep.REFERENCE,
                "开门",
                "lamp",
                "/home/",
                "王小明",
                "Ann B.",
                "a1b2c3d4",
                "lr-gone",
                "some body",
                "somebody",
                "C:\\",
                temp.toString());
        int looked = 0;
        for (Map.Entry<String, String> file : files.entrySet()) {
            assertThat(file.getKey()).doesNotContain("checkpoint", "samples", "rows", ".lock");
            for (String secret : secrets) {
                assertThat(file.getValue()).as(file.getKey()).doesNotContain(secret);
                looked++;
            }
        }
        assertThat(looked).isEqualTo(47 * secrets.size());
        assertThat(files.get("sweep.json"))
                .contains("--model chatglm3-tiny --data chat.jsonl:0.5 --val held-out.jsonl");
        assertThat(Objects.requireNonNull(files.get("ratings.jsonl")).lines())
                .hasSize(3)
                .allMatch(line -> line.contains("\"left\":\"lr-1e-3\",\"right\":\"lr-3e-3\""));
        assertThat(files.get("ratings.jsonl"))
                .contains("\"rater\":\"rater-1\",\"session\":\"\",\"prompt\":\"5f0c1a2b3c4d\"")
                .contains("\"rater\":\"rater-2\"", "\"prompt\":\"00112233aabb\"", "\"choice\":\"right\"");
        assertThat(files.get("sweep.yaml")).contains("path: chatglm3-tiny", "chat.jsonl:0.5");
        assertThat(files.get("trials/lr-1e-3/config.yaml")).contains("val: \"held out.jsonl\"");
        assertThat(files.get("report.html")).contains("written to be passed on", "lr-3e-2");
        assertThat(Files.readString(sweep.resolve("report.html")))
                .as("the own page stays whole")
                .contains("lamp");
    }

    @Test
    void share_twice_givesTheSameBytes_andOverwritesNothing() throws IOException {
        Path sweep = SyntheticSweep.write(temp.resolve("rates"));
        VerbRun.of("report", sweep, "--share", temp.resolve("a.zip"));
        VerbRun.of("report", sweep, "--share", temp.resolve("b.zip"));
        byte[] first = Files.readAllBytes(temp.resolve("a.zip"));
        assertThat(first).isEqualTo(Files.readAllBytes(temp.resolve("b.zip"))).hasSizeGreaterThan(1000);
        VerbRun again = VerbRun.of("report", sweep, "--share", temp.resolve("a.zip"));
        assertThat(again.status()).isEqualTo(2);
        assertThat(again.err()).contains("a.zip", "not overwritten");
    }

    @Test
    void share_ofOneRun_leavesItsTextsOutToo() throws IOException {
        Path run = SyntheticSweep.write(temp.resolve("rates")).resolve("trials/lr-1e-3");
        VerbRun report = VerbRun.of("report", run, "--share", temp.resolve("run.zip"));
        assertThat(report.status()).as(report.err()).isZero();
        Map<String, String> files = unpacked(temp.resolve("run.zip"));
        assertThat(files.keySet())
                .containsExactly(
                        "config.yaml", "events.jsonl", "plan.json", "report.html", "report.png", "result.json");
        files.forEach((name, text) -> assertThat(text).as(name).doesNotContain("开门", "lamp", "somebody"));
    }

    @Test
    void sweepAmongRuns_isRefused() {
        Path sweep = SyntheticSweep.write(temp.resolve("rates"));
        VerbRun report = VerbRun.of("report", sweep, sweep.resolve("trials/lr-1e-3"));
        assertThat(report.status()).isEqualTo(2);
        assertThat(report.err()).contains("give its folder alone");
    }

    @Test
    void sweepJson_thatIsWrong_isRefusedWithThePlace() throws IOException {
        Path sweep = SyntheticSweep.write(temp.resolve("rates"));
        Path file = sweep.resolve("sweep.json");
        String text = Files.readString(file);
        String[][] cases = {
            {"\"status\" : \"pruned\"", "\"status\" : \"gone\"", "'trials[0].status' must be one of waiting"},
            {"\"made\" : 693", "\"made\" : \"many\"", "'updates.made' must be a whole number"},
            {"\"folder\" : \"trials/lr-1e-3\"", "\"folder\" : \"../lr-1e-3\"", "a folder inside the sweep's"}
        };
        int refused = 0;
        for (String[] one : cases) {
            assertThat(text).contains(one[0]);
            Files.writeString(file, text.replace(one[0], one[1]));
            VerbRun report = VerbRun.of("report", sweep);
            assertThat(report.status()).isEqualTo(2);
            assertThat(report.err()).contains("sweep.json", one[2]);
            refused++;
        }
        assertThat(refused).isEqualTo(3);
    }
}
