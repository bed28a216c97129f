package dev.stride.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The files of a folder that MLflow shows beside a run's curves. They go through the server, where it has the proxy of
 * {@code mlflow-artifacts:} addresses; elsewhere (a bucket, a folder of the server's machine) only the server's own client
 * could write.
 */
final class MlflowFiles {
    /** Files that stand from the beginning. */
    private static final List<String> FIRST = List.of(RunStore.CONFIG, RunStore.PLAN, "sweep.yaml");

    /** Files that are made when it is over. */
    private static final List<String> LAST = List.of(RunStore.RESULT, "sweep.json", "report.html", "report.png");

    private static final int MOST_FAILURES = 3;
    private static final String PROXY = "mlflow-artifacts";

    private final MlflowClient client;
    private final Path folder;
    private final MlflowCursor cursor;
    private final Consumer<String> note;
    private final Map<String, String> seen = new HashMap<>();
    private String address = "";
    private boolean isRefused;
    private int failures;

    MlflowFiles(MlflowClient client, Path folder, MlflowCursor cursor, Consumer<String> note) {
        this.client = client;
        this.folder = folder;
        this.cursor = cursor;
        this.note = note;
    }

    /** Where the server keeps the run's files. */
    void at(String uri) {
        address = uri;
    }

    /** Sends those that the server does not have as they are now. */
    void send(boolean isOver) {
        boolean isNew = false;
        for (String name : isOver ? Stream.concat(FIRST.stream(), LAST.stream()).toList() : FIRST) {
            Path file = folder.resolve(name);
            if (isRefused || !Files.isRegularFile(file)) {
                continue;
            }
            String look = MlflowFacts.written(file) + " " + file.toFile().length();
            if (!look.equals(seen.get(name))) {
                isNew |= send(name, bytes(file));
                seen.put(name, look);
            }
        }
        if (isNew) {
            cursor.save();
        }
    }

    /** Whether it was new. */
    private boolean send(String name, byte[] bytes) {
        String digest = EventTail.digest(bytes);
        if (cursor.sentFile(name).equals(digest)) {
            return false;
        }
        if (!address.startsWith(PROXY + ":")) {
            isRefused = true;
            note.accept("files such as report.html were not sent: the server keeps them at " + address
                    + " and has no proxy for them (mlflow server --serve-artifacts)");
            return false;
        }
        try {
            client.put(URI.create(address).getRawPath() + "/" + name, bytes);
        } catch (MlflowFailure e) {
            // a server that never takes files must not keep everything else waiting
            if (!e.isAnswered() || e.isPassing() && ++failures < MOST_FAILURES) {
                throw e;
            }
            isRefused = true;
            note.accept("files such as " + name + " were not sent: " + e.getMessage());
            return false;
        }
        failures = 0;
        cursor.sentFile(name, digest);
        return true;
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
