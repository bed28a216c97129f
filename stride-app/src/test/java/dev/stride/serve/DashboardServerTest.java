package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.SharedFolder;
import dev.stride.config.UserException;
import dev.stride.experiment.RunRequest;
import dev.stride.experiment.RunResult;
import dev.stride.live.LiveRuns;
import dev.stride.report.Language;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DashboardServerTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final String BEARER = "Bearer " + TOKEN;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temp;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> rendered = new ArrayList<>();
    private LiveRuns runs;
    private DashboardServer server;
    private RunFolder run;

    @BeforeEach
    void start() {
        run = RunFolder.of(temp.resolve("first"), 10);
        run.eval(10, 1.75);
        runs = LiveRuns.open(temp, InstantSource.system());
        runs.poll();
        server = DashboardServer.start(
                runs,
                this::page,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                TOKEN,
                InstantSource.fixed(Instant.parse("2026-11-24T18:00:00Z")));
    }

    @AfterEach
    void stop() {
        server.close();
        runs.close();
    }

    private String page(Path folder, @org.jspecify.annotations.Nullable Language language) {
        rendered.add(temp.toAbsolutePath().normalize().relativize(folder.toAbsolutePath()) + " " + language);
        if (folder.endsWith("damaged")) {
            throw new UserException("events.jsonl is damaged");
        }
        return "<!DOCTYPE html><title>report</title>";
    }

    private HttpResponse<String> send(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private JsonNode json(String path) throws Exception {
        HttpResponse<String> response = send(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json; charset=utf-8");
        return JSON.readTree(response.body());
    }

    private HttpResponse<String> act(String body, String... headers) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/api/action"))
                        .headers(headers)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> act(String body) throws Exception {
        return act(body, "Authorization", BEARER, "Content-Type", "application/json");
    }

    private static String action(String id, String action, String text) {
        return JSON.createObjectNode()
                .put("id", id)
                .put("action", action)
                .put("text", text)
                .toString();
    }

    private List<Path> requests() throws IOException {
        Path folder = run.path().resolve("requests");
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private int raw(String target, String... headers) throws IOException {
        return RawClient.status(server.port(), "GET " + target, headers);
    }

    // ---- what is asked ------------------------------------------------------------------------------------------

    @Test
    void calls_areAnswered_withHeadersThatKeepOthersOut() throws Exception {
        assertThat(json("/api/overview").path("runs").path(0).path("id").asText())
                .isEqualTo("first");
        JsonNode detail = json("/api/run?id=first");
        assertThat(detail.path("step").asInt()).isEqualTo(10);
        assertThat(detail.path("metrics").toString()).contains("bleu-4");
        JsonNode series = json("/api/series?id=first&x=tokens&from=100&to=500&points=100&smooth=0.5");
        assertThat(series.path("x").asText()).isEqualTo("tokens");
        assertThat(series.path("branches").path(0).path("x").toString()).isEqualTo("[100,200,300,400,500]");
        assertThat(json("/api/samples?id=first&step=10&limit=3").path("rows").isArray())
                .isTrue();
        int seen = 0;
        for (String path : List.of("/api/overview", "/api/run?id=first", "/metrics", "/nowhere")) {
            var headers = send(path).headers();
            assertThat(headers.firstValue("Cache-Control")).as(path).contains("no-store");
            assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(headers.firstValue("Cross-Origin-Resource-Policy")).contains("same-origin");
            assertThat(headers.firstValue("Access-Control-Allow-Origin")).isEmpty();
            assertThat(headers.firstValue("Content-Security-Policy").orElseThrow())
                    .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe", "http");
            seen++;
        }
        assertThat(seen).isEqualTo(4);
    }

    @Test
    void everyFileOfThePage_isServed_andNothingElseOfTheProgram() throws Exception {
        Path resources = SharedFolder.projectRoot().resolve("stride-app/src/main/resources/dev/stride/serve");
        List<String> files;
        try (Stream<Path> list = Files.list(resources)) {
            files = list.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("dashboard") && !name.equals("dashboard.html"))
                    .toList();
        }
        assertThat(files).hasSizeGreaterThan(3).contains("dashboard.css", "dashboard.js", "dashboard-words.js");
        for (String file : files) {
            HttpResponse<String> response = send("/assets/" + file);
            assertThat(response.statusCode()).as(file).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type"))
                    .contains(file.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8");
            assertThat(response.body()).isEqualTo(Files.readString(resources.resolve(file)));
        }
        HttpResponse<String> page = send("/");
        assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
        assertThat(page.body()).isEqualTo(Files.readString(resources.resolve("dashboard.html")));
        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .doesNotContain("unsafe");
        Matcher named = Pattern.compile("(?:src|href)=\"(assets/[^\"]+)\"").matcher(page.body());
        int seen = 0;
        while (named.find()) {
            assertThat(send("/" + named.group(1)).statusCode())
                    .as(named.group(1))
                    .isEqualTo(200);
            seen++;
        }
        assertThat(seen).isGreaterThan(2);
        assertThat(send("/assets/uPlot.iife.min.js").body()).contains("uPlot");
        assertThat(send("/assets/uPlot.min.css").body()).contains(".uplot");
    }

    @Test
    void wrongQueries_areRefusedWithASentence() throws Exception {
        int seen = 0;
        for (String path : List.of(
                "/api/series?id=first&x=time",
                "/api/series?id=first&from=a",
                "/api/series?id=first&to=NaN",
                "/api/series?id=first&points=1",
                "/api/series?id=first&points=99999999999999999999",
                "/api/series?id=first&smooth=1",
                "/api/series?id=first&smooth=%zz".replace("%zz", "%C3"),
                "/api/samples?id=first&limit=-1",
                "/api/samples?id=first&limit=1001",
                "/report?id=first&lang=fr",
                "/export?id=first&format=xlsx",
                "/api/stream?run=first&at=1",
                "/api/stream?run=first&at=1:2&at=1:2",
                "/api/stream?run=first&at=-1:2",
                "/api/stream?" + "run=first&".repeat(65))) {
            HttpResponse<String> response = send(path);
            assertThat(response.statusCode()).as(path).isEqualTo(400);
            assertThat(JSON.readTree(response.body()).path("error").asText()).isNotBlank();
            seen++;
        }
        assertThat(seen).isEqualTo(15);
    }

    @Test
    void unknownIdsAndPathTricks_findNothing() throws Exception {
        Files.writeString(temp.resolve("secret.txt"), "x");
        int seen = 0;
        for (String target : List.of(
                "/..%2f",
                "/../",
                "/../../etc/passwd",
                "//",
                "//etc/passwd",
                "//127.0.0.1/api/overview",
                "/api//overview",
                "/api/overview/",
                "/api/./overview",
                "/API/overview",
                "/api/overview%00",
                "/api%2foverview",
                "/api/overview;x=1",
                "/assets/",
                "/assets/../",
                "/assets/../dashboard.html",
                "/assets/..%2fdashboard.html",
                "/assets/%2e%2e/rate.html",
                "/assets/dashboard.html",
                "/assets/rate.js",
                "/assets/dashboard.js%00.css",
                "/assets/DashboardServer.class",
                "/META-INF/MANIFEST.MF",
                "/secret.txt",
                "/first/events.jsonl",
                "/%00",
                "/favicon.ico",
                "/api/run?id=../../etc",
                "/api/run?id=..%2f..%2fetc",
                "/api/run?id=first%00",
                "/api/run?id=first/",
                "/api/run?id=./first",
                "/api/run?id=" + URLEncoder.encode(temp.resolve("first").toString(), StandardCharsets.UTF_8),
                "/api/run",
                "/api/series?id=.",
                "/api/samples?id=..",
                "/report?id=..",
                "/export?id=../first&format=jsonl",
                "http://127.0.0.1/api/overview")) {
            // where a path could be read in two ways the HTTP server refuses it itself
            assertThat(raw(target)).as(target).isIn(400, 404);
            seen++;
        }
        assertThat(seen).isEqualTo(39);
        assertThat(raw("*")).isEqualTo(400);
        assertThat(raw("mailto:a@b")).as("no answer at all").isIn(-1, 400, 404);
        assertThat(send("/api/overview").statusCode()).as("the server lives").isEqualTo(200);
        assertThat(rendered).isEmpty();
    }

    @Test
    void otherMethods_areToldWhichAreRight() throws Exception {
        int port = server.port();
        assertThat(RawClient.status(port, "PUT /api/overview")).isEqualTo(405);
        assertThat(RawClient.status(port, "DELETE /api/run?id=first")).isEqualTo(405);
        assertThat(RawClient.status(port, "POST /export?id=first", "Content-Length: 0"))
                .isEqualTo(405);
        assertThat(RawClient.status(port, "HEAD /api/stream")).isEqualTo(405);
        assertThat(RawClient.status(port, "GET /api/action")).isEqualTo(405);
        assertThat(RawClient.status(port, "OPTIONS /api/action")).isEqualTo(405);
        assertThat(RawClient.status(port, "HEAD /api/overview")).isEqualTo(200);
        assertThat(RawClient.status(port, "HEAD /export?id=first")).isEqualTo(200);
    }

    @Test
    void hostileNames_travelAsText() throws Exception {
        String name = "<img src=x onerror=alert(1)>\"'&\n=1+1 王";
        RunFolder.of(temp.resolve(name), 2);
        try (LiveRuns again = LiveRuns.open(temp, InstantSource.system());
                DashboardServer other = DashboardServer.start(
                        again,
                        this::page,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        TOKEN,
                        InstantSource.system())) {
            again.poll();
            String base = "http://127.0.0.1:" + other.port();
            String id = URLEncoder.encode(name, StandardCharsets.UTF_8);
            JsonNode detail = JSON.readTree(client.send(
                            HttpRequest.newBuilder(URI.create(base + "/api/run?id=" + id))
                                    .build(),
                            BodyHandlers.ofString())
                    .body());
            assertThat(detail.path("id").asText()).isEqualTo(name);
            var download = client.send(
                    HttpRequest.newBuilder(URI.create(base + "/export?format=jsonl&id=" + id))
                            .build(),
                    BodyHandlers.ofString());
            assertThat(download.headers().firstValue("Content-Disposition").orElseThrow())
                    .matches("attachment; filename=\"[A-Za-z0-9._-]+\\.jsonl\"; filename\\*=UTF-8''[A-Za-z0-9._%-]+")
                    .contains("%3D1%2B1%20%E7%8E%8B.jsonl");
            assertThat(download.body().lines()).hasSize(2);
            assertThat(client.send(
                                    HttpRequest.newBuilder(URI.create(base + "/metrics"))
                                            .build(),
                                    BodyHandlers.ofString())
                            .body())
                    .contains("stride_step{run=\"" + name.replace("\"", "\\\"").replace("\n", "\\n") + "\"} 2\n");
        }
    }

    @Test
    void aLinkThatLeadsOut_isNeitherExportedNorReported() throws Exception {
        Path secret = Files.writeString(Files.createTempFile("secret", ".txt"), "secret");
        try {
            Files.createSymbolicLink(temp.resolve("first/samples.jsonl.old"), secret);
            for (String path : List.of("/export?id=first", "/export?id=first&format=jsonl", "/report?id=first")) {
                HttpResponse<String> answer = send(path);
                assertThat(answer.statusCode()).as(path).isEqualTo(404);
                assertThat(answer.body()).contains("leads out of the folder").doesNotContain("secret");
            }
        } finally {
            Files.delete(secret);
        }
    }

    @Test
    void exports_areDownloads() throws Exception {
        HttpResponse<String> csv = send("/export?id=first");
        assertThat(csv.headers().firstValue("Content-Type")).contains("text/csv; charset=utf-8");
        assertThat(csv.headers().firstValue("Content-Disposition").orElseThrow())
                .contains("filename=\"first.csv\"");
        assertThat(csv.body().lines()).as("a header and ten updates").hasSize(11);
        List<String> lines =
                send("/export?id=first&format=jsonl").body().lines().toList();
        assertThat(lines).hasSize(11);
        assertThat(JSON.readTree(lines.get(10)).path("run").asText()).isEqualTo("first");
        assertThat(JSON.readTree(lines.get(10)).path("type").asText()).isEqualTo("eval");
        // a failure half-way must not look like the end of the file
        Files.writeString(run.path().resolve("events.jsonl"), run.path() + "\n" + "x".repeat(9_000_000));
        assertThatThrownBy(() -> send("/export?id=first&format=jsonl")).isInstanceOf(IOException.class);
    }

    @Test
    void report_isDrawnAndNotWritten_inASandbox() throws Exception {
        HttpResponse<String> response = send("/report?id=first&lang=zh");
        assertThat(response.body()).contains("<title>report</title>");
        assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
                .startsWith("sandbox allow-scripts");
        assertThat(send("/report?id=first").statusCode()).isEqualTo(200);
        assertThat(rendered).containsExactly("first CHINESE", "first null");
        assertThat(run.path().resolve("report.html")).doesNotExist();
        RunFolder.of(temp.resolve("damaged"), 1);
        SweepFolder.of(temp.resolve("sweep"), 1, 1e-3, 3e-3);
        try (LiveRuns again = LiveRuns.open(temp, InstantSource.system())) {
            again.poll();
            server.close();
            server = DashboardServer.start(
                    again,
                    this::page,
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    TOKEN,
                    InstantSource.system());
            HttpResponse<String> refused = send("/report?id=damaged");
            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(JSON.readTree(refused.body()).path("error").asText()).isEqualTo("events.jsonl is damaged");
            assertThat(send("/report?id=sweep").statusCode()).isEqualTo(200);
            assertThat(rendered).contains("sweep null");
        }
    }

    // ---- who may ------------------------------------------------------------------------------------------------

    @Test
    void actions_needTheToken_theType_andTheSite() throws Exception {
        String body = action("first", "halve", "");
        String json = "application/json";
        assertThat(act(body, "Content-Type", json).statusCode()).isEqualTo(403);
        assertThat(act(body, "Content-Type", json, "Authorization", "Bearer " + TOKEN.substring(1))
                        .statusCode())
                .isEqualTo(403);
        assertThat(act(body, "Content-Type", json, "Cookie", "stride_1=" + TOKEN)
                        .statusCode())
                .as("the cookie of another port")
                .isEqualTo(403);
        assertThat(act(body, "Content-Type", "text/plain", "Authorization", BEARER)
                        .statusCode())
                .isEqualTo(415);
        assertThat(act(body, "Authorization", BEARER, "Content-Type", "application/x-www-form-urlencoded")
                        .statusCode())
                .isEqualTo(415);
        int refused = 0;
        for (String origin :
                List.of("http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1", "file://")) {
            assertThat(act(body, "Content-Type", json, "Authorization", BEARER, "Origin", origin)
                            .statusCode())
                    .as(origin)
                    .isEqualTo(403);
            refused++;
        }
        assertThat(refused).isEqualTo(5);
        assertThat(act(body, "Content-Type", json, "Authorization", BEARER, "Sec-Fetch-Site", "cross-site")
                        .statusCode())
                .isEqualTo(403);
        assertThat(requests()).isEmpty();
        String own = "http://127.0.0.1:" + server.port();
        assertThat(act(body, "Content-Type", json, "Authorization", BEARER, "Origin", own)
                        .statusCode())
                .isEqualTo(202);
        assertThat(requests()).hasSize(1);
    }

    @Test
    void otherHosts_areRefused_andTunnelsAreNot() throws Exception {
        int seen = 0;
        for (String host : List.of(
                "evil.example",
                "127.0.0.1.evil.example",
                "localhost.evil.example:80",
                "10.0.0.1",
                "[::2]",
                "",
                "gpu-3")) {
            assertThat(raw("/api/overview", "Host: " + host)).as(host).isEqualTo(host.isEmpty() ? 400 : 403);
            seen++;
        }
        assertThat(seen).isEqualTo(7);
        for (String host : List.of("localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.1.1:9", "[::1]:6017")) {
            assertThat(raw("/api/overview", "Host: " + host)).as(host).isEqualTo(200);
            seen++;
        }
        assertThat(seen).isEqualTo(12);
        assertThat(raw("/api/stream", "Origin: http://evil.example")).isEqualTo(403);
    }

    @Test
    void printedAddress_movesTheTokenIntoACookie() throws Exception {
        HttpResponse<String> welcome = send("/?token=" + TOKEN);
        assertThat(welcome.statusCode()).isEqualTo(303);
        assertThat(welcome.headers().firstValue("Location")).contains("/");
        String cookie = welcome.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie)
                .startsWith("stride_" + server.port() + "=")
                .contains("HttpOnly", "SameSite=Strict", "Path=/");
        String sent = "other=1; " + cookie.substring(0, cookie.indexOf(';'));
        assertThat(act(action("first", "evaluate", ""), "Content-Type", "application/json", "Cookie", sent)
                        .statusCode())
                .isEqualTo(202);
        assertThat(send("/?token=" + TOKEN.replace('0', '1')).statusCode()).isEqualTo(403);
        assertThat(send("/?token=").statusCode()).isEqualTo(403);
        // elsewhere the query is no way in
        assertThat(act(action("first", "evaluate", ""), "Content-Type", "application/json")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void otherAddressThanLoopback_needsTheTokenForEverything() throws Exception {
        server.close();
        server = DashboardServer.start(
                runs, this::page, new InetSocketAddress("0.0.0.0", 0), TOKEN, InstantSource.system());
        int seen = 0;
        for (String path : List.of(
                "/",
                "/assets/dashboard.js",
                "/api/overview",
                "/api/run?id=first",
                "/api/stream",
                "/export?id=first",
                "/report?id=first",
                "/metrics")) {
            assertThat(raw(path, "Host: gpu-3:6017")).as(path).isEqualTo(403);
            seen++;
        }
        assertThat(seen).isEqualTo(8);
        assertThat(raw("/nowhere", "Host: gpu-3:6017")).isEqualTo(404);
        assertThat(raw("/api/overview", "Host: gpu-3:6017", "Authorization: " + BEARER))
                .isEqualTo(200);
        assertThat(raw("/metrics", "Authorization: " + BEARER)).isEqualTo(200);
        assertThat(raw("/?token=" + TOKEN, "Host: gpu-3:6017")).isEqualTo(303);
        assertThat(raw("/api/overview", "Cookie: stride_" + server.port() + "=" + TOKEN))
                .isEqualTo(200);
        assertThat(raw("/api/overview", "Authorization: " + BEARER, "Origin: http://evil.example"))
                .isEqualTo(403);
    }

    // ---- actions ------------------------------------------------------------------------------------------------

    @Test
    void action_isLeftInTheRunsFolder() throws Exception {
        HttpResponse<String> response = act(action("first", "note", "weiter so, 王"));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        String id = JSON.readTree(response.body()).path("request").asText();
        assertThat(id)
                .startsWith(Long.toString(Instant.parse("2026-11-24T18:00:00Z").toEpochMilli()));
        assertThat(requests()).hasSize(1);
        assertThat(requests().get(0).getFileName()).hasToString(id + ".json");
        RunRequest request =
                RunRequest.fromJson(JSON.readTree(Files.readString(requests().get(0))));
        assertThat(request)
                .isEqualTo(new RunRequest(
                        RunRequest.Action.NOTE, "weiter so, 王", "page", Instant.parse("2026-11-24T18:00:00Z")));
    }

    @Test
    void badActions_leaveNothing() throws Exception {
        int seen = 0;
        for (String body : List.of(
                "",
                "[]",
                "{}",
                "nonsense",
                action("first", "delete", ""),
                action("first", "", ""),
                action("first", "note", "  "),
                action("first", "note", "x".repeat(2_001)),
                "{\"id\":1,\"action\":\"stop\"}",
                "{\"id\":\"first\",\"action\":\"stop\",\"text\":5}",
                action("first", "stop", "") + "{}")) {
            assertThat(act(body).statusCode()).as(body).isEqualTo(400);
            seen++;
        }
        assertThat(seen).isEqualTo(11);
        assertThat(act(action("first", "note", "x".repeat(DashboardCalls.MAX_BODY)))
                        .statusCode())
                .isEqualTo(413);
        assertThat(act(action("../first", "stop", "")).statusCode()).isEqualTo(404);
        assertThat(act(action("", "stop", "")).statusCode()).isEqualTo(404);
        assertThat(requests()).isEmpty();
    }

    @Test
    void actionOnARunThatIsOver_isRefusedWithItsStatus() throws Exception {
        int seen = 0;
        for (RunResult.Status status : RunResult.Status.values()) {
            run.end(status);
            try (LiveRuns again = LiveRuns.open(temp, InstantSource.system())) {
                again.poll();
                server.close();
                server = DashboardServer.start(
                        again,
                        this::page,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        TOKEN,
                        InstantSource.system());
                HttpResponse<String> response = act(action("first", "stop", ""));
                assertThat(response.statusCode()).isEqualTo(409);
                assertThat(response.body()).contains("the run is " + status.word());
                seen++;
            }
        }
        assertThat(seen).isEqualTo(4);
        assertThat(requests()).isEmpty();
    }

    @Test
    void usedPort_isRefused_withWhatToDo() {
        InetSocketAddress used = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
        assertThatThrownBy(() -> DashboardServer.start(runs, this::page, used, TOKEN, InstantSource.system()))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("cannot listen", "--port 0");
    }
}
