package dev.stride.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Reads {@code adapter_config.json} and refuses, by name, every setting that would change the numbers in a way that
 * Stride does not compute. Keys that it does not know are kept when they are switched off.
 */
final class AdapterConfigReader {
    /** Keys that say nothing about the numbers of a trained adapter, whatever they hold. */
    private static final Set<String> HARMLESS = Set.of(
            "auto_mapping",
            "peft_version",
            "revision",
            "megatron_core",
            "runtime_config",
            "qalora_group_size",
            "loftq_config");

    /** Starting values that leave the base weights alone; others, such as pissa, change them. */
    private static final Set<String> HARMLESS_STARTS = Set.of("true", "false", "null", "\"gaussian\"");

    private static final Pattern MODULE_NAME = Pattern.compile("[A-Za-z0-9_.]+");

    private final Path file;
    private final ObjectNode root;
    private final List<Problem> problems = new ArrayList<>();

    private AdapterConfigReader(Path file, ObjectNode root) {
        this.file = file;
        this.root = root;
    }

    static AdapterConfig read(Path file) {
        return new AdapterConfigReader(file, JsonFile.read(file)).read();
    }

    private AdapterConfig read() {
        require("peft_type", node -> node.asText().equals("LORA"), "LORA");
        JsonNode bias = root.path("bias");
        if (!isOff(bias) && !bias.asText().equals("none")) {
            add("bias", bias, "none");
        }
        refuseUnlessOff("fan_in_fan_out");
        refuseUnlessOff("modules_to_save");
        JsonNode rank = require("r", node -> node.canConvertToInt() && isWhole(node) && node.asInt() >= 1, "from 1");
        JsonNode alpha = require("lora_alpha", node -> node.isNumber() && node.asDouble() > 0, "a number above 0");
        JsonNode dropout = root.path("lora_dropout");
        if (!isOff(dropout) && !(dropout.isNumber() && dropout.asDouble() >= 0 && dropout.asDouble() < 1)) {
            add("lora_dropout", dropout, "a number from 0 to below 1");
        }
        boolean rankStabilized = truth("use_rslora");
        boolean inferenceMode = truth("inference_mode");
        List<String> targets = targets(root.path("target_modules"));
        String taskType = text("task_type");
        String baseModel = text("base_model_name_or_path");
        Map<String, JsonNode> other = other();
        if (!problems.isEmpty()) {
            throw new UserException("Cannot use the adapter's settings in " + file, problems);
        }
        return new AdapterConfig(
                rank.asInt(),
                alpha.asDouble(),
                dropout.asDouble(),
                rankStabilized,
                targets,
                taskType,
                baseModel,
                inferenceMode,
                other);
    }

    private Map<String, JsonNode> other() {
        Set<String> own = Set.of(
                "peft_type",
                "bias",
                "fan_in_fan_out",
                "modules_to_save",
                "r",
                "lora_alpha",
                "lora_dropout",
                "use_rslora",
                "inference_mode",
                "target_modules",
                "task_type",
                "base_model_name_or_path");
        Map<String, JsonNode> other = new TreeMap<>();
        root.properties().forEach(entry -> {
            String key = entry.getKey();
            JsonNode value = entry.getValue();
            if (own.contains(key)) {
                return;
            }
            if (key.equals("init_lora_weights")) {
                if (!HARMLESS_STARTS.contains(value.toString())) {
                    add(key, value, "true, false or gaussian; others change the base weights");
                }
            } else if (!HARMLESS.contains(key) && !isOff(value)) {
                add(key, value, "null, false or empty; Stride does not compute what it asks for");
            }
            other.put(key, value);
        });
        return other;
    }

    private List<String> targets(JsonNode node) {
        List<String> targets = new ArrayList<>();
        boolean names = node.isArray() && !node.isEmpty();
        for (JsonNode target : node) {
            names &= target.isTextual() && MODULE_NAME.matcher(target.asText()).matches();
            targets.add(target.asText());
        }
        if (!names) {
            add("target_modules", node, "a list of module names, for example [\"query_key_value\"]");
        }
        return targets;
    }

    private JsonNode require(String key, Predicate<JsonNode> fine, String allowed) {
        JsonNode node = root.path(key);
        if (!fine.test(node)) {
            add(key, node, allowed);
        }
        return node;
    }

    private void refuseUnlessOff(String key) {
        if (!isOff(root.path(key))) {
            add(key, root.path(key), "null or false; Stride does not compute what it asks for");
        }
    }

    private boolean truth(String key) {
        JsonNode node = root.path(key);
        if (!isOff(node) && !node.isBoolean()) {
            add(key, node, "true or false");
        }
        return node.asBoolean();
    }

    private String text(String key) {
        JsonNode node = root.path(key);
        if (!isOff(node) && !node.isTextual()) {
            add(key, node, "a text or null");
        }
        return node.isTextual() ? node.asText() : "";
    }

    private static boolean isWhole(JsonNode node) {
        return node.isNumber() && node.asDouble() == Math.rint(node.asDouble());
    }

    /** Missing, null, false, and an empty text, list or object. */
    private static boolean isOff(JsonNode node) {
        return node.isMissingNode()
                || node.isNull()
                || node.isBoolean() && !node.booleanValue()
                || node.isTextual() && node.asText().isEmpty()
                || node.isContainerNode() && node.isEmpty();
    }

    private void add(String key, JsonNode given, String allowed) {
        problems.add(Problem.of(
                file + ", " + Printable.plain(key),
                given.isMissingNode() ? "is missing" : Printable.plain(given.toString()),
                allowed));
    }
}
