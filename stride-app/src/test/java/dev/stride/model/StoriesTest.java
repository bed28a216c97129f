package dev.stride.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.SharedFolder;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/**
 * The proof on really trained weights: stories260K of llama2.c is a ChatGLM block with full rotation, no bias and a tied
 * output, and its greedy text is published.
 */
class StoriesTest {
    @Test
    void stories260K_greedyTextIsThePublishedOne() throws IOException {
        Path file = SharedFolder.require("data/stories260K/stories260K.bin");
        List<byte[]> pieces = pieces(SharedFolder.require("data/stories260K/tok512.bin"));
        String published = published(SharedFolder.require("data/stories260K/stories260K.md"));
        try (ChatGlmModel model = open(file)) {
            int[] ids = new Generator(model)
                    .generate(List.of(new int[] {1}), Sampling.greedy(256, Set.of(1)))
                    .get(0);
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            for (int id : ids) {
                text.writeBytes(bytes(pieces.get(id)));
            }
            String generated = text.toString(StandardCharsets.UTF_8).strip();
            assertThat(ids.length).isGreaterThan(200);
            assertThat(generated).startsWith(published);
        }
    }

    private static String published(Path readme) throws IOException {
        String text = Files.readString(readme);
        String first = "-t 0.0\n";
        int start = text.indexOf(first) + first.length();
        return text.substring(start, text.indexOf("\n```", start)).strip();
    }

    private static byte[] bytes(byte[] piece) {
        String text = new String(piece, StandardCharsets.UTF_8);
        return text.matches("<0x[0-9A-F]{2}>") ? new byte[] {(byte) Integer.parseInt(text.substring(3, 5), 16)} : piece;
    }

    private static List<byte[]> pieces(Path file) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        buffer.getInt(); // the longest piece
        List<byte[]> pieces = new ArrayList<>();
        while (buffer.hasRemaining()) {
            buffer.getFloat(); // score
            byte[] piece = new byte[buffer.getInt()];
            buffer.get(piece);
            pieces.add(piece);
        }
        return pieces;
    }

    private static ChatGlmModel open(Path file) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int dim = buffer.getInt();
        int hidden = buffer.getInt();
        int layers = buffer.getInt();
        int heads = buffer.getInt();
        int groups = buffer.getInt();
        int vocabulary = buffer.getInt();
        int context = buffer.getInt();
        int head = dim / heads;
        ChatGlmConfig config = new ChatGlmConfig(
                layers,
                dim,
                hidden,
                heads,
                head,
                groups,
                vocabulary,
                context,
                1e-5,
                1,
                1.0,
                ChatGlmConfig.RotaryRule.FLOAT32,
                false,
                true,
                2);
        float[] embedding = floats(buffer, vocabulary * dim);
        float[] attentionNorm = floats(buffer, layers * dim);
        float[] wq = floats(buffer, layers * dim * dim);
        float[] wk = floats(buffer, layers * groups * head * dim);
        float[] wv = floats(buffer, layers * groups * head * dim);
        float[] wo = floats(buffer, layers * dim * dim);
        float[] ffnNorm = floats(buffer, layers * dim);
        float[] w1 = floats(buffer, layers * hidden * dim);
        float[] w2 = floats(buffer, layers * dim * hidden);
        float[] w3 = floats(buffer, layers * hidden * dim);
        float[] finalNorm = floats(buffer, dim);
        Map<String, float[]> values = new LinkedHashMap<>();
        values.put("transformer.embedding.word_embeddings.weight", embedding);
        for (int i = 0; i < layers; i++) {
            String name = "transformer.encoder.layers." + i + ".";
            values.put(name + "input_layernorm.weight", part(attentionNorm, layers, i));
            values.put(
                    name + "self_attention.query_key_value.weight",
                    join(part(wq, layers, i), part(wk, layers, i), part(wv, layers, i)));
            values.put(name + "self_attention.dense.weight", part(wo, layers, i));
            values.put(name + "post_attention_layernorm.weight", part(ffnNorm, layers, i));
            values.put(name + "mlp.dense_h_to_4h.weight", join(part(w1, layers, i), part(w3, layers, i)));
            values.put(name + "mlp.dense_4h_to_h.weight", part(w2, layers, i));
        }
        values.put("transformer.encoder.final_layernorm.weight", finalNorm);
        Map<String, Tensor> weights = new LinkedHashMap<>();
        ChatGlmModel.shapes(config)
                .forEach((name, shape) -> weights.put(
                        name,
                        TensorScope.outlive(
                                () -> Tensors.of(java.util.Objects.requireNonNull(values.get(name)), shape))));
        assertThat(weights).hasSameSizeAs(values);
        return new ChatGlmModel(config, weights, Precision.FP32, Native.cpu());
    }

    private static float[] floats(ByteBuffer buffer, int count) {
        float[] values = new float[count];
        buffer.asFloatBuffer().get(values);
        buffer.position(buffer.position() + 4 * count);
        return values;
    }

    private static float[] part(float[] all, int parts, int index) {
        int size = all.length / parts;
        return java.util.Arrays.copyOfRange(all, index * size, (index + 1) * size);
    }

    private static float[] join(float[]... arrays) {
        int total = 0;
        for (float[] array : arrays) {
            total += array.length;
        }
        float[] joined = new float[total];
        int at = 0;
        for (float[] array : arrays) {
            System.arraycopy(array, 0, joined, at, array.length);
            at += array.length;
        }
        return joined;
    }
}
