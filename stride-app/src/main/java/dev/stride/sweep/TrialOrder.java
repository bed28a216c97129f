package dev.stride.sweep;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.ConfigReader;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the process of a trial is to do, as one line of JSON on its standard input.
 *
 * @param folder of the trial's run; the run goes on if it is there, else it begins
 * @param settings the values that were given, by path; files by their absolute paths
 * @param until where the run is held
 */
record TrialOrder(Path folder, Map<String, List<String>> settings, Hold.Until until) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The order to train with a configuration. */
    static TrialOrder of(Path folder, RunConfig config, Hold.Until until) {
        Map<String, List<String>> settings = new LinkedHashMap<>();
        config.settings().forEach((path, setting) -> {
            if (config.isGiven(path)) {
                settings.put(path, setting.placedTexts());
            }
        });
        return new TrialOrder(folder.toAbsolutePath().normalize(), settings, until);
    }

    /** The same for a machine on which the run's folder is another; null changes nothing. */
    TrialOrder in(@Nullable Path other) {
        return other == null ? this : new TrialOrder(other.toAbsolutePath().normalize(), settings, until);
    }

    /** The configuration of a run that begins. */
    RunConfig config() {
        return ConfigReader.read(null, Map.of(), List.of()).withGiven(settings);
    }

    /** One line without its line feed. */
    String toLine() {
        ObjectNode order = JSON.createObjectNode()
                .put("folder", folder.toString())
                .put("step", until.step())
                .put("evaluated", until.evaluated());
        ObjectNode given = order.putObject("settings");
        settings.forEach((path, texts) -> {
            ArrayNode values = given.putArray(path);
            texts.forEach(values::add);
        });
        return order.toString();
    }

    /**
     * What {@link #toLine} gave.
     *
     * @throws UserException if the line is something else
     */
    static TrialOrder ofLine(String line) {
        JsonNode order;
        try {
            order = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new UserException("this is no order of a sweep's trial: " + e.getOriginalMessage());
        }
        if (!order.path("folder").isTextual()
                || !order.path("step").isIntegralNumber()
                || !order.path("evaluated").isBoolean()
                || !order.path("settings").isObject()) {
            throw new UserException(
                    "this is no order of a sweep's trial: the folder, its settings, or where it is held are missing");
        }
        Map<String, List<String>> settings = new LinkedHashMap<>();
        order.get("settings").properties().forEach(setting -> {
            List<String> texts = new ArrayList<>();
            setting.getValue().forEach(text -> texts.add(text.asText()));
            settings.put(setting.getKey(), texts);
        });
        return new TrialOrder(
                Path.of(order.get("folder").textValue()),
                settings,
                new Hold.Until(
                        order.get("step").longValue(), order.get("evaluated").booleanValue()));
    }
}
