package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.UserException;
import dev.stride.search.Vote;
import dev.stride.search.Votes;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RatingServerTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final String QUERY = "next?rater=Ann&session=aaaaaaaa";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temp;

    private final HttpClient client = HttpClient.newHttpClient();
    private RatingDesk desk;
    private RatingServer server;

    @BeforeEach
    void start() {
        SweepFolder.of(temp, 20, 1e-3, 3e-3);
        desk = RatingDesk.open(RatedSweep.read(temp), 1, Integer.MAX_VALUE, InstantSource.system());
        server = RatingServer.start(desk, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), TOKEN);
    }

    @AfterEach
    void stop() {
        server.close();
        desk.close();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    private HttpResponse<String> get(String name) throws Exception {
        return client.send(HttpRequest.newBuilder(uri("/" + TOKEN + "/" + name)).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String name, String type, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(uri("/" + TOKEN + "/" + name))
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static String vote(String rater, String ticket, String choice) {
        return JSON.createObjectNode()
                .put("rater", rater)
                .put("session", "aaaaaaaa")
                .put("ticket", ticket)
                .put("choice", choice)
                .put("seconds", 2.34)
                .toString();
    }

    /** The status line's number for a request written by hand. */
    private int raw(String request) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            InputStream in = socket.getInputStream();
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
                line.append((char) c);
            }
            return Integer.parseInt(line.toString().split(" ")[1]);
        }
    }

    @Test
    void pageAndItsFiles_areServed_withHeadersThatKeepOthersOut() throws Exception {
        int seen = 0;
        for (String name : List.of("", "rate.css", "rate.js", "rate-words.js", QUERY, "result")) {
            HttpResponse<String> response = get(name);
            assertThat(response.statusCode()).as(name).isEqualTo(200);
            assertThat(response.body()).isNotBlank();
            var headers = response.headers();
            assertThat(headers.firstValue("Cache-Control")).contains("no-store");
            assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(headers.firstValue("Referrer-Policy")).contains("no-referrer");
            assertThat(headers.firstValue("Content-Security-Policy").orElseThrow())
                    .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe", "http");
            seen++;
        }
        assertThat(seen).isEqualTo(6);
    }

    @Test
    void page_namesNothingOutsideOfTheServer_andHasNoScriptOfItsOwn() throws Exception {
        String all = get("").body()
                + get("rate.css").body()
                + get("rate-words.js").body()
                + get("rate.js").body();
        assertThat(all.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http:", "https:", "//cdn", "@import");
        assertThat(get("").body()).doesNotContain("<script>", "<style", " style=", " onclick=");
        assertThat(get("rate.js").body()).doesNotContain("innerHTML", "insertAdjacentHTML", "document.write", "eval(");
    }

    @Test
    void bothLanguages_haveTheSameWords() throws Exception {
        String text = get("rate-words.js").body();
        int split = text.indexOf("zh: {");
        Set<String> english = keys(text.substring(0, split));
        Set<String> chinese = keys(text.substring(split));
        assertThat(english).hasSizeGreaterThan(40);
        assertThat(chinese).isEqualTo(english);
        for (var word : keysInPage(get("").body())) {
            assertThat(english).contains(word);
        }
    }

    private static Set<String> keys(String text) {
        Set<String> keys = new HashSet<>();
        var matcher = java.util.regex.Pattern.compile("(?:^|, |\\n\\s+)(\\w+): (?:\"|\\{ )")
                .matcher(text);
        while (matcher.find()) {
            keys.add(matcher.group(1));
        }
        keys.removeAll(Set.of("en", "zh"));
        return keys;
    }

    private static List<String> keysInPage(String page) {
        List<String> keys = new ArrayList<>();
        var matcher = java.util.regex.Pattern.compile("data-word=\"(\\w+)\"").matcher(page);
        while (matcher.find()) {
            keys.add(matcher.group(1));
        }
        assertThat(keys).hasSizeGreaterThan(20);
        return keys;
    }

    @Test
    void addressesWithoutTheToken_tellNothing() throws Exception {
        for (String path : List.of("/", "/?token=" + TOKEN, "//" + TOKEN + "/")) {
            assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .as(path)
                    .isEqualTo(path.startsWith("//") ? 400 : 403);
        }
        int seen = 0;
        for (String path : List.of(
                "/" + QUERY,
                "/rate.js",
                "/" + TOKEN,
                "/" + TOKEN.substring(1) + "/",
                "/" + TOKEN.toUpperCase(java.util.Locale.ROOT) + "/",
                "/" + TOKEN + "0/",
                "/x/../" + TOKEN + "/")) {
            assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .as(path)
                    .isIn(400, 404); // a path that could be read in two ways is refused by the HTTP server itself
            seen++;
        }
        assertThat(seen).isEqualTo(7);
    }

    @Test
    void pathTricks_findNothing() throws Exception {
        int seen = 0;
        for (String name : List.of(
                "../",
                "..%2f..%2fetc/passwd",
                "../../../../etc/passwd",
                "%2e%2e/ratings.jsonl",
                "ratings.jsonl",
                "sweep.json",
                "rate.js/",
                "./rate.js",
                "/rate.js",
                "rate%2ejs",
                "rate.js%00.css",
                "RatingServer.class",
                "package-info.class",
                "rate.html",
                "next/",
                "favicon.ico")) {
            int status = raw("GET /" + TOKEN + "/" + name + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(status).as(name).isIn(400, 404);
            seen++;
        }
        assertThat(seen).isEqualTo(16);
    }

    @Test
    void otherMethods_areToldWhichAreRight() throws Exception {
        HttpRequest put = HttpRequest.newBuilder(uri("/" + TOKEN + "/next"))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build();
        HttpResponse<String> response = client.send(put, BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("Allow")).contains("GET, HEAD");
        assertThat(get("vote").statusCode()).isEqualTo(405);
        assertThat(get("vote").headers().firstValue("Allow")).contains("POST");
        HttpRequest head = HttpRequest.newBuilder(uri("/" + TOKEN + "/"))
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build();
        response = client.send(head, BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }

    @Test
    void vote_isOnTheDiskWhenItIsAnswered_andTheNextPairComesWithIt() throws Exception {
        JsonNode first = JSON.readTree(get(QUERY).body());
        HttpResponse<String> response = post(
                "vote",
                "application/json; charset=utf-8",
                vote("Ann", first.path("ticket").asText(), "bad"));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        List<Vote> votes = Votes.read(temp);
        assertThat(votes).hasSize(1);
        assertThat(votes.get(0).choice()).isEqualTo(Vote.Choice.BAD);
        assertThat(votes.get(0).seconds()).isEqualTo(2.3);
        assertThat(votes.get(0).leftStep()).isEqualTo(20);
        JsonNode next = JSON.readTree(response.body());
        assertThat(next.path("done").asInt()).isEqualTo(1);
        assertThat(next.path("ticket")).isNotEqualTo(first.path("ticket"));
        // the same vote again, as after an answer that was lost
        HttpResponse<String> twice = post(
                "vote", "application/json", vote("Ann", first.path("ticket").asText(), "bad"));
        assertThat(twice.statusCode()).isEqualTo(409);
        assertThat(Votes.read(temp)).hasSize(1);
        assertThat(JSON.readTree(get("result").body()).path("both_bad").asInt()).isEqualTo(1);
    }

    @Test
    void badVotes_areRefusedWithTheirReason_andNothingIsWritten() throws Exception {
        String ticket = JSON.readTree(get(QUERY).body()).path("ticket").asText();
        String json = "application/json";
        assertThat(post("vote", "text/plain", vote("Ann", ticket, "left")).statusCode())
                .isEqualTo(415);
        int seen = 0;
        for (String body : List.of(
                "",
                "nonsense",
                "[]",
                "{}",
                vote("Ann", ticket, "left") + "{}",
                vote("", ticket, "left"),
                vote("  ", ticket, "left"),
                vote("x".repeat(61), ticket, "left"),
                vote("a\nb", ticket, "left"),
                vote("Ann", ticket, "undo"),
                vote("Ann", ticket, "best"),
                vote("Ann", ticket, "left").replace("2.34", "-1"),
                vote("Ann", ticket, "left").replace("2.34", "\"2\""),
                vote("Ann", ticket, "left").replace("2.34", "1e9"),
                vote("Ann", ticket, "left").replace("aaaaaaaa", "../../x"))) {
            HttpResponse<String> response = post("vote", json, body);
            assertThat(response.statusCode()).as(body).isEqualTo(400);
            assertThat(JSON.readTree(response.body()).path("error").asText()).isNotBlank();
            seen++;
        }
        assertThat(seen).isEqualTo(15);
        assertThat(get("next?rater=&session=aaaaaaaa").statusCode()).isEqualTo(400);
        assertThat(get("next?rater=%zz&session=aaaaaaaa".replace("%zz", "%C3%28%00"))
                        .statusCode())
                .isEqualTo(400);
        assertThat(get("next").statusCode()).isEqualTo(400);
        assertThat(post("undo", json, "{\"rater\":\"Ann\",\"session\":\"aaaaaaaa\"}")
                        .statusCode())
                .isEqualTo(409);
        assertThat(temp.resolve(Votes.FILE)).isEmptyFile();
    }

    @Test
    void longBody_isRefused_andTheServerLives() throws Exception {
        String body = vote("Ann", "x".repeat(RatingServer.MAX_BODY), "left");
        assertThat(post("vote", "application/json", body).statusCode()).isEqualTo(413);
        assertThat(raw("POST /" + TOKEN + "/vote HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n2000\r\n" + " ".repeat(0x2000) + "\r\n0\r\n\r\n"))
                .isEqualTo(413);
        assertThat(get("").statusCode()).isEqualTo(200);
    }

    @Test
    void manyAtOnce_loseNoVote() throws Exception {
        List<CompletableFuture<Integer>> all = new ArrayList<>();
        for (int person = 0; person < 8; person++) {
            String name = "person " + person / 2;
            String session = "session".replaceAll("[^a-f0-9]", "") + "0000000" + person;
            all.add(CompletableFuture.supplyAsync(() -> {
                try {
                    int given = 0;
                    for (int i = 0; i < 5; i++) {
                        JsonNode next =
                                JSON.readTree(get("next?rater=" + name.replace(" ", "%20") + "&session=" + session)
                                        .body());
                        String body =
                                vote(name, next.path("ticket").asText(), "left").replace("aaaaaaaa", session);
                        given += post("vote", "application/json", body).statusCode() == 200 ? 1 : 0;
                    }
                    return given;
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        int given = 0;
        for (CompletableFuture<Integer> one : all) {
            given += one.get();
        }
        assertThat(given).isEqualTo(40);
        assertThat(Files.readAllLines(temp.resolve(Votes.FILE))).hasSize(40);
        assertThat(Votes.read(temp)).as("no rater has judged a pair twice").hasSize(40);
    }

    @Test
    void usedPort_isRefused_withWhatToDo() {
        InetSocketAddress used = new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
        assertThatThrownBy(() -> RatingServer.start(desk, used, TOKEN))
                .isInstanceOf(UserException.class)
                .hasMessageContainingAll("cannot listen", "--port 0");
        InetSocketAddress unknown = InetSocketAddress.createUnresolved("nowhere.invalid", 0);
        assertThatThrownBy(() -> RatingServer.start(desk, unknown, TOKEN)).hasMessageContaining("nowhere.invalid");
    }
}
