package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run as its folder tells it.
 *
 * @param folder where it was read from
 * @param config {@code config.yaml} as it stands, empty where absent
 * @param plan {@code plan.json}, a missing node where absent
 * @param events all events in the order written
 * @param samples all generated texts in the order written
 * @param result how it ended, or null while it runs or after a kill
 */
public record RunRecord(
        Path folder,
        String config,
        JsonNode plan,
        List<RunEvent> events,
        List<SampleRecord> samples,
        @Nullable RunResult result) {
    public RunRecord {
        events = List.copyOf(events);
        samples = List.copyOf(samples);
    }

    /** The run's name: that of its folder. */
    public String name() {
        return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
    }

    /** The events of one kind, in their order. */
    public <T extends RunEvent> List<T> events(Class<T> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }
}
