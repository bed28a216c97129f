package dev.stride.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightReaderTest {
    @TempDir
    Path folder;

    @Test
    void open_eitherFormat_givesTheSameTensors() throws IOException {
        Path safe = Files.createDirectory(folder.resolve("safe"));
        Path torch = Files.createDirectory(folder.resolve("torch"));
        Files.copy(Golden.file("tiny_model.safetensors"), safe.resolve("model.safetensors"));
        Files.copy(Golden.file("tiny_pytorch_model.bin"), torch.resolve("pytorch_model.bin"));
        try (WeightReader a = WeightReader.open(safe);
                WeightReader b = WeightReader.open(torch)) {
            assertThat(a.names()).hasSize(25).isEqualTo(b.names());
            a.names().forEach(name -> assertThat(a.read(name)).isEqualTo(b.read(name)));
            assertThat(a.totalBytes()).isEqualTo(b.totalBytes()).isEqualTo(810_000);
        }
    }

    @Test
    void open_severalForms_prefersSafetensorsThenTheIndex() throws IOException {
        StoredTensor[] made = new StoredTensor[4];
        for (int i = 0; i < made.length; i++) {
            made[i] = Golden.tensor(i, "t" + i, DType.F32, 2);
        }
        Files.copy(Golden.file("tiny_pytorch_model.bin"), folder.resolve("pytorch_model.bin"));
        assertThat(namesIn(folder)).hasSize(25);
        save("optimizer.safetensors", made[3]);
        save("adapter_model.safetensors", made[3]);
        assertThat(namesIn(folder)).hasSize(25);
        save("weights.safetensors", made[0]);
        assertThat(namesIn(folder)).containsExactly("t0");
        save("model.safetensors", made[1]);
        assertThat(namesIn(folder)).containsExactly("t1");
        save("model-00001-of-00001.safetensors", made[2]);
        index("model.safetensors.index.json", 8, Map.of("t2", "model-00001-of-00001.safetensors"));
        assertThat(namesIn(folder)).containsExactly("t2");
    }

    @Test
    void open_shardedTorchFiles_areJoined() throws IOException {
        Files.copy(Golden.file("tiny_pytorch_model.bin"), folder.resolve("pytorch_model-00001-of-00002.bin"));
        Files.copy(Golden.file("checkpoint/torch_views.bin"), folder.resolve("pytorch_model-00002-of-00002.bin"));
        Map<String, String> map = new LinkedHashMap<>();
        try (WeightReader one = WeightReader.open(folder)) {
            assertThat(one.names()).hasSize(41);
            one.tensors()
                    .forEach((name, info) ->
                            map.put(name, info.file().getFileName().toString()));
            index("pytorch_model.bin.index.json", one.totalBytes(), map);
        }
        assertThat(namesIn(folder)).hasSize(41);
    }

    @Test
    void open_wrongIndex_reportsEverythingAtOnce() throws IOException {
        save("a.safetensors", Golden.tensor(1, "in.a", DType.F32, 2), Golden.tensor(1, "unnamed", DType.F32, 2));
        Files.write(folder.resolve("broken.safetensors"), new byte[3]);
        index(
                "model.safetensors.index.json",
                5,
                Map.of(
                        "in.a",
                        "a.safetensors",
                        "not.in.a",
                        "a.safetensors",
                        "x",
                        "gone.safetensors",
                        "y",
                        "broken.safetensors"));
        assertThatThrownBy(() -> WeightReader.open(folder)).isInstanceOfSatisfying(UserException.class, e -> {
            assertThat(e.problems()).hasSize(4);
            assertThat(e)
                    .hasMessageContaining("weight_map.not.in.a: a.safetensors holds no such tensor")
                    .hasMessageContaining("gone.safetensors: does not exist")
                    .hasMessageContaining("broken.safetensors: the file has 3 bytes")
                    .hasMessageContaining("holds \"unnamed\", which the index does not name");
        });
    }

    @Test
    void open_wrongTotalSize_isReported() throws IOException {
        save("a.safetensors", Golden.tensor(1, "a", DType.F32, 2));
        index("model.safetensors.index.json", 9, Map.of("a", "a.safetensors"));
        assertThatThrownBy(() -> WeightReader.open(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("metadata.total_size: 9; allowed: 8");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"weight_map\":{\"a\":\"../a.safetensors\"}}|the name of a file beside the index",
                "{\"weight_map\":{\"a\":\"/etc/passwd\"}}|the name of a file beside the index",
                "{\"weight_map\":{\"a\":7}}|the name of a file beside the index",
                "{\"weight_map\":[]}|an object of file names",
                "{\"metadata\":{\"total_size\":\"8\"},\"weight_map\":{}}|a whole number of bytes",
                "{\"metadata\":{\"total_size\":8.5},\"weight_map\":{}}|a whole number of bytes",
                "{\"weight_map\":{\"a\":\"b\",\"a\":\"c\"}}|Duplicate field",
                "nothing|one JSON object"
            })
    void open_damagedIndex_isRefused(String text, String fault) throws IOException {
        Files.writeString(folder.resolve("model.safetensors.index.json"), text);
        assertThatThrownBy(() -> WeightReader.open(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("model.safetensors.index.json")
                .hasMessageContaining(fault);
    }

    @Test
    void open_shardMissingWithoutIndex_isNamed() throws IOException {
        save("model-00002-of-00003.safetensors", Golden.tensor(1, "a", DType.F32, 2));
        assertThatThrownBy(() -> WeightReader.open(folder))
                .isInstanceOfSatisfying(
                        UserException.class,
                        e -> assertThat(e.problems().stream().map(Problem::where))
                                .containsExactly(
                                        folder.resolve("model-00001-of-00003.safetensors")
                                                .toString(),
                                        folder.resolve("model-00003-of-00003.safetensors")
                                                .toString()));
    }

    @Test
    void open_tensorInTwoFiles_isRefused() throws IOException {
        save("x.safetensors", Golden.tensor(1, "a", DType.F32, 2));
        save("y.safetensors", Golden.tensor(1, "a", DType.F32, 2));
        assertThatThrownBy(() -> WeightReader.open(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("in one file");
    }

    @Test
    void open_folderWithoutWeights_saysWhatWasLookedFor() throws IOException {
        assertThatThrownBy(() -> WeightReader.open(folder)).hasMessageContaining("an empty folder");
        Files.writeString(folder.resolve("adapter_config.json"), "{}");
        assertThatThrownBy(() -> WeightReader.open(folder)).hasMessageContaining("This is an adapter");
        assertThatThrownBy(() -> WeightReader.open(folder.resolve("nowhere")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    void check_missingExtraAndMisshapen_areReportedTogether() throws IOException {
        save(
                "model.safetensors",
                Golden.tensor(1, "fine", DType.F32, 2),
                Golden.tensor(1, "turned", DType.F32, 2, 3),
                Golden.tensor(1, "extra", DType.F32, 2),
                Golden.tensor(1, "rotary.inv_freq", DType.F32, 4));
        Map<String, long[]> expected = Map.of(
                "fine", new long[] {2}, "turned", new long[] {3, 2}, "missing", new long[] {7}, "prefix", new long[] {1
                });
        try (WeightReader reader = WeightReader.open(folder)) {
            assertThatThrownBy(() -> reader.check(expected, name -> name.endsWith("inv_freq") || name.equals("prefix")))
                    .isInstanceOfSatisfying(UserException.class, e -> {
                        assertThat(e.problems().stream().map(Problem::where))
                                .containsExactly("extra", "missing", "turned");
                        assertThat(e)
                                .hasMessageContaining("missing: missing; allowed: [7]")
                                .hasMessageContaining("turned: shape [2, 3]")
                                .hasMessageContaining("allowed: [3, 2]");
                    });
            reader.check(Map.of("fine", new long[] {2}), name -> !name.equals("fine"));
        }
    }

    @Test
    void source_isReadOnlyWhenItIsWritten() throws IOException {
        StoredTensor tensor = Golden.tensor(5, "a", DType.BF16, 3, 3);
        save("model.safetensors", tensor);
        try (WeightReader reader = WeightReader.open(folder)) {
            TensorSource source = reader.source("a");
            MemoryChannel channel = new MemoryChannel();
            source.writeTo(channel);
            assertThat(channel.bytes()).hasSize(18);
            assertThat(source.numBytes()).isEqualTo(18);
        }
    }

    /** The published names: what a model of three layers needs, and the buffer it does not. */
    @Test
    void check_tinyModel_fitsItsConfig() throws IOException {
        Map<String, long[]> expected = new LinkedHashMap<>();
        expected.put("transformer.embedding.word_embeddings.weight", new long[] {320, 64});
        expected.put("transformer.output_layer.weight", new long[] {320, 64});
        expected.put("transformer.encoder.final_layernorm.weight", new long[] {64});
        for (int layer = 0; layer < 3; layer++) {
            String prefix = "transformer.encoder.layers." + layer + ".";
            expected.put(prefix + "input_layernorm.weight", new long[] {64});
            expected.put(prefix + "post_attention_layernorm.weight", new long[] {64});
            expected.put(prefix + "self_attention.query_key_value.weight", new long[] {192, 64});
            expected.put(prefix + "self_attention.query_key_value.bias", new long[] {192});
            expected.put(prefix + "self_attention.dense.weight", new long[] {64, 128});
            expected.put(prefix + "mlp.dense_h_to_4h.weight", new long[] {344, 64});
            expected.put(prefix + "mlp.dense_4h_to_h.weight", new long[] {64, 172});
        }
        try (WeightReader reader = WeightReader.openFile(Golden.file("tiny_pytorch_model.bin"))) {
            reader.check(expected, name -> name.endsWith("inv_freq"));
            assertThat(expected).hasSize(24);
        }
    }

    private static List<String> namesIn(Path folder) {
        try (WeightReader reader = WeightReader.open(folder)) {
            return List.copyOf(reader.names());
        }
    }

    private void save(String name, StoredTensor... tensors) throws IOException {
        MemoryChannel channel = new MemoryChannel();
        SafetensorsWriter.write(channel, List.of(tensors));
        Path part = Files.write(folder.resolve("part"), channel.bytes());
        Files.move(part, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    private void index(String name, long total, Map<String, String> map) throws IOException {
        StringBuilder json = new StringBuilder("{\"metadata\":{\"total_size\":" + total + "},\"weight_map\":{");
        map.forEach((tensor, file) ->
                json.append('"').append(tensor).append("\":\"").append(file).append("\","));
        Files.writeString(folder.resolve(name), json.substring(0, json.length() - 1) + "}}");
    }
}
