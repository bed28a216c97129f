package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.cli.Finding.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DoctorVerbTest {
    private static final long GIB = 1L << 30;

    @TempDir
    Path folder;

    private static List<String> names(VerbRun run) {
        List<String> names = new ArrayList<>();
        run.json()
                .path("findings")
                .forEach(finding -> names.add(finding.path("name").asText()));
        return names;
    }

    private static JsonNode finding(VerbRun run, String name) {
        for (JsonNode finding : run.json().path("findings")) {
            if (finding.path("name").asText().equals(name)) {
                return finding;
            }
        }
        throw new AssertionError("no finding " + name + " in " + run.out());
    }

    @Test
    void doctor_here_looksAtEverything_andMeasures() {
        VerbRun run = VerbRun.of("doctor", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(names(run))
                .startsWith(
                        "Stride",
                        "Java",
                        "Maven",
                        "system",
                        "CPU",
                        "memory",
                        "disk, this folder",
                        "disk, natives",
                        "OMP_WAIT_POLICY",
                        "thread pools",
                        "MALLOC_*",
                        "libtorch",
                        "threads",
                        "bf16 instructions",
                        "matrix product",
                        "CUDA",
                        "several ranks",
                        "call: speech or not",
                        "call: hears")
                .endsWith("call: speaks");
        assertThat(finding(run, "libtorch").path("status").asText()).isEqualTo("ok");
        assertThat(finding(run, "libtorch").path("found").asText())
                .startsWith("2.")
                .contains("loaded in");
        assertThat(finding(run, "Java").path("found").asText()).contains(System.getProperty("java.home"));
        assertThat(finding(run, "matrix product").path("found").asText())
                .matches("1024 x 1024: fp32 \\d+ GFLOP/s, bf16 \\d+ GFLOP/s")
                .doesNotContain("fp32 0 ");
        for (JsonNode finding : run.json().path("findings")) {
            boolean ok = finding.path("status").asText().equals("ok");
            assertThat(finding.path("found").asText()).isNotBlank();
            assertThat(finding.path("advice").asText().isEmpty())
                    .as(finding.toString())
                    .isEqualTo(ok);
        }
    }

    @Test
    void doctor_libtorchDoesNotLoad_status1_saysWhy() {
        Runnable broken = () -> {
            NoClassDefFoundError error = new NoClassDefFoundError("wrapped");
            error.initCause(new UnsatisfiedLinkError("libtorch.so: no such file"));
            throw error;
        };
        VerbRun run = VerbRun.of(console -> new CommandLine(new DoctorVerb(console, Map.of(), folder, broken)));
        assertThat(run.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(run.out())
                .containsPattern("missing +libtorch .*does not load: libtorch.so: no such file")
                .containsPattern("warn +OMP_WAIT_POLICY +not set")
                .contains("build again here")
                .doesNotContain("matrix product");
    }

    @Test
    void environment_ofTheLauncher_isOk_anyOtherWarns() {
        MachineFindings launched = new MachineFindings(
                Map.of(
                        "OMP_WAIT_POLICY",
                        "passive",
                        "GOMP_SPINCOUNT",
                        "20000",
                        "OPENBLAS_THREAD_TIMEOUT",
                        "20",
                        "MALLOC_MMAP_THRESHOLD_",
                        "4294967296",
                        "MALLOC_TRIM_THRESHOLD_",
                        "4294967296"),
                folder);
        assertThat(launched.waitPolicy().status()).isEqualTo(Status.OK);
        assertThat(launched.poolsSleep().status()).isEqualTo(Status.OK);
        assertThat(launched.malloc().status()).isEqualTo(Status.OK);
        MachineFindings other =
                new MachineFindings(Map.of("OMP_WAIT_POLICY", "active", "MALLOC_MMAP_THRESHOLD_", "1"), folder);
        assertThat(other.waitPolicy().status()).isEqualTo(Status.WARN);
        assertThat(other.waitPolicy().found()).isEqualTo("active");
        assertThat(other.waitPolicy().advice()).contains("./stride").contains("OMP_WAIT_POLICY=passive");
        assertThat(other.poolsSleep().advice()).contains("GOMP_SPINCOUNT=20000 OPENBLAS_THREAD_TIMEOUT=20");
        assertThat(other.malloc().status()).isEqualTo(Status.WARN);
        assertThat(other.malloc().found()).isEqualTo("MALLOC_TRIM_THRESHOLD_ not set");
    }

    @Test
    void maven_onThePath_isFound() throws IOException {
        assertThat(new MachineFindings(Map.of("PATH", folder.toString()), folder)
                        .maven()
                        .status())
                .isEqualTo(Status.MISSING);
        Path program = Files.createFile(folder.resolve("mvn"));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        Finding found =
                new MachineFindings(Map.of("PATH", "/nowhere" + java.io.File.pathSeparator + folder), folder).maven();
        assertThat(found).isEqualTo(Finding.ok("Maven", program.toString()));
    }

    @Test
    void memory_availableIsTheKernelsEstimate_butNotInAContainer() {
        List<String> meminfo =
                List.of("MemTotal:       16777216 kB", "MemFree: 1048576 kB", "MemAvailable:  8388608 kB");
        assertThat(MachineFindings.available(meminfo, 16 * GIB, GIB)).isEqualTo(8 * GIB);
        assertThat(MachineFindings.available(meminfo, 4 * GIB, GIB)).isEqualTo(GIB);
        assertThat(MachineFindings.available(List.of(), 16 * GIB, 3 * GIB)).isEqualTo(3 * GIB);
        assertThat(MachineFindings.memory(16 * GIB, 8 * GIB).status()).isEqualTo(Status.OK);
        assertThat(MachineFindings.memory(16 * GIB, GIB).status()).isEqualTo(Status.WARN);
    }

    @Test
    void threadsAndBf16_linesSayWhatToDo() {
        assertThat(LibtorchFindings.threads(2, 2).status()).isEqualTo(Status.OK);
        assertThat(LibtorchFindings.threads(4, 2).status()).isEqualTo(Status.WARN);
        assertThat(LibtorchFindings.bf16(true).status()).isEqualTo(Status.OK);
        assertThat(LibtorchFindings.bf16(false).status()).isEqualTo(Status.MISSING);
    }

    private static Finding cuda(boolean built, Commands.Answer driver, boolean answers, @Nullable String visible) {
        return new CudaFinding("linux-x86_64", built, driver, answers, visible).toFinding();
    }

    @Test
    void cuda_saysExactlyWhatIsMissing() {
        Commands.Answer none = new Commands.Answer(Commands.Answer.NOT_FOUND, "not found");
        Commands.Answer broken =
                new Commands.Answer(9, "NVIDIA-SMI has failed because it couldn't talk\nto the driver");
        Commands.Answer old = new Commands.Answer(0, "NVIDIA T4, 15360 MiB, 535.104.05");
        Commands.Answer good = new Commands.Answer(0, "NVIDIA A, 81920 MiB, 590.44.01\nNVIDIA B, 81920 MiB, 590.44.01");
        assertThat(cuda(true, good, true, null))
                .isEqualTo(Finding.ok("CUDA", "NVIDIA A, 81920 MiB, 590.44.01; NVIDIA B, 81920 MiB, 590.44.01"));
        assertThat(cuda(false, none, false, null).found())
                .contains("no NVIDIA driver answers (nvidia-smi: not found)")
                .contains("built without CUDA");
        assertThat(cuda(true, broken, false, null).found())
                .contains("NVIDIA-SMI has failed")
                .doesNotContain("built without");
        assertThat(cuda(false, good, false, null))
                .returns(
                        "NVIDIA A, 81920 MiB, 590.44.01; NVIDIA B, 81920 MiB, 590.44.01; this program was built"
                                + " without CUDA",
                        Finding::found)
                .returns(
                        "build with CUDA: delete stride-app/target, then STRIDE_MAVEN_ARGS=-Pcuda ./stride doctor",
                        Finding::advice);
        assertThat(cuda(true, old, false, null).found()).contains("driver 535 is older than 580");
        assertThat(cuda(true, old, false, null).advice()).isEqualTo("update the driver");
        assertThat(cuda(true, good, false, "").found()).contains("CUDA_VISIBLE_DEVICES is ''");
        assertThat(cuda(true, good, false, null).found()).contains("libtorch finds no device all the same");
        assertThat(new CudaFinding("macosx-arm64", false, none, false, null)
                        .toFinding()
                        .found())
                .contains("macOS");
        for (Finding finding : List.of(
                cuda(false, none, false, null), cuda(true, broken, false, null), cuda(true, good, false, "1"))) {
            assertThat(finding.status()).isEqualTo(Status.MISSING);
            assertThat(finding.advice()).isNotBlank();
        }
    }

    @Test
    void ask_goodFailingAndMissingPrograms() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Commands.Answer good = Commands.ask(List.of(java, "-version"));
        assertThat(good.isGood()).isTrue();
        assertThat(good.output()).contains("version");
        Commands.Answer failing = Commands.ask(List.of(java, "--no-such-option"));
        assertThat(failing.isGood()).isFalse();
        assertThat(failing.status()).isEqualTo(1);
        assertThat(Commands.ask(List.of(folder.resolve("none").toString())).status())
                .isEqualTo(Commands.Answer.NOT_FOUND);
    }
}
