package dev.stride.recipe;

import dev.stride.config.LoraConfig;
import dev.stride.config.TuningConfig;
import java.util.ArrayList;
import java.util.List;

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
 * @param qkvBias whether the attention's first linear has a bias
 * @param tiedOutput whether the embedding is the output layer too
 */
public record ModelFacts(
        int layers,
        int hidden,
        int ffn,
        int heads,
        int headSize,
        int groups,
        int vocabulary,
        long parameters,
        boolean qkvBias,
        boolean tiedOutput) {
    /** A model with a bias in each attention and an output layer of its own, as ChatGLM3 is published. */
    public ModelFacts(
            int layers, int hidden, int ffn, int heads, int headSize, int groups, int vocabulary, long parameters) {
        this(layers, hidden, ffn, heads, headSize, groups, vocabulary, parameters, true, false);
    }

    /** What a method trains, in the order and under the names of the tuning method's parameters. */
    public List<TrainedTensor> tensors(TuningConfig tuning) {
        List<TrainedTensor> tensors = new ArrayList<>();
        if (tuning instanceof LoraConfig lora) {
            for (int i = 0; i < layers; i++) {
                for (String linear : LoraConfig.LINEARS) {
                    if (lora.targets().contains(linear)) {
                        String name = layer(i) + place(linear);
                        tensors.add(new TrainedTensor(name + ".lora_A.weight", lora.rank() * inputSize(linear), true));
                        tensors.add(new TrainedTensor(name + ".lora_B.weight", lora.rank() * outputSize(linear), true));
                    }
                }
            }
            return tensors;
        }
        long rows = (long) vocabulary * hidden;
        tensors.add(new TrainedTensor("transformer.embedding.word_embeddings.weight", rows, true));
        for (int i = 0; i < layers; i++) {
            tensors.add(new TrainedTensor(layer(i) + "input_layernorm.weight", hidden, false));
            tensors.add(matrix(i, "query_key_value"));
            if (qkvBias) {
                tensors.add(new TrainedTensor(layer(i) + "self_attention.query_key_value.bias", qkvSize(), false));
            }
            tensors.add(matrix(i, "dense"));
            tensors.add(new TrainedTensor(layer(i) + "post_attention_layernorm.weight", hidden, false));
            tensors.add(matrix(i, "dense_h_to_4h"));
            tensors.add(matrix(i, "dense_4h_to_h"));
        }
        tensors.add(new TrainedTensor("transformer.encoder.final_layernorm.weight", hidden, false));
        if (!tiedOutput) {
            tensors.add(new TrainedTensor("transformer.output_layer.weight", rows, true));
        }
        return tensors;
    }

    private TrainedTensor matrix(int layer, String linear) {
        return new TrainedTensor(
                layer(layer) + place(linear) + ".weight", inputSize(linear) * outputSize(linear), true);
    }

    private static String layer(int index) {
        return "transformer.encoder.layers." + index + ".";
    }

    private static String place(String linear) {
        return (linear.endsWith("4h") || linear.contains("4h_") ? "mlp." : "self_attention.") + linear;
    }

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
