package dev.stride.recipe;

import dev.stride.config.LoraConfig;
import dev.stride.config.TuningConfig;

/**
 * The sizes of a ChatGLM model that a plan needs.
 *
 * @param layers blocks
 * @param hidden width of the residual stream
 * @param ffn width of one half of the gated layer
 * @param heads query heads
 * @param headSize channels of a head
 * @param groups key and value heads
 * @param vocabulary rows of the embedding
 * @param parameters all parameters of the model
 */
public record ModelFacts(
        int layers, int hidden, int ffn, int heads, int headSize, int groups, int vocabulary, long parameters) {
    /** Parameters that a method trains. */
    public long trainable(TuningConfig tuning) {
        if (!(tuning instanceof LoraConfig lora)) {
            return parameters;
        }
        long perLayer = 0;
        for (String target : lora.targets()) {
            perLayer += (long) lora.rank() * (inputSize(target) + outputSize(target));
        }
        return layers * perLayer;
    }

    /** Columns of a linear of a block. */
    long inputSize(String linear) {
        return switch (linear) {
            case "query_key_value", "dense_h_to_4h" -> hidden;
            case "dense" -> attentionSize();
            case "dense_4h_to_h" -> ffn;
            default -> throw new IllegalArgumentException(linear);
        };
    }

    /** Rows of a linear of a block. */
    long outputSize(String linear) {
        return switch (linear) {
            case "query_key_value" -> qkvSize();
            case "dense_h_to_4h" -> 2L * ffn;
            case "dense", "dense_4h_to_h" -> hidden;
            default -> throw new IllegalArgumentException(linear);
        };
    }

    /** Channels of all query heads. */
    long attentionSize() {
        return (long) heads * headSize;
    }

    /** Channels of all query, key and value heads. */
    long qkvSize() {
        return (heads + 2L * groups) * headSize;
    }
}
