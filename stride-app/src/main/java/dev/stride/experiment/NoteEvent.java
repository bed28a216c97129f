package dev.stride.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Something worth keeping that changed nothing, for example that the run was resumed.
 *
 * @param step updates made before it
 * @param text a sentence
 */
public record NoteEvent(long step, String text) implements RunEvent {
    static final String TYPE = "note";

    @Override
    public ObjectNode toJson() {
        return JsonFields.event(TYPE, step).put("text", text);
    }

    static NoteEvent read(JsonFields fields) {
        return new NoteEvent(fields.whole("step"), fields.text("text"));
    }
}
