package dev.stride.search;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What all trials of a sweep have in common, as far as its sentence and its page name it.
 *
 * @param task {@code classification}, {@code dialogue} or {@code code}
 * @param method {@code full} or {@code lora}
 * @param loraRank the rank, or null without LoRA
 * @param loraAlpha its alpha, or null without LoRA
 * @param batch rows of an update
 * @param schedule in words, for example {@code linear to 0}
 * @param epochs passes over the data, or null where updates were given
 * @param updates of one trial
 * @param rows of training data
 * @param validationRows rows of which every trial's loss is known
 * @param generatedRows rows to which every trial wrote an answer; 0 without generation
 * @param cap the highest rate that the method is known to bear, or null where none is known
 * @param model the checkpoint's folder, as given
 */
public record SweepSettings(
        String task,
        String method,
        @Nullable Integer loraRank,
        @Nullable Double loraAlpha,
        int batch,
        String schedule,
        @Nullable Double epochs,
        long updates,
        int rows,
        int validationRows,
        int generatedRows,
        @Nullable Double cap,
        String model) {
    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("task", task).put("method", method);
        if (loraRank != null) {
            json.put("lora_rank", loraRank);
        }
        SweepFields.putIfPresent(json, "lora_alpha", loraAlpha);
        json.put("batch", batch).put("schedule", schedule);
        if (epochs != null && epochs == Math.rint(epochs) && Math.abs(epochs) < 1e9) {
            json.put("epochs", epochs.longValue());
        } else {
            SweepFields.putIfPresent(json, "epochs", epochs);
        }
        json.put("updates", updates)
                .put("rows", rows)
                .put("validation_rows", validationRows)
                .put("generated_rows", generatedRows);
        SweepFields.putIfPresent(json, "cap", cap);
        return json.put("model", model);
    }

    static SweepSettings read(SweepFields fields) {
        return new SweepSettings(
                fields.text("task", ""),
                fields.text("method", ""),
                fields.has("lora_rank") ? (Integer) fields.count("lora_rank") : null,
                fields.numberOrNull("lora_alpha"),
                fields.count("batch", 0),
                fields.text("schedule", ""),
                fields.numberOrNull("epochs"),
                fields.whole("updates", 0),
                fields.count("rows", 0),
                fields.count("validation_rows", 0),
                fields.count("generated_rows", 0),
                fields.numberOrNull("cap"),
                fields.text("model", ""));
    }
}
