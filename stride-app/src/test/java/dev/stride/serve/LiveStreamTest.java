package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.live.LiveRuns;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes over the wire while somebody listens. The timeout only ends what would hang for ever. */
@Timeout(120)
class LiveStreamTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration NEVER = Duration.ofHours(1);

    @TempDir
    Path temp;

    private LiveRuns runs;
    private DashboardServer server;
    private RunFolder run;

    @BeforeEach
    void start() {
        run = RunFolder.of(temp.resolve("first"), 10);
        runs = LiveRuns.open(temp, InstantSource.system());
        runs.poll();
        server = server(new DashboardServer.Limits(64, NEVER, NEVER));
    }

    @AfterEach
    void stop() {
        server.close();
        runs.close();
    }

    private DashboardServer server(DashboardServer.Limits limits) {
        return DashboardServer.start(
                runs,
                (folder, language) -> "",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                TOKEN,
                InstantSource.system(),
                limits);
    }

    /** One event as a browser would take it. */
    private record Event(String id, String name, JsonNode data) {}

    /** A client that reads event after event. */
    private final class Listener implements AutoCloseable {
        private final RawClient client;
        private String text = "";

        Listener(String query, String... headers) throws IOException {
            client = new RawClient(server.port(), "GET /api/stream" + query, headers);
            assertThat(client.status()).isEqualTo(200);
            assertThat(client.headers()).containsEntry("content-type", "text/event-stream; charset=utf-8");
        }

        Event next() throws IOException {
            while (true) {
                int end = text.indexOf("\n\n");
                if (end >= 0) {
                    String block = text.substring(0, end).stripLeading();
                    text = text.substring(end + 2);
                    if (!block.startsWith(":")) {
                        return event(block);
                    }
                } else {
                    String chunk = client.chunk();
                    if (chunk == null || chunk.isEmpty()) {
                        throw new AssertionError("the stream ended");
                    }
                    text += chunk;
                }
            }
        }

        /** The next rows, whatever the overview says between. */
        Event rows() throws IOException {
            Event event = next();
            while (!event.name().equals("rows")) {
                event = next();
            }
            return event;
        }

        private Event event(String block) throws IOException {
            String id = "";
            String name = "";
            StringBuilder data = new StringBuilder();
            for (String line : block.split("\n")) {
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    name = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data.append(line.substring(6));
                }
            }
            return new Event(id, name, JSON.readTree(data.toString()));
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    private static List<Integer> steps(JsonNode rows) {
        List<Integer> steps = new ArrayList<>();
        rows.path("rows").forEach(row -> steps.add(row.path("step").asInt()));
        return steps;
    }

    @Test
    void newUpdate_isOnTheWireWhileTheAnswerIsOpen() throws Exception {
        try (Listener listener = new Listener("?run=first")) {
            Event hello = listener.next();
            assertThat(hello.name()).isEqualTo("hello");
            assertThat(hello.data().path("can_act").asBoolean(true)).isFalse();
            Event overview = listener.next();
            assertThat(overview.name()).isEqualTo("overview");
            assertThat(overview.data().path("runs").path(0).path("step").asInt())
                    .isEqualTo(10);
            Event start = listener.next();
            assertThat(start.name()).isEqualTo("rows");
            assertThat(start.data().path("from").asInt()).isEqualTo(10);
            assertThat(start.data().path("to").asInt()).isEqualTo(10);
            assertThat(start.data().path("rows")).isEmpty();
            run.steps(11, 11);
            runs.poll();
            Event rows = listener.rows();
            assertThat(rows.data().path("id").asText()).isEqualTo("first");
            assertThat(steps(rows.data())).containsExactly(11);
            assertThat(rows.data().path("rows").path(0).path("lr").path("decay").asDouble())
                    .isEqualTo(1e-3 / 11);
            run.steps(12, 13);
            run.eval(13, 1.5);
            runs.poll();
            rows = listener.rows();
            assertThat(steps(rows.data())).containsExactly(12, 13);
            assertThat(rows.data().path("evals")).hasSize(1);
        }
    }

    @Test
    void poller_reachesTheClientByItself() throws Exception {
        runs.start();
        try (Listener listener = new Listener("?run=first", "Authorization: Bearer " + TOKEN)) {
            assertThat(listener.next().data().path("can_act").asBoolean()).isTrue();
            listener.rows();
            run.steps(11, 11);
            assertThat(steps(listener.rows().data())).containsExactly(11);
        }
    }

    @Test
    void clientThatComesBack_goesOnWhereItWas() throws Exception {
        String last;
        try (Listener listener = new Listener("?run=first")) {
            listener.rows();
            run.steps(11, 12);
            runs.poll();
            Event rows = listener.rows();
            assertThat(steps(rows.data())).containsExactly(11, 12);
            last = rows.id();
        }
        run.steps(13, 15);
        runs.poll();
        try (Listener listener = new Listener("?run=first", "Last-Event-ID: " + last)) {
            assertThat(listener.next().name()).isEqualTo("hello");
            Event overview = listener.next();
            assertThat(overview.data().path("full").asBoolean()).isFalse();
            Event rows = listener.rows();
            assertThat(rows.data().path("from").asInt()).isEqualTo(12);
            assertThat(steps(rows.data())).containsExactly(13, 14, 15);
        }
    }

    @Test
    void clientOfAServerThatWasStartedAgain_isToldToReadEverythingAnew() throws Exception {
        String last;
        String name;
        try (Listener listener = new Listener("?run=first")) {
            name = listener.next().data().path("server").asText();
            last = listener.rows().id();
        }
        assertThat(last).startsWith(name + "/");
        server.close();
        server = server(new DashboardServer.Limits(64, NEVER, NEVER));
        try (Listener listener = new Listener("?run=first", "Last-Event-ID: " + last)) {
            assertThat(listener.next().data().path("server").asText())
                    .hasSize(8)
                    .isNotEqualTo(name);
            assertThat(listener.next().data().path("full").asBoolean()).isTrue();
            Event rows = listener.rows();
            assertThat(rows.data().path("reload").asBoolean()).isTrue();
            run.steps(11, 11);
            runs.poll();
            assertThat(steps(listener.rows().data())).containsExactly(11);
        }
    }

    @Test
    void strangeLastEventIds_areANewClients() throws Exception {
        int seen = 0;
        for (String last : List.of("x", "///", "a/b/c", "0/99999999999999999999999/0:0", "-1")) {
            try (Listener listener = new Listener("?run=first", "Last-Event-ID: " + last)) {
                assertThat(listener.rows().data().path("from").asInt()).as(last).isEqualTo(10);
                seen++;
            }
        }
        assertThat(seen).isEqualTo(5);
    }

    @Test
    void placeInTheQuery_isWhereRowsBegin_inPiecesOfABoundedSize() throws Exception {
        run.steps(11, 4_500);
        runs.poll();
        try (Listener listener = new Listener("?run=first&at=0:8")) {
            List<Integer> all = new ArrayList<>();
            int events = 0;
            while (all.size() < 4_492) {
                JsonNode rows = listener.rows().data();
                assertThat(rows.path("from").asInt()).isEqualTo(8 + all.size());
                assertThat(rows.path("rows").size()).isBetween(1, LiveStream.MOST_ROWS);
                all.addAll(steps(rows));
                events++;
            }
            assertThat(events).isEqualTo(3);
            assertThat(all.get(0)).isEqualTo(9);
            assertThat(all.get(all.size() - 1)).isEqualTo(4_500);
        }
    }

    @Test
    void fileThatWasCut_isToBeReadAnew_andGoesOn() throws Exception {
        try (Listener listener = new Listener("?run=first")) {
            listener.rows();
            List<String> lines = Files.readAllLines(run.path().resolve("events.jsonl"));
            Files.writeString(run.path().resolve("events.jsonl"), String.join("\n", lines.subList(0, 5)) + "\n");
            runs.poll();
            Event rows = listener.rows();
            assertThat(rows.data().path("reload").asBoolean()).isTrue();
            run.steps(6, 6);
            runs.poll();
            assertThat(steps(listener.rows().data())).containsExactly(6);
        }
    }

    @Test
    void runThatIsNotThereYet_isWaitedFor() throws Exception {
        try (Listener listener = new Listener("?run=first&run=later%20run")) {
            listener.rows();
            RunFolder later = RunFolder.of(temp.resolve("later run"), 2);
            runs.start();
            Event rows = listener.rows();
            assertThat(rows.data().path("id").asText()).isEqualTo("later run");
            later.steps(3, 3);
            assertThat(steps(listener.rows().data())).containsExactly(3);
        }
    }

    @Test
    void clientThatReadsNothing_holdsUpNobody_andIsLetGo() throws Exception {
        server.close();
        server = server(new DashboardServer.Limits(2, NEVER, Duration.ofMillis(500)));
        run.steps(11, 60_000);
        runs.poll();
        Socket small = new Socket();
        small.setReceiveBufferSize(4_096);
        try (RawClient dead = new RawClient(small, server.port(), "GET /api/stream?run=first&at=0:0");
                Listener listener = new Listener("?run=first")) {
            // 60,000 rows are some megabytes, far more than the buffers of both ends
            listener.rows();
            for (int step = 60_001; step <= 60_003; step++) {
                run.steps(step, step);
                runs.poll();
                assertThat(steps(listener.rows().data())).containsExactly(step);
            }
            // both places are taken until the dead client's is given back
            int status = 503;
            while (status == 503) {
                try (RawClient third = new RawClient(server.port(), "GET /api/stream")) {
                    status = third.status();
                }
            }
            assertThat(status).isEqualTo(200);
            assertThat(dead.status()).isEqualTo(200);
            assertThat(dead.drain()).as("cut, not whole").isLessThan(5_000_000);
        }
    }

    @Test
    void moreStreamsThanThereArePlaces_areRefused_untilOneEnds() throws Exception {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 64; i++) {
                RawClient client = new RawClient(server.port(), "GET /api/stream");
                clients.add(client);
                assertThat(client.status()).isEqualTo(200);
            }
            try (RawClient more = new RawClient(server.port(), "GET /api/stream")) {
                assertThat(more.status()).isEqualTo(503);
                assertThat(more.headers()).containsKey("retry-after");
            }
            assertThat(RawClient.status(server.port(), "GET /api/overview")).isEqualTo(200);
            clients.remove(0).close();
            int status = 503;
            while (status == 503) {
                // the server notices when it next has something to say
                run.eval(10, 1.5);
                runs.poll();
                status = RawClient.status(server.port(), "GET /api/stream");
            }
            assertThat(status).isEqualTo(200);
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
    }

    @Test
    void quietStream_saysAComment() throws Exception {
        server.close();
        server = server(new DashboardServer.Limits(64, Duration.ofMillis(50), NEVER));
        try (RawClient client = new RawClient(server.port(), "GET /api/stream")) {
            client.status();
            client.headers();
            assertThat(client.until("\n:\n\n")).contains("event: hello", "event: overview");
        }
    }

    @Test
    void serverThatEnds_endsItsStreams() throws Exception {
        try (Listener listener = new Listener("?run=first")) {
            listener.rows();
            server.close();
            // the end of the stream, or of the connection; a stream that goes on would wait for ever
            long left;
            try {
                left = listener.client.drain();
            } catch (IOException reset) {
                left = 0;
            }
            assertThat(left).isLessThan(100);
        }
        assertThat(runs.version()).isPositive();
    }
}
