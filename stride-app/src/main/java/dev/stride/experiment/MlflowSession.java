package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A run, or a sweep with its trials, and one server. Used by one thread at a time. */
final class MlflowSession {
    private final MlflowClient client;
    private final Supplier<List<MlflowSource>> sources;
    private final @Nullable String asked;
    private final Map<Path, MlflowRun> runs = new LinkedHashMap<>();
    private String name = "";
    private String experiment = "";

    /**
     * A session.
     *
     * @param sources what there is now: the run, or the sweep and then its trials
     */
    MlflowSession(MlflowTarget target, Supplier<List<MlflowSource>> sources) {
        this.client = new MlflowClient(target);
        this.asked = target.experiment();
        this.sources = sources;
    }

    /**
     * Sends what the server lacks.
     *
     * @throws MlflowFailure if it does not answer or refuses
     */
    void send() {
        List<MlflowSource> now = sources.get();
        if (now.isEmpty()) {
            return;
        }
        runs(now);
        try {
            if (experiment.isEmpty()) {
                experiment = experiment(name);
            }
            String parent = "";
            for (MlflowSource source : now) {
                MlflowRun run = Objects.requireNonNull(runs.get(source.folder()));
                run.send(source, experiment, parent);
                if (parent.isEmpty()) {
                    parent = run.id();
                }
            }
        } catch (MlflowFailure e) {
            // whoever answers next may be another one
            experiment = "";
            throw e;
        }
    }

    private void runs(List<MlflowSource> now) {
        if (name.isEmpty()) {
            String before = MlflowCursor.experiment(now.get(0).folder(), client.server());
            name = asked != null ? asked : before != null ? before : MlflowTarget.EXPERIMENT;
        }
        for (MlflowSource source : now) {
            runs.computeIfAbsent(source.folder(), folder -> new MlflowRun(client, folder, name));
        }
    }

    /** The id of the experiment of a name, which is made where absent. */
    private String experiment(String called) {
        JsonNode found;
        try {
            found = client.get("experiments/get-by-name", "experiment_name", called)
                    .path("experiment");
        } catch (MlflowFailure e) {
            if (!e.says(MlflowClient.ABSENT)) {
                throw e;
            }
            return made(called);
        }
        if (found.path("lifecycle_stage").asText().equals("deleted")) {
            throw new MlflowFailure(
                    410,
                    "",
                    "the experiment '" + called + "' was deleted at " + client.server()
                            + ". Restore it there, or name another one by --mlflow-experiment");
        }
        return found.path("experiment_id").asText();
    }

    private String made(String called) {
        try {
            return client.post("experiments/create", JsonFields.empty().put("name", called))
                    .path("experiment_id")
                    .asText();
        } catch (MlflowFailure e) {
            if (!e.says(MlflowClient.TAKEN)) {
                throw e;
            }
            // somebody else made it in between
            return client.get("experiments/get-by-name", "experiment_name", called)
                    .path("experiment")
                    .path("experiment_id")
                    .asText();
        }
    }

    /** Events that the server does not have yet, as far as is known here. */
    long left() {
        try {
            runs(sources.get());
        } catch (RuntimeException unreadable) {
            // what was seen before is counted
            return runs.values().stream().mapToLong(MlflowRun::left).sum();
        }
        return runs.values().stream().mapToLong(MlflowRun::left).sum();
    }

    String server() {
        return client.server();
    }

    /** The experiment's name. */
    String name() {
        return name;
    }

    /** The experiment's id; empty where it is not known. */
    String experiment() {
        return experiment;
    }

    /** The id of the first run; empty before it was made. */
    String run() {
        return runs.values().stream().findFirst().map(MlflowRun::id).orElse("");
    }

    /** Metrics that were sent. */
    int sent() {
        return runs.values().stream().mapToInt(MlflowRun::sent).sum();
    }

    /** What people should know and was not told yet, each sentence once. */
    List<String> takeNotes() {
        List<String> notes = new ArrayList<>();
        runs.values().forEach(run -> notes.addAll(run.takeNotes()));
        return notes.stream().distinct().toList();
    }
}
