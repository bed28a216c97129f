package dev.stride.live;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small JSON file that others replace as a whole; it is read again whenever it looks different. */
final class JsonFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path path;
    private final Path root;
    private final long largest;
    private FileSight seen = FileSight.ABSENT;
    private JsonNode value = MissingNode.getInstance();
    private String problem = "";

    /**
     * A file that was not looked at yet.
     *
     * @param root links that lead out of it are not followed
     * @param largest bytes; a larger one is not read
     */
    JsonFile(Path path, Path root, long largest) {
        this.path = path;
        this.root = root;
        this.largest = largest;
    }

    /** Looks at the file; returns whether it changed. */
    boolean poll() {
        FileSight now = FileSight.of(path, root);
        if (now.equals(seen) && problem.isEmpty()) {
            return false;
        }
        boolean changed = !now.equals(seen);
        String before = problem;
        seen = now;
        read(now);
        return changed || !problem.equals(before);
    }

    private void read(FileSight now) {
        problem = now.problem();
        value = MissingNode.getInstance();
        if (!now.isFile()) {
            return;
        }
        if (now.size() > largest) {
            problem = "it has " + now.size() + " bytes, more than " + largest;
            return;
        }
        try (InputStream in = Files.newInputStream(path)) {
            JsonNode read = JSON.readTree(in.readNBytes((int) largest));
            if (read.isObject()) {
                value = read;
            } else {
                problem = "it is no JSON object";
            }
        } catch (JsonProcessingException e) {
            problem = "it is no JSON (line " + e.getLocation().getLineNr() + ")";
        } catch (IOException e) {
            problem = FileSight.reason(e);
        }
    }

    /** The JSON object, a missing node where there is none that can be read. */
    JsonNode value() {
        return value;
    }

    /** Why the file cannot be read, as a part of a sentence; empty where it can, or is absent. */
    String problem() {
        return problem;
    }

    FileSight sight() {
        return seen;
    }

    String name() {
        return String.valueOf(path.getFileName());
    }
}
