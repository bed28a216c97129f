package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.experiment.EventSink;
import dev.stride.experiment.LiveState;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.StepEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportVerbTest {
    @TempDir
    Path temp;

    private Path run(String name, double lr) {
        Path folder = temp.resolve(name);
        try (RunStore store = RunStore.create(folder);
                EventSink sink = store.openSink(0, InstantSource.system())) {
            for (int step = 1; step <= 30; step++) {
                sink.write(new StepEvent(step, 3 - step * 0.01, Map.of("all", lr), 1, 10, 0.1, 100, 1));
            }
        }
        return folder;
    }

    @Test
    void oneRun_getsItsPageAndPictureInItsFolder() {
        Path run = run("one", 2e-5);
        VerbRun report = VerbRun.of("report", run);
        assertThat(report.status()).as(report.err()).isZero();
        assertThat(run.resolve("report.html")).exists();
        assertThat(run.resolve("report.png")).exists();
        assertThat(report.out()).contains("2e-5", "report.html");
    }

    @Test
    void severalRuns_areComparedOnOnePageWithAColourEach() throws IOException {
        Path out = temp.resolve("both/page");
        VerbRun report = VerbRun.of("report", run("low", 1e-5), run("high", 1e-4), "--out", out);
        assertThat(report.status()).as(report.err()).isZero();
        String page = Files.readString(out.resolve("report.html"));
        assertThat(page).contains("raw run-0 c0", "raw run-1 c1", ">low<", ">high<");
        assertThat(out.resolve("report.png")).exists();
    }

    @Test
    void png_goesWhereItIsAskedFor_andNowhereElse() throws IOException {
        Path run = run("one", 2e-5);
        Path picture = temp.resolve("pictures/curve.png");
        VerbRun report = VerbRun.of("report", run, "--png", picture);
        assertThat(report.status()).as(report.err()).isZero();
        assertThat(Files.readAllBytes(picture)).startsWith(0x89, 'P', 'N', 'G');
        assertThat(run.resolve("report.html")).exists();
        assertThat(run.resolve("report.png")).doesNotExist();
    }

    @Test
    void png_thatIsAFolder_isRefused() {
        VerbRun report = VerbRun.of("report", run("one", 2e-5), "--png", temp);
        assertThat(report.status()).isNotZero();
        assertThat(report.err()).contains("--png", "is a folder", "report.png");
    }

    @Test
    void csvAndJsonl_holdTheRunsByTheirNames_andTheirFoldersWhereTwoHaveOne() throws IOException {
        Path first = run("a/one", 1e-5);
        Path second = run("b/one", 2e-5);
        Path third = run("two", 3e-5);
        Path csv = temp.resolve("new/all.csv");
        Path jsonl = temp.resolve("all.jsonl");
        VerbRun report =
                VerbRun.of("report", first, second, third, "--out", temp, "--csv", csv, "--jsonl", jsonl, "--json");
        assertThat(report.status()).as(report.err()).isZero();
        assertThat(report.json().path("csv").textValue()).isEqualTo(csv.toString());
        assertThat(report.json().path("jsonl").textValue()).isEqualTo(jsonl.toString());
        List<String> lines = Files.readAllLines(csv);
        assertThat(lines).hasSize(1 + 3 * 30);
        assertThat(lines.stream()
                        .skip(1)
                        .map(line -> line.substring(0, line.indexOf(',')))
                        .distinct())
                .containsExactly(first.toString(), second.toString(), "two");
        assertThat(Files.readAllLines(jsonl)).hasSize(3 * 30).last().asString().startsWith("{\"run\":\"two\"");
        // again, over what is there
        assertThat(VerbRun.of("report", third, "--csv", csv).out()).contains(csv.toString());
        assertThat(Files.readAllLines(csv)).hasSize(1 + 30);
    }

    @Test
    void export_ontoTheRunsOwnFile_isRefusedBeforeAnythingIsWritten() throws IOException {
        Path run = run("one", 1e-5);
        byte[] before = Files.readAllBytes(run.resolve("events.jsonl"));
        VerbRun report = VerbRun.of("report", run, "--jsonl", run.resolve("events.jsonl"), "--csv", temp);
        assertThat(report.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(report.err()).contains("--jsonl", "is the run's own file", "--csv", "is a folder");
        assertThat(Files.readAllBytes(run.resolve("events.jsonl"))).isEqualTo(before);
        assertThat(run.resolve("report.html")).doesNotExist();
    }

    /** live.json names the machine, which is nobody's business but the owner's. */
    @Test
    void share_leavesTheMachineOut() throws IOException {
        Path run = run("one", 1e-5);
        new LiveState("secret-host", 1, Instant.EPOCH, Instant.EPOCH, true, "main", 1, 1, null, 1, 1, 1, 1, null)
                .write(run);
        Path zip = temp.resolve("shared.zip");
        assertThat(VerbRun.of("report", run, "--share", zip).status()).isZero();
        List<String> names = new ArrayList<>();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                names.add(entry.getName());
                assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                        .doesNotContain("secret-host");
            }
        }
        assertThat(names).contains("events.jsonl").doesNotContain("live.json");
    }

    @Test
    void folderWithoutARun_isRefused() {
        VerbRun report = VerbRun.of("report", temp);
        assertThat(report.status()).isNotZero();
        assertThat(report.err()).contains("holds no run");
    }
}
