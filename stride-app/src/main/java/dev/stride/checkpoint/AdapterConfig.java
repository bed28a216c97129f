package dev.stride.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The settings of a LoRA adapter, as {@code adapter_config.json} of PEFT holds them.
 *
 * @param rank {@code r}, from 1
 * @param alpha {@code lora_alpha}, above 0
 * @param dropout {@code lora_dropout}, from 0 to below 1
 * @param rankStabilized {@code use_rslora}: whether alpha is divided by the root of the rank
 * @param targetModules the linears that have an adapter, by the ends of their names, at least one
 * @param taskType {@code task_type}, for example {@code CAUSAL_LM}; empty for null
 * @param baseModel {@code base_model_name_or_path}; empty for null
 * @param inferenceMode {@code inference_mode}: whether PEFT freezes the adapter when it loads it
 * @param other further keys that change no numbers, kept as they were read
 */
public record AdapterConfig(
        int rank,
        double alpha,
        double dropout,
        boolean rankStabilized,
        List<String> targetModules,
        String taskType,
        String baseModel,
        boolean inferenceMode,
        Map<String, JsonNode> other) {
    public AdapterConfig {
        targetModules = List.copyOf(targetModules);
        other = Collections.unmodifiableMap(new TreeMap<>(other));
        List<String> wrong = new ArrayList<>();
        if (rank < 1) {
            wrong.add("r " + rank);
        }
        if (!(alpha > 0) || Double.isInfinite(alpha)) {
            wrong.add("lora_alpha " + alpha);
        }
        if (!(dropout >= 0 && dropout < 1)) {
            wrong.add("lora_dropout " + dropout);
        }
        if (targetModules.isEmpty()) {
            wrong.add("no target_modules");
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("not an adapter: " + wrong);
        }
    }

    /** What Stride writes for an adapter that it trained: a causal language model's, with no further keys. */
    public static AdapterConfig of(
            int rank,
            double alpha,
            double dropout,
            boolean rankStabilized,
            List<String> targetModules,
            String baseModel) {
        return new AdapterConfig(
                rank, alpha, dropout, rankStabilized, targetModules, "CAUSAL_LM", baseModel, true, Map.of());
    }

    /** What the product B A is multiplied by: alpha / r, or alpha / sqrt(r) when rank-stabilized. */
    public double scaling() {
        return alpha / (rankStabilized ? Math.sqrt(rank) : rank);
    }

    /** Whether a module has an adapter: its name is one of the targets, or ends with a dot and one of them. */
    public boolean targets(String module) {
        return targetModules.stream().anyMatch(target -> module.equals(target) || module.endsWith("." + target));
    }

    /** The text of {@code adapter_config.json}, keys in order as PEFT writes them. */
    String text() {
        Map<String, JsonNode> keys = new TreeMap<>(other);
        ObjectNode own = JsonFile.object();
        own.put("peft_type", "LORA");
        putTextOrNull(own, "task_type", taskType);
        own.put("r", rank);
        if (alpha == Math.rint(alpha) && alpha <= Integer.MAX_VALUE) {
            own.put("lora_alpha", (int) alpha);
        } else {
            own.put("lora_alpha", alpha);
        }
        own.put("lora_dropout", dropout);
        if (rankStabilized) {
            // versions of PEFT before 0.8 do not know the key and refuse the whole file
            own.put("use_rslora", true);
        }
        ArrayNode targets = own.putArray("target_modules");
        targetModules.forEach(targets::add);
        putTextOrNull(own, "base_model_name_or_path", baseModel);
        own.put("inference_mode", inferenceMode);
        own.put("bias", "none");
        own.put("fan_in_fan_out", false);
        own.putNull("modules_to_save");
        own.properties().forEach(entry -> keys.put(entry.getKey(), entry.getValue()));
        ObjectNode sorted = JsonFile.object();
        keys.forEach(sorted::set);
        return JsonFile.text(sorted);
    }

    private static void putTextOrNull(ObjectNode node, String key, String text) {
        if (text.isEmpty()) {
            node.putNull(key);
        } else {
            node.put(key, text);
        }
    }
}
