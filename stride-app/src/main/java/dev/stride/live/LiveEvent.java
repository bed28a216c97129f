package dev.stride.live;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One thing that happened besides updates and evaluations.
 *
 * @param number among those of the run, from 0
 * @param branch its branch, by number
 * @param rare its number among the records that are no updates
 * @param step updates made before it
 * @param type {@code verdict}, {@code branch}, {@code note}, {@code save} or {@code skip}
 * @param who the monitor of a verdict, the name of a branch; else empty
 * @param action of a verdict; else empty
 * @param text the reason, the note, or the checkpoint's folder
 */
record LiveEvent(long number, int branch, int rare, long step, String type, String who, String action, String text) {
    ObjectNode toJson(String branchName) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("i", number)
                .put("step", step)
                .put("branch", branchName)
                .put("type", type)
                .put("who", who)
                .put("action", action)
                .put("text", text);
    }
}
