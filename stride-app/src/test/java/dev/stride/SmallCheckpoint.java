package dev.stride;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.ModelFolder;
import dev.stride.checkpoint.TensorBytes;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.tokenizer.BpeTrainer;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;

/**
 * A random ChatGLM3 checkpoint in the published layout, small enough to train in milliseconds, with a vocabulary of its
 * own and rows for it; the same arguments give the same bytes.
 *
 * @param layers blocks
 * @param vocabulary rows of the embedding; the pieces and special tokens take the first 480 or so
 * @param dtype of the weights on disk
 */
public record SmallCheckpoint(int layers, int vocabulary, DType dtype) {
    /** Two layers, float32. */
    public static final SmallCheckpoint PLAIN = new SmallCheckpoint(2, 512, DType.F32);

    private static final int HIDDEN = 32;
    private static final int PIECES = 460;
    private static final long SHARD_BYTES = 60_000; // several shards

    private static final List<String> SUBJECTS = List.of(
            "the learning rate",
            "the loss",
            "the norm of the gradient",
            "the warm-up",
            "学习率",
            "损失",
            "梯度的范数",
            "a long run with a large batch");
    private static final List<String> SAYINGS = List.of(
            "rises at first and then falls slowly to its floor",
            "is written after each update",
            "must be finite",
            "在最后一步降到最低",
            "太大就会上升，太小就下降得很慢",
            "stays as it is",
            "follows the plan, step by step, until the last update is made and the result is saved");

    public SmallCheckpoint ofType(DType type) {
        return new SmallCheckpoint(layers, vocabulary, type);
    }

    public SmallCheckpoint withVocabulary(int rows) {
        return new SmallCheckpoint(layers, rows, dtype);
    }

    /** Writes the checkpoint into a new folder below {@code parent}. */
    public Path writeBelow(Path parent) {
        Path folder = parent.resolve("model-" + layers + "-" + vocabulary + "-" + dtype);
        Path source = parent.resolve("source-" + layers + "-" + vocabulary + "-" + dtype);
        try {
            Files.createDirectories(source);
            Files.writeString(source.resolve("config.json"), config().toPrettyString());
            BpeTrainer.ofSize(PIECES).train(lines(400, 1)).write(source.resolve("tokenizer.model"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (TensorScope scope = new TensorScope()) {
            Random random = new Random(7);
            List<TensorBytes> tensors = new ArrayList<>();
            ChatGlmModel.shapes(ChatGlmConfig.read(source))
                    .forEach((name, shape) -> tensors.add(new TensorBytes(name, tensor(name, shape, random), dtype)));
            ModelFolder.write(source, folder, tensors, SHARD_BYTES);
        }
        return folder;
    }

    /** Writes conversations of one or two turns and of many lengths, one JSON object a line. */
    public static Path rows(Path file, int count, long seed) {
        ObjectMapper mapper = new ObjectMapper();
        List<String> lines = lines(4 * count, seed);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            ObjectNode row = mapper.createObjectNode();
            var messages = row.putArray("conversations");
            for (int turn = 0; turn <= i % 3 / 2; turn++) {
                messages.addObject().put("role", "user").put("content", lines.get(4 * i + 2 * turn));
                messages.addObject().put("role", "assistant").put("content", lines.get(4 * i + 2 * turn + 1));
            }
            text.append(row).append('\n');
        }
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(int count, long seed) {
        Random random = new Random(seed);
        List<String> lines = new ArrayList<>();
        while (lines.size() < count) {
            StringBuilder line = new StringBuilder();
            for (int i = random.nextInt(3); i >= 0; i--) {
                line.append(SUBJECTS.get(random.nextInt(SUBJECTS.size())))
                        .append(' ')
                        .append(SAYINGS.get(random.nextInt(SAYINGS.size())))
                        .append(i == 0 ? "." : "; ");
            }
            lines.add(line.toString());
        }
        return lines;
    }

    private static Tensor tensor(String name, long[] shape, Random random) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        boolean norm = name.endsWith("layernorm.weight");
        double scale = shape.length == 1 ? 0.1 : 0.7 / Math.sqrt(shape[1]);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) ((norm ? 1 : 0) + scale * random.nextGaussian());
        }
        return Tensors.of(values, shape);
    }

    private ObjectNode config() {
        return new ObjectMapper()
                .createObjectNode()
                .put("model_type", "chatglm")
                .put("num_layers", layers)
                .put("hidden_size", HIDDEN)
                .put("ffn_hidden_size", 72)
                .put("kv_channels", 8)
                .put("num_attention_heads", 4)
                .put("multi_query_attention", true)
                .put("multi_query_group_num", 2)
                .put("padded_vocab_size", vocabulary)
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
                .put("torch_dtype", dtype.torchName());
    }
}
