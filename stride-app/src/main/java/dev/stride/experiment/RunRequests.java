package dev.stride.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The requests to a run: files {@code <milliseconds>-<8 hex>.json} in the folder {@code requests} of the run's. Anybody
 * who may write there asks; the process that trains the run takes them in the order of their names, one after the other.
 *
 * <p>The folder is looked at about five times a second at most, and while it does not exist a look asks for its existence
 * alone. What goes wrong with a file is said and never thrown: a request must not be able to end a run by being broken.
 */
public final class RunRequests {
    /** The folder in a run's folder. */
    public static final String FOLDER = "requests";

    /** What the name of a file that was no request ends with, behind its own name. */
    public static final String MOVED = ".refused";

    private static final String ENDING = ".json";
    private static final long MAX_BYTES = 1 << 20;
    private static final long PAUSE_NANOS = 200_000_000L;

    private final Path folder;
    private final LongSupplier nanos;
    private final Set<String> taken = new HashSet<>();
    private long nextLook;
    private boolean looked;
    private boolean unreadable;

    /**
     * The requests of a run that this process trains.
     *
     * @param runFolder the run's
     * @param nanos a clock that only goes forward, in nanoseconds
     */
    public RunRequests(Path runFolder, LongSupplier nanos) {
        this.folder = runFolder.resolve(FOLDER);
        this.nanos = nanos;
    }

    /** What was found: a request, or what is wrong with a file. */
    public sealed interface Found permits Asked, Refused {
        /** As one line, for the other ranks of a training. */
        String toText();

        /** What {@link #toText} gave; null for an empty text. */
        static @Nullable Found ofText(String text) {
            if (text.isEmpty()) {
                return null;
            }
            JsonNode line;
            try {
                line = JsonFields.JSON.readTree(text);
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException("not a request: " + text, e);
            }
            return line.has("refused")
                    ? new Refused(line.get("refused").textValue())
                    : new Asked(line.get("id").textValue(), RunRequest.fromJson(line.get("request")));
        }
    }

    /**
     * A request.
     *
     * @param id its file's name without {@code .json}
     */
    public record Asked(String id, RunRequest request) implements Found {
        @Override
        public String toText() {
            ObjectNode line = JsonFields.JSON.createObjectNode().put("id", id);
            line.set("request", request.toJson());
            return line.toString();
        }
    }

    /**
     * A file that holds no request.
     *
     * @param sentence names it, what is wrong, and what became of it
     */
    public record Refused(String sentence) implements Found {
        @Override
        public String toText() {
            return JsonFields.JSON.createObjectNode().put("refused", sentence).toString();
        }
    }

    /**
     * Asks something of a run.
     *
     * @param runFolder must exist
     * @return the request's id
     * @throws UncheckedIOException where it cannot be written
     * @throws IllegalArgumentException if it is far longer than anything that would be kept
     */
    public static String ask(Path runFolder, RunRequest request) {
        byte[] text = (request.toJson() + "\n").getBytes(StandardCharsets.UTF_8);
        if (text.length > MAX_BYTES) {
            throw new IllegalArgumentException("a request of " + text.length + " bytes; " + MAX_BYTES + " are allowed");
        }
        Path folder = runFolder.resolve(FOLDER);
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectory(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + e.getMessage(), e);
        }
        String id = String.format(
                Locale.ROOT,
                "%013d-%s",
                request.at().toEpochMilli(),
                UUID.randomUUID().toString().substring(0, 8));
        AtomicFile.write(folder.resolve(id + ENDING), text);
        return id;
    }

    /** What was asked since the last look; nothing where the last look was a moment ago. */
    public List<Found> take() {
        long now = nanos.getAsLong();
        if (looked && now - nextLook < 0) {
            return List.of();
        }
        looked = true;
        nextLook = now + PAUSE_NANOS;
        return all();
    }

    /** Everything that lies there now and was not taken yet. */
    public List<Found> all() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        List<String> names;
        try (Stream<Path> files = Files.list(folder)) {
            names = files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(ENDING) && !name.startsWith(".") && !taken.contains(name))
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            if (unreadable) {
                return List.of();
            }
            unreadable = true;
            return List.of(new Refused("Requests to this run cannot be read: " + e.getMessage()));
        }
        List<Found> found = new ArrayList<>();
        for (String name : names) {
            taken.add(name);
            found.add(read(name));
        }
        return found;
    }

    /** Takes a request's file away, once what it asks for is done; one that cannot be deleted is not taken again either. */
    @SuppressWarnings("EmptyCatch")
    public void done(Asked asked) {
        try {
            Files.deleteIfExists(folder.resolve(asked.id() + ENDING));
            taken.remove(asked.id() + ENDING); // whoever writes a file of that name again asks again
        } catch (IOException leftBehind) {
            // this process remembers it, and the next one refuses what it finds
        }
    }

    private Found read(String name) {
        Path file = folder.resolve(name);
        String what;
        try {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                what = "it is no file";
            } else if (Files.size(file) > MAX_BYTES) {
                what = "it has " + Files.size(file) + " bytes, and " + MAX_BYTES + " are allowed";
            } else {
                String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
                return new Asked(
                        name.substring(0, name.length() - ENDING.length()),
                        RunRequest.fromJson(JsonFields.JSON.readTree(text)));
            }
        } catch (JsonProcessingException e) {
            what = "it is not JSON";
        } catch (IllegalArgumentException | IOException e) {
            what = String.valueOf(e.getMessage());
        }
        String shown = FOLDER + "/" + RunRequest.shown(name, 100);
        return new Refused(
                "A file among the requests was not understood and not acted on, " + shown + ": " + what + moved(name));
    }

    private String moved(String name) {
        try {
            Files.move(folder.resolve(name), folder.resolve(name + MOVED), StandardCopyOption.REPLACE_EXISTING);
            taken.remove(name);
            return ". It is now " + RunRequest.shown(name, 100) + MOVED + ".";
        } catch (IOException e) {
            return ". It cannot be moved aside: " + e.getMessage() + ".";
        }
    }
}
