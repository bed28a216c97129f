package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A folder and its run in MLflow. {@link #send} may be made again after any failure and at any time: what the server has is
 * asked of the server, and only what is missing is sent.
 *
 * <p>A call whose answer was lost may have been heard. A run bears a tag of its own by which it is found again; a metric is
 * sent when its step is above the last that the server has of it.
 */
final class MlflowRun {
    /** The tag by which a run is found whose making was not answered. */
    static final String ID_TAG = "stride.id";

    /** The limits of one {@code runs/log-batch}. */
    private static final int MOST_METRICS = 1000;

    private static final int MOST_PARAMS = 100;

    /** What every MLflow since 1.28 takes for a parameter's value. */
    private static final int LONGEST_VALUE = 500;

    private static final int LONGEST_TAG = 5000;
    private static final int LONGEST_NAME = 250;

    /** Bytes of events that are read before the cursor is written. */
    private static final int CHUNK = 1 << 18;

    private final MlflowClient client;
    private final Path events;
    private final MlflowCursor cursor;
    private final MlflowFiles files;
    private final List<String> notes = new ArrayList<>();
    private final Map<String, MlflowMetric> latest = new HashMap<>();
    private boolean isKnown;
    private int sent;

    MlflowRun(MlflowClient client, Path folder, String experiment) {
        this.client = client;
        this.events = folder.resolve(RunStore.EVENTS);
        this.cursor = MlflowCursor.of(folder, client.server(), experiment);
        this.files = new MlflowFiles(client, folder, cursor, notes::add);
    }

    /** The run's id at the server; empty before it was made. */
    String id() {
        return cursor.text("run_id");
    }

    /** Metrics that were sent by this object. */
    int sent() {
        return sent;
    }

    /** What people should know and was not told yet. */
    List<String> takeNotes() {
        List<String> taken = List.copyOf(notes);
        notes.clear();
        return taken;
    }

    /** Events that the server does not have yet, as far as is known here. */
    long left() {
        boolean same = EventTail.holds(events, cursor.whole("bytes"), cursor.text("mark"));
        return EventTail.count(events, same ? cursor.whole("bytes") : 0);
    }

    /**
     * Sends what the server lacks.
     *
     * @param experiment its id
     * @param parent the id of the run above it; empty: there is none
     * @throws MlflowFailure if the server does not answer or refuses
     */
    void send(MlflowSource source, String experiment, String parent) {
        try {
            connect(source, experiment, parent);
            params(source);
            events();
            MlflowFacts.Standing standing = MlflowFacts.standing(source);
            standing(standing);
            files.send(standing.isOver());
        } catch (RuntimeException e) {
            isKnown = false;
            throw e;
        }
    }

    private void connect(MlflowSource source, String experiment, String parent) {
        if (isKnown) {
            return;
        }
        if (!id().isEmpty() && !cursor.text("experiment_id").equals(experiment)) {
            // another server has taken the address; the ids of the old one mean nothing to it
            cursor.forget();
        }
        if (id().isEmpty() && cursor.is("making")) {
            findAgain(experiment);
        }
        JsonNode run = id().isEmpty() ? make(source, experiment, parent) : known(source, experiment, parent);
        if (run.path("info").path("lifecycle_stage").asText().equals("deleted")) {
            throw new MlflowFailure(
                    410,
                    "",
                    "run " + id() + " was deleted at " + client.server() + ". Restore it there, or delete "
                            + cursor.file() + " to send it as a new one");
        }
        latest.clear();
        for (JsonNode metric : run.path("data").path("metrics")) {
            String key = metric.path("key").asText();
            long at = metric.path("timestamp").asLong();
            latest.put(
                    key,
                    new MlflowMetric(key, Double.NaN, at, metric.path("step").asLong()));
        }
        files.at(run.path("info").path("artifact_uri").asText(""));
        isKnown = true;
    }

    private JsonNode known(MlflowSource source, String experiment, String parent) {
        try {
            return client.get("runs/get", "run_id", id()).path("run");
        } catch (MlflowFailure e) {
            if (!e.says(MlflowClient.ABSENT)) {
                throw e;
            }
            notes.add("the server no longer has run " + id() + "; everything is sent again as a new one");
            cursor.forget();
            return make(source, experiment, parent);
        }
    }

    private void findAgain(String experiment) {
        ObjectNode search = JsonFields.empty();
        search.putArray("experiment_ids").add(experiment);
        search.put("filter", "tags.`" + ID_TAG + "` = '" + cursor.text("id") + "'")
                .put("max_results", 1);
        JsonNode found = client.post("runs/search", search).path("runs").path(0).path("info");
        if (!found.isMissingNode()) {
            cursor.put("run_id", found.path("run_id").asText()).put("making", false);
            cursor.put("experiment_id", experiment).save();
        }
    }

    private JsonNode make(MlflowSource source, String experiment, String parent) {
        if (cursor.text("id").isEmpty()) {
            cursor.put("id", UUID.randomUUID().toString());
        }
        if (cursor.whole("start") == 0) {
            cursor.put("start", MlflowFacts.start(source.folder()));
        }
        // before the call, so that a run is looked for first if its answer is lost
        cursor.put("making", true).put("experiment_id", experiment).save();
        Map<String, String> tags = MlflowFacts.tags(source);
        tags.put(ID_TAG, cursor.text("id"));
        String name = cut(source.name(), LONGEST_NAME);
        tags.put("mlflow.runName", name);
        if (!parent.isEmpty()) {
            tags.put("mlflow.parentRunId", parent);
        }
        ObjectNode body = JsonFields.empty().put("experiment_id", experiment);
        body.put("run_name", name).put("start_time", cursor.whole("start"));
        putTags(body, tags);
        JsonNode run = client.post("runs/create", body).path("run");
        cursor.put("run_id", run.path("info").path("run_id").asText())
                .put("making", false)
                .save();
        return run;
    }

    private static void putTags(ObjectNode body, Map<String, String> tags) {
        ArrayNode array = body.putArray("tags");
        tags.forEach((key, value) ->
                array.addObject().put("key", MlflowMetric.key(key)).put("value", cut(value, LONGEST_TAG)));
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most - 4) + " ...";
    }

    private void params(MlflowSource source) {
        if (cursor.is("params")) {
            return;
        }
        List<ObjectNode> params = new ArrayList<>();
        int cut = 0;
        for (Map.Entry<String, String> entry : MlflowFacts.params(source).entrySet()) {
            cut += entry.getValue().length() > LONGEST_VALUE ? 1 : 0;
            params.add(JsonFields.empty()
                    .put("key", MlflowMetric.key(entry.getKey()))
                    .put("value", cut(entry.getValue(), LONGEST_VALUE)));
        }
        try {
            batches("params", params, MOST_PARAMS);
        } catch (MlflowFailure e) {
            if (e.isPassing() || !e.says("INVALID_PARAMETER_VALUE")) {
                throw e;
            }
            // a setting that was sent before the run went on with another one; its curves are worth more
            notes.add("not all settings were taken: " + e.getMessage());
        }
        if (cut > 0) {
            notes.add(cut + " settings are longer than " + LONGEST_VALUE
                    + " characters and were cut; config.yaml has them whole");
        }
        cursor.put("params", true).save();
    }

    private void batches(String what, Collection<ObjectNode> all, int most) {
        List<ObjectNode> list = List.copyOf(all);
        for (int from = 0; from < list.size(); from += most) {
            ObjectNode body = JsonFields.empty().put("run_id", id());
            body.putArray(what).addAll(list.subList(from, Math.min(list.size(), from + most)));
            client.post("runs/log-batch", body);
        }
    }

    private void events() {
        if (!EventTail.holds(events, cursor.whole("bytes"), cursor.text("mark"))) {
            cursor.readAgain();
        }
        while (true) {
            EventTail.Lines lines = EventTail.read(events, cursor.whole("bytes"), CHUNK);
            if (lines.lines().isEmpty()) {
                return;
            }
            MlflowMetric.Read read = MlflowMetric.of(lines.lines(), cursor.whole("start"), cursor.number("seconds"));
            List<MlflowMetric> missing = new ArrayList<>();
            for (MlflowMetric metric : read.metrics()) {
                MlflowMetric last = latest.get(metric.key());
                // an update that was made again after a kill is there already
                if (last == null || metric.step() > last.step()) {
                    missing.add(metric);
                    latest.put(metric.key(), metric);
                }
            }
            batches("metrics", missing.stream().map(MlflowMetric::toJson).toList(), MOST_METRICS);
            sent += missing.size();
            if (!read.tags().isEmpty()) {
                ObjectNode body = JsonFields.empty().put("run_id", id());
                putTags(body, read.tags());
                client.post("runs/log-batch", body);
            }
            if (read.unread() > 0) {
                notes.add(read.unread() + " lines of " + events + " could not be read and were left out");
            }
            cursor.put("bytes", lines.end())
                    .put("mark", lines.mark())
                    .put("seconds", read.seconds())
                    .save();
        }
    }

    private void standing(MlflowFacts.Standing standing) {
        String digest = standing.digest();
        if (cursor.text("standing").equals(digest)) {
            return;
        }
        List<ObjectNode> missing = new ArrayList<>();
        for (MlflowMetric metric : standing.metrics()) {
            MlflowMetric last = latest.get(metric.key());
            // what came out may change while the step stays, as an answer does when people have voted
            if (last == null || metric.step() > last.step() || metric.timestamp() > last.timestamp()) {
                missing.add(metric.toJson());
                latest.put(metric.key(), metric);
            }
        }
        batches("metrics", missing, MOST_METRICS);
        sent += missing.size();
        ObjectNode body = JsonFields.empty().put("run_id", id());
        putTags(body, standing.tags());
        client.post("runs/log-batch", body);
        ObjectNode end = JsonFields.empty().put("run_id", id()).put("status", standing.word());
        if (standing.isOver()) {
            end.put("end_time", standing.millis());
        }
        client.post("runs/update", end);
        cursor.put("standing", digest).save();
    }
}
