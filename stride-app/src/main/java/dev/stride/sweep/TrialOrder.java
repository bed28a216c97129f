package dev.stride.sweep;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.UserException;
import java.nio.file.Path;

/**
 * What the process of a trial is to do, as one line of JSON on its standard input.
 *
 * @param folder of the trial's run; the run goes on if it is there, else it begins
 * @param config the run's settings as YAML
 * @param until where the run is held
 */
record TrialOrder(Path folder, String config, Hold.Until until) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** One line without its line feed. */
    String toLine() {
        return JSON.createObjectNode()
                .put("folder", folder.toString())
                .put("config", config)
                .put("step", until.step())
                .put("evaluated", until.evaluated())
                .toString();
    }

    /**
     * What {@link #toLine} gave.
     *
     * @throws UserException if the line is something else
     */
    static TrialOrder ofLine(String line) {
        try {
            JsonNode order = JSON.readTree(line);
            if (order.path("folder").isTextual()
                    && order.path("config").isTextual()
                    && order.path("step").isIntegralNumber()
                    && order.path("evaluated").isBoolean()) {
                return new TrialOrder(
                        Path.of(order.get("folder").textValue()),
                        order.get("config").textValue(),
                        new Hold.Until(
                                order.get("step").longValue(),
                                order.get("evaluated").booleanValue()));
            }
        } catch (JsonProcessingException e) {
            throw new UserException("this is no order of a sweep's trial: " + e.getOriginalMessage());
        }
        throw new UserException(
                "this is no order of a sweep's trial: the folder, its settings, or where it is held are" + " missing");
    }
}
