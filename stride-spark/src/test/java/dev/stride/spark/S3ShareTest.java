package dev.stride.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import dev.stride.spark.SparkSweepTest.Heard;
import dev.stride.sweep.Sweep;
import dev.stride.sweep.SweepPlan;
import dev.stride.sweep.TrialLauncher;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A share in S3, which moto's server plays on the loopback, through Hadoop's client. */
class S3ShareTest {
    private static final String SPARKS = "spark.hadoop.";

    @TempDir
    Path folder;

    private Process server;
    private Map<String, String> settings = Map.of();

    @BeforeEach
    void serve() throws IOException, InterruptedException {
        assumeTrue(isThere("org.apache.hadoop.fs.s3a.S3AFileSystem"), "SKIPPED: -Pspark-s3 adds Hadoop's client of S3");
        Path root = Path.of(System.getProperty("stride.root"));
        String given = System.getenv("STRIDE_TEST_TOOLS");
        Path moto =
                (given == null ? root.resolve("stride-app/target/tools") : Path.of(given)).resolve("bin/moto_server");
        assumeTrue(Files.isExecutable(moto), "SKIPPED: " + moto + " is not there (CONTRIBUTING.md)");
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        server = new ProcessBuilder(moto.toString(), "-H", "127.0.0.1", "-p", Integer.toString(port))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("moto.log").toFile())
                .start();
        String endpoint = "http://127.0.0.1:" + port;
        makeBucket(endpoint + "/bucket");
        settings = Map.of(
                "fs.s3a.endpoint", endpoint,
                "fs.s3a.endpoint.region", "us-east-1",
                "fs.s3a.path.style.access", "true",
                "fs.s3a.access.key", "any",
                "fs.s3a.secret.key", "any");
        settings.forEach((name, value) -> System.setProperty(SPARKS + name, value));
    }

    private static boolean isThere(String type) {
        try {
            Class.forName(type, false, S3ShareTest.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError absent) {
            return false;
        }
    }

    private void makeBucket(String address) throws IOException, InterruptedException {
        HttpRequest put = HttpRequest.newBuilder(URI.create(address))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build();
        while (true) {
            try {
                assertThat(HttpClient.newHttpClient()
                                .send(put, HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(200);
                return;
            } catch (IOException notYet) {
                assertThat(server.isAlive())
                        .as(Files.readString(folder.resolve("moto.log")))
                        .isTrue();
                TimeUnit.MILLISECONDS.sleep(200);
            }
        }
    }

    @AfterEach
    void end() throws InterruptedException {
        settings.keySet().forEach(name -> System.clearProperty(SPARKS + name));
        if (server != null) {
            server.destroy();
            server.waitFor();
        }
    }

    @Test
    void sweep_onS3_hasTheNumbersOfTheSweepInOneProcess() throws IOException {
        SweepPlan plan = SparkSweepTest.plan("--lrs", "1e-3,1e-2", "--steps", "4", "--prune", "off", "--together", "1");
        SweepResult local = Sweep.start(plan, folder.resolve("local"), new Heard(), () -> false);
        Path sweep = folder.resolve("sweep");
        String place = "s3a://bucket/sweeps/a";
        TrialLauncher.Share share = new TrialLauncher.Share(place, sweep);
        SweepResult shared;
        try (TrialLauncher launcher = TrialLauncher.open("local[2]", SparkSweepTest.program(), 1, share)) {
            shared = Sweep.start(plan, sweep, new Heard(), () -> false, launcher);
        }
        assertThat(shared.trials()).hasSize(2).extracting(SweepTrial::status).containsOnly(SweepTrial.Status.FINISHED);
        for (SweepTrial trial : local.trials()) {
            assertThat(SparkSweepTest.losses(sweep.resolve(trial.folder())))
                    .hasSize(4)
                    .isEqualTo(SparkSweepTest.losses(folder.resolve("local").resolve(trial.folder())));
        }
        try (Tree root = new Share(place, settings()).open()) {
            assertThat(root.list("").keySet())
                    .contains("sweep.yaml", "trials/lr-1e-3/result.json", "trials/lr-1e-2/result.json")
                    .anyMatch(name -> name.matches("trials/lr-1e-2/checkpoints/step-\\d+/manifest.json"));
        }
    }

    /** An object whose writer fails half-way must not come to be: it would be a short file. */
    @Test
    void object_whoseWriterFails_staysWhatItWas() throws IOException {
        try (Tree tree = new Share("s3a://bucket/tree/one", settings()).open()) {
            tree.write("a", out -> out.write("first".getBytes(StandardCharsets.UTF_8)));
            Tree.Stamp before = Objects.requireNonNull(tree.list("").get("a"));
            assertThatThrownBy(() -> tree.write("a", out -> {
                        out.write("sec".getBytes(StandardCharsets.UTF_8));
                        throw new IOException("the machine is lost");
                    }))
                    .hasMessageContaining("the machine is lost");
            try (InputStream in = tree.open("a")) {
                assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                        .isEqualTo("first");
            }
            tree.write("a", out -> out.write("other".getBytes(StandardCharsets.UTF_8)));
            assertThat(tree.list("").get("a"))
                    .as("as large, in the same second, and yet another")
                    .isNotEqualTo(before);
            tree.delete("a");
            tree.delete("a");
            assertThat(tree.list("")).isEmpty();
        }
    }

    private Configuration settings() {
        Configuration hadoops = new Configuration();
        settings.forEach(hadoops::set);
        return hadoops;
    }
}
