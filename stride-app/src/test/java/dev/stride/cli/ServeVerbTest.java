package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.Child;
import dev.stride.SmallCheckpoint;
import dev.stride.serve.RunFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ServeVerbTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    Path temp;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Console console = new Console(
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);

    private static HttpResponse<String> get(String address, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    private static ServeOption option(String... words) {
        return CommandLine.populateCommand(new ServeOption(), words);
    }

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** Waits for a text that a child prints. */
    private static Matcher await(Process child, Path file, Pattern pattern) throws Exception {
        while (true) {
            boolean alive = child.isAlive();
            Matcher found = pattern.matcher(Files.readString(file));
            if (found.find()) {
                return found;
            }
            assertThat(alive).as(Files.readString(file)).isTrue();
            Thread.sleep(50);
        }
    }

    @Test
    void wrongRequests_areNamedTogether() {
        VerbRun run = VerbRun.of("serve", temp.resolve("absent"), "--port", "70000");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("RUNS_DIR: ", "absent", "a folder that exists", "--port: 70000");
        run = VerbRun.of("serve");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("stride serve runs");
        run = VerbRun.of("serve", temp, "--host", "nowhere.invalid");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("cannot listen on nowhere.invalid");
    }

    @Test
    void usedPort_isRefused_withWhatToDo() throws IOException {
        try (ServerSocket used = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            VerbRun run = VerbRun.of("serve", temp, "--port", used.getLocalPort());
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err())
                    .contains("cannot listen on 127.0.0.1, port " + used.getLocalPort(), "--port 0")
                    .doesNotContain("\tat ");
        }
    }

    @Test
    void help_hasAnExample() {
        String usage = Objects.requireNonNull(
                        Main.commandLine(Console.ofProcess()).getSubcommands().get("serve"))
                .getUsageMessage();
        assertThat(usage).contains("Example: stride serve", "--host", "127.0.0.1", "6017", "--json");
        for (String verb : List.of("train", "sweep")) {
            assertThat(Objects.requireNonNull(Main.commandLine(Console.ofProcess())
                                    .getSubcommands()
                                    .get(verb))
                            .getUsageMessage())
                    .contains("--serve[=PORT]");
        }
    }

    @Test
    void json_saysWhereItIs_andSigtermEndsItInOrder() throws Exception {
        RunFolder.of(temp.resolve("runs/first"), 3);
        Path log = temp.resolve("serve");
        Process process = Child.start(
                log,
                List.of(),
                Main.class,
                List.of("serve", temp.resolve("runs").toString(), "--port", "0", "--json"));
        Path out = temp.resolve("serve.out");
        await(process, out, Pattern.compile("\\}\\s*$"));
        JsonNode json = Json.mapper().readTree(Files.readString(out));
        int port = json.path("port").asInt();
        assertThat(json.path("url").asText())
                .isEqualTo("http://127.0.0.1:" + port + "/?token="
                        + json.path("token").asText());
        assertThat(json.path("token").asText()).matches("[0-9a-f]{32}");
        HttpResponse<String> welcome = get(json.path("url").asText());
        assertThat(welcome.statusCode()).isEqualTo(303);
        String base = "http://127.0.0.1:" + port;
        String overview = get(base + "/api/overview").body();
        while (!overview.contains("\"step\":3")) {
            overview = get(base + "/api/overview").body();
        }
        assertThat(overview).contains("\"id\":\"first\"");
        String report = get(base + "/report?id=first&lang=en").body();
        assertThat(report).startsWith("<!DOCTYPE html>").contains("<title>first</title>");
        assertThat(temp.resolve("runs/first/report.html")).doesNotExist();
        process.destroy();
        Child.Ended ended = Child.await(process, log);
        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.err()).contains("Ctrl-C ends").doesNotContain("warning", "Exception");
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are sent by kill")
    void otherHost_warns() throws Exception {
        Path log = temp.resolve("serve");
        Process process = Child.start(
                log, List.of(), Main.class, List.of("serve", temp.toString(), "--port", "0", "--host", "0.0.0.0"));
        Matcher address = await(process, temp.resolve("serve.out"), Pattern.compile("(http://\\S+)/\\?token=(\\w+)\n"));
        await(process, temp.resolve("serve.err"), Pattern.compile("warning: other machines can reach this page"));
        assertThat(get(address.group(1) + "/api/overview").statusCode()).isEqualTo(403);
        assertThat(get(address.group(1) + "/api/overview", "Authorization", "Bearer " + address.group(2))
                        .statusCode())
                .isEqualTo(200);
        process.destroy();
        assertThat(Child.await(process, log).status()).isZero();
    }

    @Test
    void train_servesItsRun_andIsStoppedFromThere() throws Exception {
        Path model = SmallCheckpoint.PLAIN.writeBelow(temp);
        Path rows = SmallCheckpoint.rows(temp.resolve("rows.jsonl"), 8, 20);
        // so many updates that it can only end by being stopped
        List<String> words = List.of(
                "train",
                "--model",
                model.toString(),
                "--data",
                rows.toString(),
                "--lr",
                "1e-4",
                "--guard",
                "all=off",
                "--self-test",
                "off",
                "--steps",
                "1000000",
                "--threads",
                "1",
                "--out",
                temp.resolve("runs/served").toString(),
                "--serve=0");
        Path log = temp.resolve("train");
        Process process = Child.start(log, List.of(), Main.class, words);
        Matcher address =
                await(process, temp.resolve("train.err"), Pattern.compile("watch it at (http://\\S+)/\\?token=(\\w+)"));
        String overview = "";
        while (!overview.contains("\"loss\"")) {
            assertThat(process.isAlive()).isTrue();
            overview = get(address.group(1) + "/api/overview").body();
        }
        assertThat(overview).contains("\"id\":\"served\"", "\"status\":\"running\"");
        HttpResponse<String> stop = CLIENT.send(
                HttpRequest.newBuilder(URI.create(address.group(1) + "/api/action"))
                        .headers("Content-Type", "application/json", "Authorization", "Bearer " + address.group(2))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"id\":\"served\",\"action\":\"stop\"}"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(stop.statusCode()).as(stop.body()).isEqualTo(202);
        Child.Ended ended = Child.await(process, log);
        assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.INTERRUPTED);
        assertThat(ended.out()).startsWith("interrupted: ");
        assertThat(Json.mapper()
                        .readTree(Files.readString(temp.resolve("runs/served/result.json")))
                        .path("status")
                        .asText())
                .isEqualTo("interrupted");
        assertThat(temp.resolve("runs/served/report.html")).isRegularFile();
    }

    @Test
    void serveOption_badPort_isRefusedBeforeAnythingElse() {
        VerbRun run = VerbRun.of("train", "--serve=65536");
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--serve: 65536");
        assertThat(VerbRun.of("sweep", "--serve=-1").err()).contains("--serve: -1");
        assertThat(VerbRun.of("sweep", "--serve=web").status()).isEqualTo(2);
    }

    @Test
    void serveOption_absent_servesNothing() {
        option().open(temp, console).close();
        assertThat(said()).isEmpty();
    }

    @Test
    void serveOption_usedPortOfOnesOwn_isAWarning() throws IOException {
        try (ServerSocket used = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            option("--serve=" + used.getLocalPort()).open(temp, console).close();
            assertThat(said()).startsWith("warning: there is no page to watch: cannot listen on 127.0.0.1");
        }
    }

    @Test
    void serveOption_usualPortInUse_takesAFreeOneAndSaysSo() throws Exception {
        ServerSocket used = null;
        try {
            used = new ServerSocket(Dashboard.PORT, 1, InetAddress.getByName("127.0.0.1"));
        } catch (java.net.BindException e) {
            // somebody else has it, which is the same
        }
        try (ServeOption.Served served = option("--serve").open(temp, console)) {
            assertThat(said()).contains("port 6017 is taken", "watch it at http://127.0.0.1:");
            Matcher address = Pattern.compile("(http://\\S+)/\\?token=").matcher(said());
            assertThat(address.find()).isTrue();
            assertThat(get(address.group(1) + "/api/overview").statusCode()).isEqualTo(200);
        } finally {
            if (used != null) {
                used.close();
            }
        }
    }

    @Test
    void serveOption_folderThatCannotBe_isAWarning() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "x");
        option("--serve=0").open(file.resolve("below"), console).close();
        assertThat(said()).startsWith("warning: there is no page to watch: ");
    }

    @Test
    void serveOption_aroundARun_areTheRunsBesideIt() {
        assertThat(ServeOption.around(Path.of("runs", "first")))
                .isEqualTo(Path.of("runs").toAbsolutePath());
        Path home = Path.of(System.getProperty("user.home"));
        assertThat(ServeOption.around(home.resolve("first"))).isEqualTo(home.resolve("first"));
        assertThat(ServeOption.around(Path.of("/first"))).isEqualTo(Path.of("/first"));
        assertThat(ServeOption.around(Path.of("/data/runs/first"))).isEqualTo(Path.of("/data/runs"));
    }
}
