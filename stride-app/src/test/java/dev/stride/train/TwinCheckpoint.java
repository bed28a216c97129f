package dev.stride.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.ModelFolder;
import dev.stride.checkpoint.TensorBytes;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The checkpoint on which the reference made golden/twin/expected.json: three layers of hidden size 32 with the whole
 * published vocabulary, weights from numpy's generator with seed 101, in three shards.
 */
final class TwinCheckpoint {
    private static final int SEED = 101;
    private static final long SHARD_BYTES = 8_500_000;

    private TwinCheckpoint() {}

    /** Writes the checkpoint into a new folder below {@code parent}. */
    static Path writeBelow(Path parent, Path tokenizer) {
        Path source = parent.resolve("twin-source");
        Path folder = parent.resolve("twin");
        try {
            Files.createDirectories(source);
            Files.writeString(source.resolve("config.json"), config());
            Files.copy(tokenizer, source.resolve("tokenizer.model"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        NumpyGaussian gaussian = new NumpyGaussian(SEED);
        try (TensorScope scope = new TensorScope()) {
            List<TensorBytes> tensors = new ArrayList<>();
            ChatGlmModel.shapes(ChatGlmConfig.read(source)).forEach((name, shape) -> {
                float[] values = values(name, shape, gaussian);
                tensors.add(new TensorBytes(name, Tensors.of(values, shape), DType.F32));
            });
            ModelFolder.write(source, folder, tensors, SHARD_BYTES);
        }
        return folder;
    }

    private static float[] values(String name, long[] shape, NumpyGaussian gaussian) {
        double scale = scale(name, shape);
        float[] values = new float[Math.toIntExact(shape.length == 1 ? shape[0] : shape[0] * shape[1])];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (gaussian.next() * scale);
            if (name.endsWith("layernorm.weight")) {
                values[i] += 1;
            }
        }
        return values;
    }

    private static double scale(String name, long[] shape) {
        if (name.endsWith("word_embeddings.weight")) {
            return 0.5;
        }
        if (name.endsWith("layernorm.weight")) {
            return 0.1;
        }
        if (name.endsWith(".bias")) {
            return 0.2;
        }
        return (name.endsWith("output_layer.weight") ? 0.3 : 1) / Math.sqrt(shape[1]);
    }

    private static String config() {
        return new ObjectMapper()
                .createObjectNode()
                .put("model_type", "chatglm")
                .put("num_layers", 3)
                .put("hidden_size", 32)
                .put("ffn_hidden_size", 88)
                .put("kv_channels", 16)
                .put("num_attention_heads", 4)
                .put("multi_query_attention", true)
                .put("multi_query_group_num", 2)
                .put("padded_vocab_size", 65024)
                .put("seq_length", 1024)
                .put("layernorm_epsilon", 1e-5)
                .put("rmsnorm", true)
                .put("post_layer_norm", true)
                .put("original_rope", true)
                .put("add_qkv_bias", true)
                .put("add_bias_linear", false)
                .put("apply_residual_connection_post_layernorm", false)
                .put("fp32_residual_connection", false)
                .put("tie_word_embeddings", false)
                .put("eos_token_id", 2)
                .put("pad_token_id", 0)
                .put("torch_dtype", "float32")
                .toPrettyString();
    }
}
