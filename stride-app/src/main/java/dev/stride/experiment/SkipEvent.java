package dev.stride.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A batch with which no update was made.
 *
 * @param step the update that it would have been
 * @param reason why, for example {@code the loss is NaN}
 */
public record SkipEvent(long step, String reason) implements RunEvent {
    static final String TYPE = "skip";

    @Override
    public ObjectNode toJson() {
        return JsonFields.event(TYPE, step).put("reason", reason);
    }

    static SkipEvent read(JsonFields fields) {
        return new SkipEvent(fields.whole("step"), fields.text("reason"));
    }
}
