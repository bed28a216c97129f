package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.experiment.EventSink;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.StepEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
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
    void folderWithoutARun_isRefused() {
        VerbRun report = VerbRun.of("report", temp);
        assertThat(report.status()).isNotZero();
        assertThat(report.err()).contains("holds no run");
    }
}
