package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.GoldenTensors;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.WeightReader;
import dev.stride.config.ConfigReader;
import dev.stride.config.RunConfig;
import dev.stride.torch.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MergeVerbTest {
    @TempDir
    Path folder;

    private Path base;
    private Path out;

    @BeforeEach
    void checkpoint() {
        base = TinyFolder.write(folder.resolve("base"));
        out = folder.resolve("merged");
    }

    private VerbRun merge(Path model, Path adapter, Object... more) {
        Object[] args = new Object[7 + more.length];
        System.arraycopy(new Object[] {"merge", "--model", model, "--adapter", adapter, "--out", out}, 0, args, 0, 7);
        System.arraycopy(more, 0, args, 7, more.length);
        return VerbRun.of(args);
    }

    /** Computed here in double, from the files as a reader apart from the product's sees them. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void merge_float32_adaptedWeightsAreTheSum_othersAreUntouched(boolean rankStabilized) {
        Path adapter = TinyFolder.adapter(folder.resolve("adapter"), rankStabilized, 0.3);
        VerbRun run = merge(base, adapter);
        assertThat(run.status()).as(run.err()).isZero();
        GoldenTensors before = GoldenTensors.read("tiny_model.safetensors");
        GoldenTensors after = GoldenTensors.read(out.resolve("model.safetensors"));
        GoldenTensors factors = GoldenTensors.read(adapter.resolve("adapter_model.safetensors"));
        assertThat(after.names()).containsExactlyInAnyOrderElementsOf(before.names());
        double scale = rankStabilized ? 6 / 2.0 : 6 / 4.0;
        int adapted = 0;
        int untouched = 0;
        for (String name : before.names()) {
            String module = name.replaceAll("\\.weight$", "");
            if (!TinyFolder.modules().contains(module)) {
                assertThat(after.floats(name)).as(name).isEqualTo(before.floats(name));
                untouched++;
                continue;
            }
            double[] sum = sum(
                    before.floats(name),
                    factors.floats("base_model.model." + module + ".lora_A.weight"),
                    factors.floats("base_model.model." + module + ".lora_B.weight"),
                    scale);
            float[] merged = after.floats(name);
            assertThat(merged).hasSameSizeAs(sum);
            double largest = 0;
            for (int i = 0; i < sum.length; i++) {
                largest = Math.max(largest, Math.abs(merged[i] - sum[i]));
            }
            // four products, their sum and one more: a few roundings of 2^-24, of terms up to 1
            assertThat(largest).as(name).isLessThan(1e-6);
            adapted++;
        }
        assertThat(adapted).isEqualTo(6);
        assertThat(untouched).isEqualTo(before.names().size() - 6).isPositive();
        assertThat(out.resolve("tokenizer.model")).hasSameBinaryContentAs(base.resolve("tokenizer.model"));
        assertThat(run.out())
                .contains("Merged 6 weights of " + adapter + " (rank 4, W + " + (rankStabilized ? "3" : "1.5")
                        + " x B A)")
                .contains("No validation data was used");
    }

    private static double[] sum(float[] weight, float[] a, float[] b, double scale) {
        int rank = 4;
        int rows = b.length / rank;
        int columns = a.length / rank;
        double[] sum = new double[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double product = 0;
                for (int k = 0; k < rank; k++) {
                    product += (double) b[i * rank + k] * a[k * columns + j];
                }
                sum[i * columns + j] = weight[i * columns + j] + scale * product;
            }
        }
        return sum;
    }

    @ParameterizedTest
    @CsvSource({"float16, F16", "bfloat16, BF16"})
    void merge_narrowBase_keepsItsTypeAndPassesTheCheck(String word, DType type) {
        Path narrow = folder.resolve("narrow");
        VerbRun converted = VerbRun.of("convert", "--model", base, "--out", narrow, "--dtype", word);
        assertThat(converted.status()).as(converted.err()).isZero();
        VerbRun run = merge(narrow, TinyFolder.adapter(folder.resolve("adapter"), false, 0.3), "--json");
        assertThat(run.status()).as(run.err()).isZero();
        int tensors = 0;
        try (WeightReader reader = WeightReader.open(out)) {
            for (String name : reader.names()) {
                assertThat(reader.info(name).dtype()).as(name).isEqualTo(type);
                tensors++;
            }
        }
        assertThat(tensors).isEqualTo(25);
        JsonNode check = run.json().path("check");
        assertThat(run.json().path("dtype").asText()).isEqualTo(word);
        assertThat(check.path("passed").asBoolean()).isTrue();
        assertThat(check.path("precision").asText()).isEqualTo("fp32");
        assertThat(check.path("largest_difference").asDouble())
                .isPositive()
                .isLessThan(check.path("allowed_share").asDouble()
                        * check.path("largest_logit").asDouble());
        assertThat(check.path("adapter_effect").asDouble())
                .isGreaterThan(check.path("largest_difference").asDouble());
    }

    @Test
    void merge_bf16Base_tinyAdapter_saysThatRoundingSwallowsIt() {
        Path narrow = folder.resolve("narrow");
        VerbRun.of("convert", "--model", base, "--out", narrow, "--dtype", "bfloat16");
        VerbRun run = merge(narrow, TinyFolder.adapter(folder.resolve("adapter"), false, 0.003));
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err()).contains("warning: rounding to bfloat16 moves the logits by more than half");
    }

    @Test
    void merge_float32_logitsAgreeToRounding() {
        VerbRun run = merge(base, TinyFolder.adapter(folder.resolve("adapter"), false, 0.3), "--json");
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode check = run.json().path("check");
        assertThat(check.path("prompts").asInt()).isEqualTo(3);
        assertThat(check.path("tokens").asInt()).isGreaterThan(30);
        assertThat(check.path("largest_difference").asDouble())
                .isLessThan(1e-5 * check.path("largest_logit").asDouble());
        assertThat(check.path("adapter_effect").asDouble())
                .isGreaterThan(0.01 * check.path("largest_logit").asDouble());
        assertThat(run.json().path("modules")).hasSize(6);
        assertThat(run.json().path("scale").asDouble()).isEqualTo(1.5);
    }

    /** The check must be able to fail: here the "merged" model is the base, as if nothing had been added. */
    @Test
    void check_modelWithoutTheAdapter_fails() {
        Path adapter = TinyFolder.adapter(folder.resolve("adapter"), false, 0.3);
        RunConfig config = ConfigReader.read(null, Map.of("--model", List.of(base.toString())), List.of());
        MergeCheck check = MergeCheck.of(config, base, adapter, base, DType.F32);
        assertThat(check.passed()).isFalse();
        assertThat(check.largest()).isEqualTo(check.effect());
        assertThat(MergeCheck.of(config, base, adapter, base, DType.BF16).passed())
                .as("in the widest tolerance")
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1e-5, true", "2e-3, false", "NaN, false"})
    void passed_ofADifference(double difference, boolean passed) {
        MergeCheck check =
                new MergeCheck(1, 1, Precision.FP32, difference, 10, 1, MergeCheck.allowed(DType.F32, Precision.FP32));
        assertThat(check.passed()).isEqualTo(passed);
    }

    @Test
    void allowed_isTheWiderOfStorageAndProducts() {
        assertThat(MergeCheck.allowed(DType.F16, Precision.FP32)).isEqualTo(1e-2);
        assertThat(MergeCheck.allowed(DType.F32, Precision.BF16)).isEqualTo(8e-2);
        assertThat(MergeCheck.allowed(DType.BF16, Precision.FP16)).isEqualTo(8e-2);
    }

    @Test
    void merge_runFolder_takesItsNewestCheckpoint() throws IOException {
        Path checkpoints = folder.resolve("run/checkpoints");
        TinyFolder.adapter(checkpoints.resolve("step-000005"), false, 0.1);
        Path newest = TinyFolder.adapter(checkpoints.resolve("step-000020"), false, 0.3);
        VerbRun run = merge(base, folder.resolve("run"), "--json", "--no-check");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.json().path("adapter").asText()).isEqualTo(newest.toString());
        assertThat(run.json().path("check").isNull()).isTrue();
        Path again = folder.resolve("again");
        VerbRun direct = VerbRun.of("merge", "--model", base, "--adapter", newest, "--out", again, "--no-check");
        assertThat(direct.status()).as(direct.err()).isZero();
        assertThat(direct.out()).contains("were not compared");
        assertThat(again.resolve("model.safetensors")).hasSameBinaryContentAs(out.resolve("model.safetensors"));
    }

    @Test
    void merge_sumBeyondFloat16_isRefusedByName_nothingIsWritten() {
        Path narrow = folder.resolve("narrow");
        VerbRun.of("convert", "--model", base, "--out", narrow, "--dtype", "float16");
        VerbRun run = merge(narrow, TinyFolder.adapter(folder.resolve("adapter"), false, 1000));
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run.err())
                .contains("transformer.encoder.layers.0.mlp.dense_4h_to_h.weight: ")
                .contains("beyond float16");
        assertThat(out).doesNotExist();
    }

    @Test
    void merge_intoAFolderInUse_isRefused_andLeavesIt() throws IOException {
        Files.createDirectories(out);
        Files.writeString(out.resolve("notes.txt"), "mine");
        VerbRun run = merge(base, TinyFolder.adapter(folder.resolve("adapter"), false, 0.3));
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run.err()).contains("Will not write over " + out);
        assertThat(out).isDirectoryContaining(file -> file.endsWith("notes.txt"));
        assertThat(out.toFile().list()).hasSize(1);
    }

    @Test
    void merge_adapterOfAnotherModel_isRefusedWithEveryModule() throws IOException {
        Path adapter = folder.resolve("adapter");
        Files.createDirectories(adapter);
        Files.copy(
                GoldenTensors.file("checkpoint/twin_adapter.safetensors"),
                adapter.resolve("adapter_model.safetensors"));
        Files.writeString(adapter.resolve("adapter_config.json"), """
                {"peft_type":"LORA","task_type":"CAUSAL_LM","r":4,"lora_alpha":16,"lora_dropout":0.0,"bias":"none",
                 "target_modules":["query_key_value"],"base_model_name_or_path":".","inference_mode":false,
                 "fan_in_fan_out":false,"modules_to_save":null}""");
        VerbRun run = merge(base, adapter);
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run.err().lines().filter(line -> line.contains("query_key_value.lora_")))
                .hasSize(6);
        assertThat(out).doesNotExist();
    }

    @Test
    void merge_withoutAnything_namesAllThatIsMissing() {
        VerbRun run = VerbRun.of("merge");
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run.err())
                .contains("Give --model")
                .contains("Give --adapter")
                .contains("Give --out");
        assertThat(run.out()).isEmpty();
    }
}
