package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.live.LiveRun;
import dev.stride.live.LiveRuns;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What one client is told while it listens, as server-sent events: what changed in the overview, and new rows of the runs
 * that it asked for. It has cursors of its own, and what it is told is read from there when it is ready to take it, so
 * nothing queues for a slow reader: it gets fewer and larger events.
 *
 * <p>Every event's id holds all cursors, {@code server/version/generation:record/...}, so that a client which comes back
 * with the last one goes on behind it. Numbers of another server mean nothing here: then everything is to be read anew.
 */
final class LiveStream {
    /** The most rows of one event. */
    static final int MOST_ROWS = 2_000;

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private final LiveRuns runs;
    private final String server;
    private final Duration quiet;
    private final List<Cursor> cursors;
    private long version;

    /** How far a client has read a run. */
    private static final class Cursor {
        private final String id;
        private Place place;
        private int generation;
        private long record;

        Cursor(String id, Place place) {
            this.id = id;
            this.place = place;
        }

        void at(int newGeneration, long newRecord) {
            place = Place.KNOWN;
            generation = newGeneration;
            record = newRecord;
        }

        String text() {
            return place == Place.KNOWN ? generation + ":" + record : "-";
        }
    }

    private enum Place {
        /** It begins where the file ends. */
        END,
        /** What the client has is of another server or of a file that is no more. */
        LOST,
        KNOWN
    }

    private LiveStream(LiveRuns runs, String server, Duration quiet, List<Cursor> cursors, long version) {
        this.runs = runs;
        this.server = server;
        this.quiet = quiet;
        this.cursors = cursors;
        this.version = version;
    }

    /**
     * The stream of a client.
     *
     * @param ids runs that it wants the rows of
     * @param places for each of them {@code generation:record}, where its rows begin; or none at all
     * @param last the id of the last event that it got; empty if it is new
     * @param quiet a comment is sent when there was nothing to say for so long
     */
    static LiveStream of(
            LiveRuns runs, String server, List<String> ids, List<String> places, String last, Duration quiet)
            throws Wrong {
        if (!places.isEmpty() && places.size() != ids.size()) {
            throw new Wrong(400, "give one 'at' for each 'run', or none");
        }
        String[] parts = last.split("/", -1);
        boolean goesOn =
                parts.length == ids.size() + 2 && NUMBER.matcher(parts[1]).matches();
        boolean sameServer = goesOn && parts[0].equals(server);
        List<Cursor> cursors = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            Cursor cursor = new Cursor(ids.get(i), goesOn && !sameServer ? Place.LOST : Place.END);
            if (sameServer) {
                place(cursor, parts[i + 2]);
            } else if (!goesOn && !places.isEmpty() && !place(cursor, places.get(i))) {
                throw new Wrong(400, "'at' must be GENERATION:RECORD, two whole numbers");
            }
            cursors.add(cursor);
        }
        return new LiveStream(runs, server, quiet, cursors, sameServer ? Long.parseLong(parts[1]) : 0);
    }

    private static boolean place(Cursor cursor, String text) {
        String[] numbers = text.split(":", -1);
        if (numbers.length != 2
                || !NUMBER.matcher(numbers[0]).matches()
                || !NUMBER.matcher(numbers[1]).matches()
                || Long.parseLong(numbers[0]) > Integer.MAX_VALUE) {
            return false;
        }
        cursor.at(Integer.parseInt(numbers[0]), Long.parseLong(numbers[1]));
        return true;
    }

    /**
     * Tells until the client goes away or the thread is interrupted.
     *
     * @param canAct whether the client has the token
     */
    void run(EventStream out, boolean canAct) throws IOException, InterruptedException {
        ObjectNode hello = JsonNodeFactory.instance
                .objectNode()
                .put("version", runs.version())
                .put("can_act", canAct)
                .put("server", server);
        // the first event has no id yet: nothing has been told
        out.send("retry: 1000\nevent: hello\ndata: " + hello + "\n\n");
        long told = System.nanoTime();
        boolean first = true;
        while (!Thread.currentThread().isInterrupted()) {
            long now = runs.version();
            boolean said = (first || now > version) && overview(out, first);
            first = false;
            boolean more = false;
            for (Cursor cursor : cursors) {
                Told rows = rows(out, cursor);
                said |= rows != Told.NOTHING;
                more |= rows == Told.MORE;
            }
            if (said) {
                told = System.nanoTime();
            }
            if (!more) {
                Duration left = quiet.minusNanos(System.nanoTime() - told);
                if (left.isNegative() || left.isZero()) {
                    out.send(":\n\n");
                    told = System.nanoTime();
                    left = quiet;
                }
                runs.await(now, left);
            }
        }
    }

    private boolean overview(EventStream out, boolean always) throws IOException {
        ObjectNode changes = runs.changes(version);
        version = Math.max(version, changes.path("version").asLong(version));
        boolean empty = true;
        for (JsonNode part : changes) {
            empty &= !part.isContainerNode() || part.isEmpty();
        }
        if (empty && !always) {
            return false;
        }
        event(out, "overview", changes);
        return true;
    }

    private enum Told {
        NOTHING,
        ALL,
        MORE
    }

    private Told rows(EventStream out, Cursor cursor) throws IOException {
        Optional<LiveRun> found = runs.run(cursor.id);
        if (found.isEmpty()) {
            // one that comes back under this id may be another one
            cursor.place = cursor.place == Place.KNOWN ? Place.LOST : cursor.place;
            return Told.NOTHING;
        }
        LiveRun run = found.get();
        if (cursor.place != Place.KNOWN) {
            ObjectNode start = JsonNodeFactory.instance.objectNode().put("id", cursor.id);
            boolean lost = cursor.place == Place.LOST;
            cursor.at(run.generation(), run.records());
            start.put("generation", cursor.generation);
            if (lost) {
                start.put("reload", true);
            } else {
                start.put("from", cursor.record).put("to", cursor.record);
                start.putArray("rows");
                start.putArray("evals");
                start.putArray("events");
            }
            event(out, "rows", start);
            return Told.ALL;
        }
        if (run.generation() == cursor.generation && run.records() == cursor.record) {
            return Told.NOTHING;
        }
        ObjectNode rows = run.rowsSince(cursor.generation, cursor.record, MOST_ROWS);
        if (rows.path("reload").asBoolean(false)) {
            cursor.at(rows.path("generation").asInt(), run.records());
            event(out, "rows", rows);
            return Told.ALL;
        }
        long to = rows.path("to").asLong(cursor.record);
        if (to == cursor.record) {
            return Told.NOTHING;
        }
        cursor.at(rows.path("generation").asInt(cursor.generation), to);
        event(out, "rows", rows);
        return to < run.records() ? Told.MORE : Told.ALL;
    }

    private void event(EventStream out, String name, JsonNode data) throws IOException {
        StringBuilder id = new StringBuilder(server).append('/').append(version);
        cursors.forEach(cursor -> id.append('/').append(cursor.text()));
        // a JSON text has no line ends of its own
        out.send("id: " + id + "\nevent: " + name + "\ndata: " + data + "\n\n");
    }
}
