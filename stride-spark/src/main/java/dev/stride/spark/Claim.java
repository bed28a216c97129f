package dev.stride.spark;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who writes a trial's folder on the share: a file there with the writer's name, how often it has shown itself, and whether
 * it still writes. A later attempt takes the claim over; the earlier one, if it lives, finds that out and stops.
 */
final class Claim {
    private static final String FILE = ".writer";
    private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Tree folder;
    private final String writer;
    private final LongSupplier nanos;
    private long count;
    private long shown;

    /** Another attempt writes the folder now. */
    static final class LostException extends IOException {
        private static final long serialVersionUID = 1;

        LostException(String other) {
            super("another attempt of this trial, " + other + ", has taken its folder on the share over");
        }
    }

    /**
     * What the file says.
     *
     * @param count grows while the writer lives
     * @param writes whether it has more to write
     */
    record State(String writer, long count, boolean writes) {}

    Claim(Tree folder, String writer, LongSupplier nanos) {
        this.folder = folder;
        this.writer = writer;
        this.nanos = nanos;
    }

    /** The state of a folder; null where nobody has written it. */
    static @Nullable State read(Tree folder) throws IOException {
        String text;
        try (InputStream in = folder.open(FILE)) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (FileNotFoundException | NoSuchFileException nobody) {
            return null;
        }
        String[] words = text.strip().split(" ");
        if (words.length != 3 || !words[1].matches("\\d{1,18}")) {
            throw new IOException("the file " + FILE + " of a trial's folder on the share says: " + text);
        }
        return new State(words[0], Long.parseLong(words[1]), words[2].equals("writes"));
    }

    /** From now on this writer has the folder. */
    void take() throws IOException {
        write(true);
    }

    /**
     * Shows that this writer lives, from time to time.
     *
     * @param now whether to look also if it did a moment ago
     * @throws LostException if another has the folder
     */
    void show(boolean now) throws IOException {
        if (!now && nanos.getAsLong() - shown < EVERY_NANOS) {
            return;
        }
        State state = read(folder);
        if (state == null || !state.writer().equals(writer)) {
            throw new LostException(state == null ? "nobody" : state.writer());
        }
        write(true);
    }

    /** This writer has written all it had. */
    void free() throws IOException {
        show(true);
        write(false);
    }

    private void write(boolean writes) throws IOException {
        String text = writer + " " + ++count + (writes ? " writes" : " done");
        folder.write(FILE, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
        shown = nanos.getAsLong();
    }
}
