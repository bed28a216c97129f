package dev.stride.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A monitor's judgement that changed the run.
 *
 * @param step the update that was judged
 * @param monitor who judged, for example {@code grad-norm}
 * @param action what was done, for example {@code rollback}
 * @param reason why, as a sentence with its figures
 */
public record VerdictEvent(long step, String monitor, String action, String reason) implements RunEvent {
    /** Who judged where it was no monitor but somebody who looks on. */
    public static final String PERSON = "person";

    static final String TYPE = "verdict";

    /** Whether a person ended the run; it is the last event of such a run until that goes on. */
    public boolean isPersonsStop() {
        return monitor.equals(PERSON) && action.equals("stop");
    }

    @Override
    public ObjectNode toJson() {
        return JsonFields.event(TYPE, step)
                .put("monitor", monitor)
                .put("action", action)
                .put("reason", reason);
    }

    static VerdictEvent read(JsonFields fields) {
        return new VerdictEvent(
                fields.whole("step"), fields.text("monitor"), fields.text("action"), fields.text("reason"));
    }
}
