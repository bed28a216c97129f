package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One thing that happened in a run, as plain numbers and words; one line of {@code events.jsonl}.
 *
 * <p>A step is one optimizer update, counted from 1; an event at step 0 happened before the first update. Numbers are
 * printed so that reading them back gives the same bits. JSON has no word for a number that is not finite, so those are
 * the strings {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}.
 */
public sealed interface RunEvent
        permits StepEvent, EvalEvent, VerdictEvent, SkipEvent, NoteEvent, SaveEvent, BranchEvent {
    /** The update after which this happened; for a {@link StepEvent}, the update itself. */
    long step();

    /** The event as one JSON object with the key names that scripts rely on; {@code type} comes first. */
    ObjectNode toJson();

    /**
     * The event that {@link #toJson()} made.
     *
     * @throws IllegalArgumentException if a key is missing or of the wrong kind, or the type is unknown; keys that are
     *     not known are left alone
     */
    static RunEvent fromJson(JsonNode line) {
        JsonFields fields = new JsonFields(line);
        String type = fields.text("type");
        return switch (type) {
            case StepEvent.TYPE -> StepEvent.read(fields);
            case EvalEvent.TYPE -> EvalEvent.read(fields);
            case VerdictEvent.TYPE -> VerdictEvent.read(fields);
            case SkipEvent.TYPE -> SkipEvent.read(fields);
            case NoteEvent.TYPE -> NoteEvent.read(fields);
            case SaveEvent.TYPE -> SaveEvent.read(fields);
            case BranchEvent.TYPE -> BranchEvent.read(fields);
            default -> throw new IllegalArgumentException("unknown event type '" + type + "'");
        };
    }
}
