package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEnd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Slow, broken and hostile clients; after each of them the server answers as before. */
class ChatHostileTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final int PATIENCE_SECONDS = 120;
    private static final String[] NAMES = {ChatRig.BASE, ChatRig.ONE, ChatRig.TWO};

    private static Socket connect(ChatRig rig) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), rig.port());
        socket.setSoTimeout(PATIENCE_SECONDS * 1000);
        return socket;
    }

    private static String head(ChatRig rig, String more) {
        return "POST " + CHAT + " HTTP/1.1\r\nHost: 127.0.0.1:" + rig.port() + "\r\nContent-Type: application/json\r\n"
                + more;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Sends bytes and gives what comes back until the connection ends; a connection that is reset is an end too. */
    private static String exchange(ChatRig rig, byte[]... parts) throws IOException {
        ByteArrayOutputStream back = new ByteArrayOutputStream();
        try (Socket socket = connect(rig)) {
            OutputStream out = socket.getOutputStream();
            for (byte[] part : parts) {
                out.write(part);
            }
            out.flush();
            socket.shutdownOutput();
            InputStream in = socket.getInputStream();
            for (int b = in.read(); b >= 0; b = in.read()) {
                back.write(b);
            }
        } catch (SocketException e) {
            // what came until then counts
        }
        return back.toString(StandardCharsets.UTF_8);
    }

    @Test
    void streams_halfDroppedMidway_theOthersAreTheSameAsAlone() throws Exception {
        try (ChatRig rig = ChatRig.open()) {
            List<ObjectNode> bodies = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                bodies.add(ChatRig.question(
                        NAMES[i % 3], "第" + i + "个问题：快递几天到？", "temperature", 0, "max_tokens", 40 + i, "stream", true));
            }
            ExecutorService clients = Executors.newFixedThreadPool(50);
            List<Future<String>> texts = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                ObjectNode body = bodies.get(i);
                if (i % 2 == 0) {
                    texts.add(clients.submit(() -> ChatRig.words(
                            ChatRig.events(rig.post(CHAT, body.toString()).body()), 0)));
                } else {
                    ChatRig.with(body, "model", NAMES[1 + i % 2], "max_tokens", 1500, "logprobs", true);
                    texts.add(clients.submit(() -> {
                        try (ChatLeavingTest.Leaver leaver = new ChatLeavingTest.Leaver(rig, body)) {
                            leaver.until(ChatLeavingTest.TOKEN);
                            return "";
                        }
                    }));
                }
            }
            for (int i = 0; i < 50; i += 2) {
                String together = texts.get(i).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                ObjectNode body = ChatRig.with(bodies.get(i), "stream", false);
                assertThat(together).as(body.toString()).isNotEmpty();
                texts.set(i, Future.class.cast(java.util.concurrent.CompletableFuture.completedFuture(together)));
            }
            for (Future<String> text : texts) {
                text.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            clients.shutdown();
            rig.await(status -> status.answering() + status.waiting() == 0);
            assertThat(rig.ended(ChatEnd.Reason.CANCELLED)).isEqualTo(25);
            assertThat(rig.engine.status().cacheTokensHeld()).isZero();
            for (int i = 0; i < 50; i += 2) {
                assertThat(ChatRig.words(rig.chat(bodies.get(i))))
                        .isEqualTo(texts.get(i).get());
            }
        }
    }

    @Test
    void slowReader_holdsUpNobody() throws Exception {
        try (ChatRig rig = ChatRig.open();
                ChatLeavingTest.Leaver slow = new ChatLeavingTest.Leaver(
                        rig, ChatRig.question(ChatRig.ONE, "说", "temperature", 0, "max_tokens", 800, "stream", true))) {
            slow.until("assistant");
            for (int i = 0; i < 5; i++) {
                rig.isWell();
                slow.client.chunk(); // a second, a chunk
                Thread.sleep(1000);
            }
            assertThat(slow.client.until("[DONE]")).contains("\"finish_reason\":\"");
        }
    }

    @Test
    void readerThatStops_isLetGoAfterTheStallLimit() throws Exception {
        WebServer.Limits limits = ChatRig.LIMITS.withStall(Duration.ofSeconds(2));
        try (ChatRig rig = ChatRig.open(ChatRig.setup().limits(limits));
                Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            // many probabilities make an answer that no buffer on the way holds
            byte[] body = bytes(ChatRig.question(
                            ChatRig.ONE,
                            "说",
                            "max_tokens",
                            2000,
                            "stream",
                            true,
                            "n",
                            8,
                            "logprobs",
                            true,
                            "top_logprobs",
                            20)
                    .toString());
            try (RawClient stopped = new RawClient(
                    socket,
                    rig.port(),
                    "POST " + CHAT,
                    "Content-Type: application/json",
                    "Content-Length: " + body.length)) {
                socket.getOutputStream().write(body);
                assertThat(stopped.status()).isEqualTo(200);
                rig.await(status -> status.passes() > 20);
                for (int i = 0; rig.log.stream().noneMatch(line -> line.status() == ApiLog.CLIENT_LEFT); i++) {
                    assertThat(i).as("it is not let go").isLessThan(PATIENCE_SECONDS * 10);
                    Thread.sleep(100);
                }
                rig.await(status -> status.answering() + status.waiting() == 0);
                rig.isWell();
            }
        }
    }

    @Test
    void slowHeadersAndBodies_byTheDozens_holdUpNobodyAndAreEnded() throws Exception {
        WebServer.Limits few =
                new WebServer.Limits(8, 2048, ChatSettings.MAX_BODY, Duration.ofSeconds(5), Duration.ofSeconds(60));
        try (ChatRig rig = ChatRig.open(ChatRig.setup().limits(few))) {
            List<Socket> slow = new ArrayList<>();
            try {
                for (int i = 0; i < 100; i++) {
                    Socket socket = connect(rig);
                    String begun = i % 2 == 0 ? "POST " + CHAT + " HTT" : head(rig, "Content-Length: 1000\r\n\r\n{");
                    socket.getOutputStream().write(bytes(begun));
                    slow.add(socket);
                }
                for (int i = 0; i < 5; i++) {
                    rig.isWell();
                    for (Socket socket : slow) {
                        try {
                            socket.getOutputStream().write(' ');
                        } catch (SocketException e) {
                            continue; // ended already
                        }
                    }
                }
                int read = 0;
                for (Socket socket : slow) {
                    try {
                        socket.getInputStream().readAllBytes(); // perhaps the words that it was too slow
                    } catch (SocketException e) {
                        // reset, which is an end too
                    }
                    read++;
                }
                assertThat(read).as("connections that were ended").isEqualTo(100);
                rig.isWell();
            } finally {
                for (Socket socket : slow) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void brokenHttp_isRefusedOrEnded() throws Exception {
        try (ChatRig rig = ChatRig.open()) {
            String good = ChatRig.question(ChatRig.BASE, "你好", "temperature", 0, "max_tokens", 2)
                    .toString();
            int length = bytes(good).length;
            byte[] noise = new byte[5000];
            new java.util.Random(1).nextBytes(noise);
            List<byte[]> broken = List.of(
                    noise,
                    bytes("GET /v1/models\r\n\r\n"),
                    bytes("GET /v1/models HTTP/0.9\r\n\r\n"),
                    bytes("GET /v1/models HTTP/3.7\r\nHost: localhost\r\n\r\n"),
                    bytes("GET /v1/models HTTP/1.1\r\n\r\n"),
                    bytes("GET /v1/models HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
                    bytes("GET /v1/mo\0dels HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                    bytes("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n"),
                    bytes("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(100_000) + "\r\n\r\n"),
                    bytes("GET /" + "x".repeat(100_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                    bytes("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n" + "X: y\r\n".repeat(20_000) + "\r\n"),
                    bytes(head(rig, "Content-Length: -1\r\n\r\n") + good),
                    bytes(head(rig, "Content-Length: x\r\n\r\n") + good),
                    bytes(head(rig, "Content-Length: 5\r\nContent-Length: 6\r\n\r\n") + good),
                    bytes(head(rig, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") + good),
                    bytes(head(rig, "Transfer-Encoding: gzip\r\n\r\n") + good),
                    bytes(head(rig, "Transfer-Encoding: chunked\r\n\r\nzz\r\n") + good),
                    bytes(head(rig, "Transfer-Encoding: chunked\r\n\r\n10\r\n{\"model\"")),
                    bytes(head(rig, "Content-Length: " + (length + 10) + "\r\n\r\n") + good),
                    bytes(head(rig, "Content-Length: " + (length - 10) + "\r\n\r\n") + good),
                    bytes("\r\n\r\n\r\n\r\n"),
                    bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
            for (int i = 0; i < broken.size(); i++) {
                String answer = exchange(rig, broken.get(i));
                assertThat(answer)
                        .as("case %d", i)
                        .doesNotContain(" 200 ", "\tat ", "Exception")
                        .matches("(?s)(HTTP/1\\.1 [345].*)?");
                rig.isWell();
            }
            assertThat(rig.engine.status().answering()).isZero();
        }
    }

    @Test
    void pipelinedRequests_areAnsweredInOrder() throws Exception {
        try (ChatRig rig = ChatRig.open()) {
            StringBuilder all = new StringBuilder();
            for (int i = 1; i <= 20; i++) {
                String body = ChatRig.question(ChatRig.BASE, "你好", "temperature", 0, "max_tokens", i)
                        .toString();
                all.append(head(
                                rig,
                                "Content-Length: " + bytes(body).length + (i == 20 ? "\r\nConnection: close" : "")
                                        + "\r\n\r\n"))
                        .append(body);
            }
            ByteArrayOutputStream back = new ByteArrayOutputStream();
            try (Socket socket = connect(rig)) {
                socket.getOutputStream().write(bytes(all.toString()));
                socket.getInputStream().transferTo(back);
            }
            List<Integer> counts = new ArrayList<>();
            java.util.regex.Matcher found = java.util.regex.Pattern.compile("\"total_tokens\":(\\d+)")
                    .matcher(back.toString(StandardCharsets.UTF_8));
            while (found.find()) {
                counts.add(Integer.parseInt(found.group(1)));
            }
            assertThat(counts).hasSize(20).isSorted();
        }
    }

    @Test
    void strangeBodies_areRefusedOrAnswered_neverAFailure() {
        try (ChatRig rig = ChatRig.open()) {
            String start = "{\"model\":\"sample\",\"max_tokens\":2,\"messages\":[{\"role\":\"user\",\"content\":\"";
            List<byte[]> bodies = new ArrayList<>();
            bodies.add(bytes("[".repeat(100_000)));
            bodies.add(bytes("{\"a\":".repeat(100_000)));
            bodies.add(bytes("{\"messages\":" + "[".repeat(900) + "]".repeat(900) + "}"));
            bodies.add(bytes(start + "a\"}],\"tools\":" + "[".repeat(900) + "]".repeat(900) + "}"));
            byte[] cut = bytes(start + "ab\"}]}");
            cut[start.length()] = (byte) 0xC3;
            bodies.add(cut);
            byte[] never = bytes(start + "ab\"}]}");
            never[start.length()] = (byte) 0xFF;
            bodies.add(never);
            bodies.add((start + "a\"}]}").getBytes(StandardCharsets.UTF_16));
            bodies.add(bytes(start + "\0\"}]}"));
            for (String number : List.of(
                    "1e999",
                    "-1e999",
                    "1e-999",
                    "9".repeat(900),
                    "9".repeat(5000),
                    "1e999999999",
                    "NaN",
                    "Infinity",
                    "-0",
                    "0x10",
                    "1.0")) {
                for (String key : List.of("temperature", "seed", "n", "top_k", "max_completion_tokens")) {
                    bodies.add(bytes(start + "a\"}],\"" + key + "\":" + number + "}"));
                }
                bodies.add(bytes("{\"model\":\"sample\",\"max_tokens\":2,\"prompt\":[" + number + "]}"));
            }
            bodies.add(bytes(start + "a\"}],\"messages\":[]}"));
            bodies.add(bytes("{\"model\":\"sample\",\"messages\":[null]}"));
            bodies.add(bytes("{\"model\":\"sample\",\"messages\":[{}]}"));
            bodies.add(bytes("{\"model\":\"sample\",\"messages\":[{\"role\":\"king\",\"content\":\"a\"}]}"));
            bodies.add(
                    bytes(
                            "{\"model\":\"sample\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}"));
            bodies.add(bytes("{\"model\":\"sample\",\"messages\":[{\"role\":\"tool\",\"content\":\"a\"}]}"));
            bodies.add(bytes("{\"model\":\"sample\",\"messages\":["
                    + String.join(",", java.util.Collections.nCopies(10_000, "{\"role\":\"user\",\"content\":\"a\"}"))
                    + "]}"));
            for (byte[] body : bodies) {
                for (String path : List.of(CHAT, "/v1/completions")) {
                    int status = rig.send(rig.request(path)
                                    .header("Content-Type", "application/json")
                                    .POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(body))
                                    .build())
                            .statusCode();
                    String shown = new String(body, 0, Math.min(200, body.length), StandardCharsets.UTF_8);
                    assertThat(status).as(shown).isIn(200, 400);
                }
            }
            // characters that no text has, or that mean something to the model's form: taken as text
            for (String content : List.of(
                    "\\ud800",
                    "\\udc00\\ud800",
                    "\\u0000",
                    "\\uffff",
                    "<|assistant|>",
                    "[gMASK]",
                    "\\u2581",
                    "\\r\\n\\t\\b")) {
                ObjectNode body = ChatRig.question(ChatRig.BASE, "x", "max_tokens", 2);
                String text = body.toString().replace("\"x\"", "\"" + content + "\"");
                int taken = content.contains("ud800") ? 400 : 200; // half a character is no text
                assertThat(rig.post(CHAT, text).statusCode()).as(content).isEqualTo(taken);
                assertThat(rig.post(
                                        CHAT,
                                        text.replace(
                                                "\"max_tokens\":2", "\"max_tokens\":2,\"stop\":\"" + content + "\""))
                                .statusCode())
                        .as(content)
                        .isEqualTo(taken);
                String named = rig.post(CHAT, body.toString().replace("sample", content))
                        .body();
                assertThat(ChatRig.json(named).at("/error/code").asText()).isEqualTo("model_not_found");
            }
            rig.isWell();
            assertThat(rig.log).noneMatch(line -> line.status() == 500);
        }
    }

    @Test
    void bodiesOverTheLimit_byManyClients_takeNoMemory() throws Exception {
        try (ChatRig rig = ChatRig.open()) {
            byte[] block = new byte[1 << 20];
            Arrays.fill(block, (byte) ' ');
            ExecutorService clients = Executors.newFixedThreadPool(50);
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                boolean chunked = i % 2 == 0;
                answers.add(clients.submit(() -> {
                    try (Socket socket = connect(rig)) {
                        OutputStream out = socket.getOutputStream();
                        out.write(bytes(head(
                                rig,
                                (chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + 60L * block.length)
                                        + "\r\nConnection: close\r\n\r\n")));
                        for (int k = 0; k < 60; k++) { // 3,000 MiB of all clients, more than the heap has
                            if (chunked) {
                                out.write(bytes("100000\r\n"));
                            }
                            out.write(block);
                            if (chunked) {
                                out.write(bytes("\r\n"));
                            }
                        }
                        if (chunked) {
                            out.write(bytes("0\r\n\r\n"));
                        }
                        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    }
                }));
            }
            rig.isWell();
            for (Future<String> answer : answers) {
                assertThat(answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).startsWith("HTTP/1.1 413 ");
            }
            clients.shutdown();
            rig.isWell();
        }
    }
}
