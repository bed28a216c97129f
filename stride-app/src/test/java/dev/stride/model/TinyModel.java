package dev.stride.model;

import dev.stride.GoldenTensors;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The golden random 3-layer ChatGLM3 (hidden 64, 8 heads of 16, 2 groups, ffn 172, vocabulary 320). */
public final class TinyModel {
    private TinyModel() {}

    public static ChatGlmConfig config() {
        try {
            Path folder = Files.createTempDirectory("tiny");
            Path file = folder.resolve("config.json");
            try {
                Files.copy(GoldenTensors.file("tiny_config.json"), file);
                return ChatGlmConfig.read(folder);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    public static ChatGlmModel open() {
        return open(Precision.FP32);
    }

    public static ChatGlmModel open(Precision base) {
        GoldenTensors golden = GoldenTensors.read("tiny_model.safetensors");
        ChatGlmConfig config = config();
        Map<String, Tensor> weights = new LinkedHashMap<>();
        ChatGlmModel.shapes(config)
                .forEach((name, shape) -> weights.put(
                        name,
                        TensorScope.outlive(() ->
                                Tensors.as(Tensors.of(golden.floats(name), golden.shape(name)), base.scalarType()))));
        return new ChatGlmModel(config, weights, base, Native.cpu());
    }
}
