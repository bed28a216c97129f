package dev.stride.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
    @TempDir
    Path folder;

    private Path source;
    private Path target;

    @BeforeEach
    void makeSource() throws IOException {
        source = Files.createDirectory(folder.resolve("source"));
        target = folder.resolve("target");
        Files.copy(Golden.file("tiny_config.json"), source.resolve("config.json"));
        Files.copy(Golden.file("tiny_pytorch_model.bin"), source.resolve("pytorch_model.bin"));
        for (String name :
                List.of("tokenizer.model", "tokenizer_config.json", "modeling_chatglm.py", "MODEL_LICENSE")) {
            Files.writeString(source.resolve(name), "text of " + name);
        }
        for (String name : List.of("training_args.bin", "optimizer.safetensors", "state.json", ".gitattributes")) {
            Files.writeString(source.resolve(name), "not the model's");
        }
        Files.createDirectory(source.resolve("runs"));
    }

    @Test
    void write_fromTorchFile_givesTheSameTensorsInShards() throws IOException {
        ModelFolder.Written written;
        try (WeightReader reader = WeightReader.open(source)) {
            List<TensorSource> tensors =
                    reader.names().stream().map(reader::source).toList();
            written = ModelFolder.write(source, target, tensors, 300_000);
        }
        assertThat(written.copied())
                .containsExactly(
                        "MODEL_LICENSE",
                        "config.json",
                        "modeling_chatglm.py",
                        "tokenizer.model",
                        "tokenizer_config.json");
        assertThat(written.leftBehind())
                .containsExactly(
                        ".gitattributes",
                        "optimizer.safetensors",
                        "pytorch_model.bin",
                        "runs",
                        "state.json",
                        "training_args.bin");
        assertThat(written.weightFiles())
                .startsWith("model-00001-of-00003.safetensors")
                .endsWith("model.safetensors.index.json")
                .hasSize(4);
        assertThat(target.resolve("tokenizer.model")).hasContent("text of tokenizer.model");
        assertThat(Manifest.verify(target, true)).isEmpty();
        assertThat(Manifest.read(target).files()).hasSize(9);
        try (WeightReader before = WeightReader.open(source);
                WeightReader after = WeightReader.open(target)) {
            assertThat(after.names()).hasSize(25).isEqualTo(before.names());
            after.names().forEach(name -> assertThat(after.read(name)).isEqualTo(before.read(name)));
        }
        assertThat(config(target)).isEqualTo(config(source));
    }

    @Test
    void write_otherType_changesTorchDtypeAlone() throws IOException {
        List<StoredTensor> tensors = new ArrayList<>();
        tensors.add(Golden.tensor(1, "w", DType.BF16, 100));
        tensors.add(Golden.tensor(1, "inv_freq", DType.F32, 4));
        tensors.add(Golden.tensor(1, "steps", DType.I64, 1000));
        ModelFolder.write(source, target, tensors, 1 << 30);
        assertThat(config(target).path("torch_dtype").asText()).isEqualTo("bfloat16");
        JsonNode expected = config(source);
        ((ObjectNode) expected).put("torch_dtype", "bfloat16");
        assertThat(config(target)).isEqualTo(expected);
    }

    @Test
    void write_newerKey_isTheOneThatChanges() throws IOException {
        Files.writeString(source.resolve("config.json"), "{\"dtype\":\"float32\"}");
        ModelFolder.write(source, target, List.of(Golden.tensor(1, "w", DType.F16, 4)), 1 << 30);
        assertThat(config(target).toString()).isEqualTo("{\"dtype\":\"float16\"}");
    }

    @Test
    void write_targetInUse_isRefused() throws IOException {
        List<StoredTensor> tensors = List.of(Golden.tensor(1, "w", DType.F16, 4));
        Files.createDirectory(target);
        ModelFolder.write(source, target, tensors, 1 << 30);
        byte[] before = Files.readAllBytes(target.resolve("model.safetensors"));
        assertThatThrownBy(() -> ModelFolder.write(source, target, tensors, 1 << 30))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(target.toString());
        assertThatThrownBy(() -> ModelFolder.write(source, source, tensors, 1 << 30))
                .isInstanceOf(UserException.class);
        assertThatThrownBy(() -> ModelFolder.write(source, source.resolve("config.json"), tensors, 1 << 30))
                .isInstanceOf(UserException.class);
        assertThat(Files.readAllBytes(target.resolve("model.safetensors"))).isEqualTo(before);
    }

    @Test
    void write_sourceWithoutConfig_isRefused() throws IOException {
        Files.delete(source.resolve("config.json"));
        assertThatThrownBy(() -> ModelFolder.write(source, target, List.of(), 1 << 30))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("config.json");
        assertThat(target).doesNotExist();
    }

    private static JsonNode config(Path folder) throws IOException {
        return new ObjectMapper().readTree(Files.readString(folder.resolve("config.json")));
    }
}
