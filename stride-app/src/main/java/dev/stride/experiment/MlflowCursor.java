package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.UserException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What an MLflow server has of a folder: {@code mlflow.json} in it, by the server's address and the experiment's name. The
 * file is whole at any moment. It may lag behind what was sent, never run ahead of it.
 */
final class MlflowCursor {
    static final String FILE = "mlflow.json";

    private final Path file;
    private final ObjectNode document;
    private final ObjectNode own;

    private MlflowCursor(Path file, ObjectNode document, ObjectNode own) {
        this.file = file;
        this.document = document;
        this.own = own;
    }

    /** The cursor of a folder, which begins at nothing. */
    static MlflowCursor of(Path folder, String server, String experiment) {
        Path file = folder.resolve(FILE);
        ObjectNode document = document(file);
        ObjectNode own = document.withObjectProperty("servers")
                .withObjectProperty(server)
                .withObjectProperty(experiment);
        return new MlflowCursor(file, document, own);
    }

    /** A file that is damaged is as good as none: the server is asked what it has. */
    private static ObjectNode document(Path file) {
        try {
            JsonNode known = EventReader.json(file);
            if (known instanceof ObjectNode object && (object.path("servers").isObject() || !object.has("servers"))) {
                return object;
            }
        } catch (UserException damaged) {
            return JsonFields.empty();
        }
        return JsonFields.empty();
    }

    /** The experiment that a folder was put into at a server; null where there is none, or several. */
    static @Nullable String experiment(Path folder, String server) {
        JsonNode known = document(folder.resolve(FILE)).path("servers").path(server);
        return known.size() == 1 ? known.fieldNames().next() : null;
    }

    /** The one server that a folder was sent to; null where there is none, or several. */
    static @Nullable String server(Path folder) {
        JsonNode known = document(folder.resolve(FILE)).path("servers");
        return known.size() == 1 ? known.fieldNames().next() : null;
    }

    Path file() {
        return file;
    }

    String text(String key) {
        return own.path(key).asText("");
    }

    long whole(String key) {
        return own.path(key).asLong(0);
    }

    double number(String key) {
        return own.path(key).asDouble(0);
    }

    boolean is(String key) {
        return own.path(key).asBoolean(false);
    }

    MlflowCursor put(String key, String value) {
        own.put(key, value);
        return this;
    }

    MlflowCursor put(String key, long value) {
        own.put(key, value);
        return this;
    }

    MlflowCursor put(String key, double value) {
        own.put(key, value);
        return this;
    }

    MlflowCursor put(String key, boolean value) {
        own.put(key, value);
        return this;
    }

    /** The digest of a file as it was sent; empty where it was not. */
    String sentFile(String name) {
        return own.path("files").path(name).asText("");
    }

    void sentFile(String name, String digest) {
        own.withObjectProperty("files").put(name, digest);
    }

    /** The events are read from the beginning again; what the server has of them is not sent twice. */
    void readAgain() {
        put("generation", whole("generation") + 1)
                .put("bytes", 0L)
                .put("seconds", 0.0)
                .put("mark", "");
    }

    /** The run that the server had is no more; only when it began stays known. */
    void forget() {
        long start = whole("start");
        own.removeAll();
        if (start > 0) {
            own.put("start", start);
        }
    }

    void save() {
        AtomicFile.write(file, document.toPrettyString() + "\n");
    }
}
