package dev.stride.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.checkpoint.AdapterFiles.Factor;
import dev.stride.checkpoint.AdapterFiles.Place;
import dev.stride.checkpoint.TorchArchive.Pickle;
import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterTest {
    private static final String SMALL = """
            {"peft_type":"LORA","task_type":"CAUSAL_LM","r":4,"lora_alpha":16,"lora_dropout":0.0,"bias":"none",
             "target_modules":["query_key_value"],"base_model_name_or_path":".","inference_mode":false,
             "fan_in_fan_out":false,"modules_to_save":null}""";

    @TempDir
    Path folder;

    private static String module(int layer) {
        return "transformer.encoder.layers." + layer + ".self_attention.query_key_value";
    }

    @Test
    void open_referencesAdapter_hasItsModulesAndShapes() throws IOException {
        Files.copy(Golden.file("checkpoint/twin_adapter.safetensors"), folder.resolve("adapter_model.safetensors"));
        Files.writeString(folder.resolve("adapter_config.json"), SMALL);
        try (Adapter adapter = Adapter.open(folder)) {
            assertThat(adapter.modules()).containsExactly(module(0), module(1), module(2));
            assertThat(adapter.config().scaling()).isEqualTo(4.0);
            assertThat(adapter.read(module(1), Factor.A).shape()).containsExactly(4, 32);
            assertThat(adapter.read(module(1), Factor.B).shape()).containsExactly(128, 4);
            long[] linear = {128, 32};
            adapter.check(
                    Map.of(module(0), linear, module(1), linear, module(2), linear, "x.dense", new long[] {32, 32}));
            assertThatThrownBy(() -> adapter.check(
                            Map.of(module(0), linear, module(1), new long[] {100, 32}, module(3), linear)))
                    .isInstanceOfSatisfying(UserException.class, e -> {
                        assertThat(e.problems()).hasSize(3);
                        assertThat(e)
                                .hasMessageContaining(module(2) + ": extra")
                                .hasMessageContaining(module(3) + ": missing")
                                .hasMessageContaining("shape [128, 4]; allowed: [100, 4]");
                    });
            assertThatThrownBy(() -> adapter.read("x", Factor.A)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void write_thenOpen_isEqual() throws IOException {
        AdapterConfig config =
                AdapterConfig.of(8, 32, 0.1, true, List.of("query_key_value", "dense"), "/models/chatglm3-6b");
        List<StoredTensor> tensors = factors(8, module(0), module(10), module(2), "transformer.x.dense");
        Path target = folder.resolve("adapter");
        AtomicFolder.write(
                target, AdapterFiles.fileBytes(config, tensors), writer -> AdapterFiles.write(writer, config, tensors));
        try (Adapter read = Adapter.open(target)) {
            assertThat(read.config()).isEqualTo(config);
            assertThat(read.config().scaling()).isEqualTo(32 / Math.sqrt(8));
            assertThat(read.modules()).hasSize(4);
            for (StoredTensor tensor : tensors) {
                Place place = AdapterFiles.place(tensor.name()).orElseThrow();
                assertThat(read.read(place.module(), place.factor())).isEqualTo(tensor);
            }
        }
        JsonNode json = new ObjectMapper().readTree(Files.readString(target.resolve("adapter_config.json")));
        List<String> keys = new ArrayList<>();
        json.fieldNames().forEachRemaining(keys::add);
        assertThat(keys)
                .isSorted()
                .containsExactly(
                        "base_model_name_or_path",
                        "bias",
                        "fan_in_fan_out",
                        "inference_mode",
                        "lora_alpha",
                        "lora_dropout",
                        "modules_to_save",
                        "peft_type",
                        "r",
                        "target_modules",
                        "task_type",
                        "use_rslora");
        assertThat(json.path("lora_alpha").isInt()).isTrue();
        assertThat(AdapterConfig.of(8, 32, 0.1, false, List.of("dense"), "").text())
                .doesNotContain("use_rslora");
    }

    @Test
    void open_oldTorchFile_isReadToo() throws IOException {
        String name = "base_model.model.m.dense.lora_%s.default.weight";
        byte[] pickle = Pickle.protocol2()
                .op('}')
                .text(name.formatted("A"))
                .tensor("FloatStorage", "0", 8, 0, new long[] {4, 2}, new long[] {2, 1})
                .op('s')
                .text(name.formatted("B"))
                .tensor("FloatStorage", "0", 8, 0, new long[] {2, 4}, new long[] {1, 2})
                .op('s')
                .stop();
        Files.write(
                folder.resolve("adapter_model.bin"),
                TorchArchive.withPickle(pickle)
                        .entry("archive/data/0", new byte[32])
                        .bytes());
        Files.writeString(folder.resolve("adapter_config.json"), SMALL.replace("query_key_value", "dense"));
        try (Adapter adapter = Adapter.open(folder)) {
            assertThat(adapter.modules()).containsExactly("m.dense");
            assertThat(adapter.read("m.dense", Factor.B).shape()).containsExactly(2, 4);
        }
    }

    @Test
    void place_names_mapBothWays() {
        Place place = new Place(module(27), Factor.B);
        assertThat(place.tensorName())
                .isEqualTo(
                        "base_model.model.transformer.encoder.layers.27.self_attention.query_key_value.lora_B.weight");
        assertThat(AdapterFiles.place(place.tensorName())).contains(place);
        assertThat(AdapterFiles.place("base_model.model.a.lora_A.default.weight"))
                .contains(new Place("a", Factor.A));
        for (String other : List.of(
                "a.lora_A.weight",
                "base_model.model.a.lora_A.bias",
                "base_model.model.a.lora_embedding_A",
                "base_model.model.a.lora_magnitude_vector",
                "base_model.model.lora_A.weight",
                "base_model.model.classifier.weight")) {
            assertThat(AdapterFiles.place(other)).as(other).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"use_dora\":true",
                "\"rank_pattern\":{\"dense\":2}",
                "\"alpha_pattern\":{\"dense\":2}",
                "\"layers_to_transform\":[1]",
                "\"init_lora_weights\":\"pissa\"",
                "\"something_new\":1",
                "\"something_newer\":\"yes\"",
                "\"use_qalora\":true",
                "\"lora_bias\":true"
            })
    void config_keyThatChangesTheMaths_isRefusedByName(String key) throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), SMALL.replace("{", "{" + key + ","));
        assertThatThrownBy(() -> Adapter.config(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(key.substring(1, key.indexOf('"', 1)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"peft_type\":\"LORA\"|\"peft_type\":\"PREFIX_TUNING\"|peft_type",
                "\"bias\":\"none\"|\"bias\":\"lora_only\"|bias",
                "\"fan_in_fan_out\":false|\"fan_in_fan_out\":true|fan_in_fan_out",
                "\"modules_to_save\":null|\"modules_to_save\":[\"x\"]|modules_to_save",
                "\"r\":4|\"r\":0|r:",
                "\"r\":4|\"r\":4.5|r:",
                "\"r\":4,| |r: is missing",
                "\"lora_alpha\":16|\"lora_alpha\":-1|lora_alpha",
                "\"lora_alpha\":16,| |lora_alpha: is missing",
                "\"lora_dropout\":0.0|\"lora_dropout\":1|lora_dropout",
                "[\"query_key_value\"]|\".*value\"|target_modules",
                "[\"query_key_value\"]|[]|target_modules",
                "[\"query_key_value\"]|[\"a*b\"]|target_modules",
                "\"inference_mode\":false|\"inference_mode\":\"no\"|inference_mode",
                "\"task_type\":\"CAUSAL_LM\"|\"task_type\":3|task_type"
            })
    void config_wrongValue_isRefusedByName(String from, String to, String fault) throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), SMALL.replace(from, to == null ? "" : to.strip()));
        assertThatThrownBy(() -> Adapter.config(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(", " + fault);
    }

    /** The keys that today's PEFT writes for a plain adapter besides those above. */
    @Test
    void config_keysThatAreOff_areKept() throws IOException {
        String more = """
                "alpha_pattern":{},"auto_mapping":null,"corda_config":null,"eva_config":null,"exclude_modules":null,
                "init_lora_weights":true,"layer_replication":null,"layers_pattern":null,"layers_to_transform":null,
                "loftq_config":{},"lora_bias":false,"megatron_config":null,"megatron_core":"megatron.core",
                "qalora_group_size":16,"rank_pattern":{},"revision":null,"trainable_token_indices":null,
                "use_dora":false,"use_qalora":false,"use_rslora":true,"peft_version":"0.17.0",""";
        Files.writeString(folder.resolve("adapter_config.json"), SMALL.replaceFirst("\\{", "{" + more));
        AdapterConfig config = Adapter.config(folder);
        assertThat(config.rankStabilized()).isTrue();
        assertThat(config.other()).hasSize(20);
        Path copy = folder.resolve("copy");
        List<StoredTensor> tensors = factors(4, module(0));
        AtomicFolder.write(copy, 0, writer -> AdapterFiles.write(writer, config, tensors));
        assertThat(Adapter.config(copy)).isEqualTo(config);
    }

    @Test
    void open_wrongTensors_reportsAllAtOnce() throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), SMALL);
        MemoryChannel channel = new MemoryChannel();
        SafetensorsWriter.write(
                channel,
                List.of(
                        Golden.tensor(1, new Place("a.query_key_value", Factor.A).tensorName(), DType.F32, 5, 3),
                        Golden.tensor(1, new Place("a.query_key_value", Factor.B).tensorName(), DType.I32, 3, 4),
                        Golden.tensor(1, new Place("b.dense", Factor.A).tensorName(), DType.F32, 4, 3),
                        Golden.tensor(1, "classifier.weight", DType.F32, 4)));
        Files.write(folder.resolve("adapter_model.safetensors"), channel.bytes());
        assertThatThrownBy(() -> Adapter.open(folder)).isInstanceOfSatisfying(UserException.class, e -> {
            assertThat(e.problems()).hasSize(5);
            assertThat(e)
                    .hasMessageContaining("shape [5, 3]; allowed: [4, in], because r is 4")
                    .hasMessageContaining("type I32")
                    .hasMessageContaining("its module is no target")
                    .hasMessageContaining("no base_model.model.b.dense.lora_B.weight")
                    .hasMessageContaining("no LoRA factor");
        });
    }

    @Test
    void write_whatNobodyCouldRead_isRefused() {
        AdapterConfig config = AdapterConfig.of(4, 16, 0, false, List.of("query_key_value"), "");
        List<StoredTensor> whole = factors(4, module(0));
        for (List<StoredTensor> wrong : List.of(
                whole.subList(0, 1),
                factors(3, module(0)),
                factors(4, "other"),
                List.of(Golden.tensor(1, "w", DType.F32, 4, 4)))) {
            assertThatThrownBy(() -> AtomicFolder.write(
                            folder.resolve("x"), 0, writer -> AdapterFiles.write(writer, config, wrong)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(folder.resolve("x")).doesNotExist();
    }

    private static List<StoredTensor> factors(int rank, String... modules) {
        List<StoredTensor> tensors = new ArrayList<>();
        for (String module : modules) {
            tensors.add(Golden.tensor(tensors.size(), new Place(module, Factor.A).tensorName(), DType.F32, rank, 6));
            tensors.add(Golden.tensor(tensors.size(), new Place(module, Factor.B).tensorName(), DType.F32, 10, rank));
        }
        return tensors;
    }
}
