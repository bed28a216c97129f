package dev.stride.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A checkpoint that is whole on disk.
 *
 * @param step updates that it contains
 * @param path its folder, relative to the run's folder, for example {@code checkpoints/step-000500}
 */
public record SaveEvent(long step, String path) implements RunEvent {
    static final String TYPE = "save";

    @Override
    public ObjectNode toJson() {
        return JsonFields.event(TYPE, step).put("path", path);
    }

    static SaveEvent read(JsonFields fields) {
        return new SaveEvent(fields.whole("step"), fields.text("path"));
    }
}
