package dev.stride.cli;

import dev.stride.GoldenTensors;
import dev.stride.checkpoint.AdapterConfig;
import dev.stride.checkpoint.AdapterFiles;
import dev.stride.checkpoint.AdapterFiles.Factor;
import dev.stride.checkpoint.AdapterFiles.Place;
import dev.stride.checkpoint.AtomicFolder;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.StoredTensor;
import dev.stride.tokenizer.BpeTrainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The golden tiny model (3 blocks, hidden 64, 320 words) as a checkpoint's folder, and adapters for it. */
final class TinyFolder {
    static final int LAYERS = 3;

    private TinyFolder() {}

    /** config.json, model.safetensors and a vocabulary of 280 pieces, which leaves room for the special tokens. */
    static Path write(Path folder) {
        return write(folder, "tiny_model.safetensors", "model.safetensors");
    }

    static Path write(Path folder, String golden, String weights) {
        try {
            Files.createDirectories(folder);
            Files.copy(GoldenTensors.file("tiny_config.json"), folder.resolve("config.json"));
            Files.copy(GoldenTensors.file(golden), folder.resolve(weights));
            new BpeTrainer(280, 0.9, 8)
                    .train(List.of(
                            "the rate and the loss and the step", "a rate, a loss, a step", "learning rate, the end"))
                    .write(folder.resolve("tokenizer.model"));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The adapted linears: the attention's input and the last of the block, of different shapes. */
    static List<String> modules() {
        List<String> modules = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            modules.add("transformer.encoder.layers." + layer + ".self_attention.query_key_value");
            modules.add("transformer.encoder.layers." + layer + ".mlp.dense_4h_to_h");
        }
        return modules;
    }

    /** An adapter of rank 4 and alpha 6 with random factors of a size, seeded. */
    static Path adapter(Path folder, boolean rankStabilized, double size) {
        AdapterConfig config =
                AdapterConfig.of(4, 6, 0.1, rankStabilized, List.of("query_key_value", "dense_4h_to_h"), "tiny");
        SplittableRandom random = new SplittableRandom(3);
        List<StoredTensor> tensors = new ArrayList<>();
        for (String module : modules()) {
            boolean attention = module.endsWith("query_key_value");
            // qkv: 8 heads of 16 and twice 2 groups of 16 from 64; the last linear: 64 from 172
            tensors.add(tensor(module, Factor.A, random, size, 4, attention ? 64 : 172));
            tensors.add(tensor(module, Factor.B, random, size, attention ? 192 : 64, 4));
        }
        AtomicFolder.write(
                folder, AdapterFiles.fileBytes(config, tensors), writer -> AdapterFiles.write(writer, config, tensors));
        return folder;
    }

    private static StoredTensor tensor(
            String module, Factor factor, SplittableRandom random, double size, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (size * (2 * random.nextDouble() - 1));
        }
        return floats(new Place(module, factor).tensorName(), values, rows, columns);
    }

    /** A float32 tensor. */
    static StoredTensor floats(String name, float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return new StoredTensor(name, DType.F32, shape, bytes.flip());
    }
}
