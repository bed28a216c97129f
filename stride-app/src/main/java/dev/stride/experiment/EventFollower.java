package dev.stride.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The events of a run that another process writes, as they come; what was there at the beginning is passed over. */
public final class EventFollower {
    private static final int MOST_BYTES = 1 << 20;

    private final Path file;
    private long place;
    private String mark = "";

    /**
     * What is new.
     *
     * @param again the file does not go on from what was read of it, since its run went on from an earlier update; it is
     *     to be read from its beginning, and what was written up to now is among no events
     * @param events in the order written; none where nothing whole was written
     */
    public record News(boolean again, List<RunEvent> events) {}

    /** A follower of a run whose folder may be still to come. */
    public EventFollower(Path folder) {
        this.file = folder.resolve(RunStore.EVENTS);
        lines();
    }

    /** What was written since the last time. */
    public News next() {
        if (!EventTail.holds(file, place, mark)) {
            place = 0;
            lines();
            return new News(true, List.of());
        }
        return new News(false, lines().stream().map(this::event).toList());
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        while (true) {
            EventTail.Lines some = EventTail.read(file, place, MOST_BYTES);
            if (some.lines().isEmpty()) {
                return lines;
            }
            lines.addAll(some.lines());
            place = some.end();
            mark = some.mark();
        }
    }

    private RunEvent event(String line) {
        try {
            return RunEvent.fromJson(JsonFields.JSON.readTree(line));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new UserException(
                    "a run's file is damaged",
                    List.of(Problem.of(file.toString(), line, "one JSON object a line, as Stride writes it")));
        }
    }
}
