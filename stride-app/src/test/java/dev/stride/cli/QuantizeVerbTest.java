package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.SmallCheckpoint;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.WeightReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code convert --quantize}, and what the other verbs do with what it makes. */
class QuantizeVerbTest {
    /** Rows have 32, 32 and 72 inputs, so no group fits but a whole row. */
    private static final SmallCheckpoint SMALL = SmallCheckpoint.PLAIN.ofType(DType.F16);

    @TempDir
    Path folder;

    private Path model;
    private Path rows;

    @BeforeEach
    void write() {
        model = SMALL.writeBelow(folder);
        rows = SmallCheckpoint.rows(folder.resolve("rows.jsonl"), 12, 5);
    }

    private VerbRun convert(Path from, Path to, Object... more) {
        List<Object> args = new ArrayList<>(List.of("convert", "--model", from, "--out", to));
        args.addAll(Arrays.asList(more));
        return VerbRun.of(args.toArray());
    }

    private double loss(Path of) {
        VerbRun run =
                VerbRun.of("eval", "--model", of, "--val", rows, "--metrics", "loss", "--precision", "fp32", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        return run.json().path("loss").asDouble();
    }

    private static JsonNode config(Path of) throws IOException {
        return new ObjectMapper().readTree(of.resolve("config.json").toFile());
    }

    @ParameterizedTest
    @CsvSource({"int8,8,0.01", "int4,4,0.3"})
    void convert_quantize_writesThePublishedLayout_andSaysBothLosses(String word, int bits, double near)
            throws IOException {
        Path out = folder.resolve(word);
        VerbRun run = convert(
                model,
                out,
                "--quantize",
                word,
                "--val",
                rows,
                "--precision",
                "fp32",
                "--json",
                bits == 4 ? "--group" : "--threads",
                bits == 4 ? "row" : "1");
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode loss = run.json().path("validation_loss");
        assertThat(loss.path("before").asDouble()).isEqualTo(loss(model));
        assertThat(loss.path("after").asDouble()).isEqualTo(loss(out)).isNotEqualTo(loss(model));
        assertThat(Math.abs(loss.path("after").asDouble() - loss.path("before").asDouble()))
                .isLessThan(near);
        assertThat(loss.path("rows").asInt()).isEqualTo(12);
        assertThat(loss.path("precision").asText()).isEqualTo("fp32");
        assertThat(config(out).path("quantization_bit").asInt()).isEqualTo(bits);
        assertThat(config(out).has("quantization_group")).isFalse();
        assertThat(config(out).path("torch_dtype").asText()).isEqualTo("float16");
        int linears = 0;
        int others = 0;
        try (WeightReader before = WeightReader.open(model);
                WeightReader after = WeightReader.open(out)) {
            for (String name : before.names()) {
                long[] shape = before.info(name).shape();
                if (name.contains(".layers.") && shape.length == 2) {
                    assertThat(after.info(name).dtype()).as(name).isEqualTo(DType.I8);
                    assertThat(after.info(name).shape()).isEqualTo(new long[] {shape[0], shape[1] * bits / 8});
                    assertThat(after.info(name + "_scale").dtype()).isEqualTo(DType.F16);
                    assertThat(after.info(name + "_scale").shape()).isEqualTo(new long[] {shape[0]});
                    linears++;
                } else {
                    assertThat(after.read(name)).as(name).isEqualTo(before.read(name));
                    others++;
                }
            }
            assertThat(after.names()).hasSize(before.names().size() + linears);
        }
        assertThat(linears).isEqualTo(8);
        assertThat(others).isEqualTo(9);
    }

    @Test
    void convert_quantizeWithoutRows_saysThatTheLossWasNotMeasured() {
        VerbRun run = convert(model, folder.resolve("out"), "--quantize", "int8");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("linears: int8, one scale for each row")
                .contains("loss      not measured; --val FILE compares it before and after");
    }

    /** Groups that fit: a model whose linears all have 32 or 64 inputs. */
    @Test
    void convert_int4_defaultGroup_isWrittenAndOpened() throws IOException {
        Path bundled = Path.of("..", "samples", "model");
        Path out = folder.resolve("bundled");
        VerbRun run = convert(bundled, out, "--quantize", "int4", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(config(out).path("quantization_group").asInt()).isEqualTo(QuantizeRequest.DEFAULT_GROUP);
        // without --val the bundled model is measured on the rows beside it
        assertThat(run.json().path("validation_loss").path("rows").asInt()).isEqualTo(120);
        assertThat(run.json().path("written").path("bytes").asLong())
                .isLessThan(run.json().path("read").path("bytes").asLong());
        VerbRun answer =
                VerbRun.of("generate", "--model", out, "--greedy", "--prompt", "你好", "--max-new-tokens", 8, "--json");
        assertThat(answer.status()).as(answer.err()).isZero();
        assertThat(answer.json().get(0).path("new_ids")).isNotEmpty();
    }

    @Test
    void convert_dtypeOfQuantised_widensIt_andNothingElseChanges() throws IOException {
        Path four = folder.resolve("four");
        assertThat(convert(model, four, "--quantize", "int4", "--group", "row").status())
                .isZero();
        Path wide = folder.resolve("wide");
        VerbRun run = convert(four, wide, "--dtype", "float32");
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(config(wide).has("quantization_bit")).isFalse();
        assertThat(loss(wide)).isEqualTo(loss(four));
        Path copied = folder.resolve("copied");
        assertThat(convert(four, copied).status()).isZero();
        assertThat(loss(copied)).isEqualTo(loss(four));
    }

    @Test
    void convert_requestsWithoutSense_areRefusedWithAllReasons() {
        Path out = folder.resolve("out");
        VerbRun words = convert(model, out, "--quantize", "int3", "--group", "31");
        assertThat(words.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(words.err())
                .contains("--quantize: int3; allowed: int8, int4")
                .contains("--group: 31; allowed: row, 32");
        VerbRun eight = convert(model, out, "--quantize", "int8", "--group", "32");
        assertThat(eight.err()).contains("--group: 32 with int8; allowed: only with --quantize int4");
        VerbRun none = convert(model, out, "--group", "32");
        assertThat(none.err()).contains("--group: 32 without --quantize");
        VerbRun parts = convert(model, out, "--quantize", "int4");
        assertThat(parts.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(parts.err())
                .contains("groups of 32 inputs, the default, do not divide")
                .contains("ffn_hidden_size: 72; allowed: a multiple of 32");
        VerbRun rowless = convert(model, out, "--quantize", "int8", "--max-length", 3, "--precision", "fp32");
        assertThat(rowless.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(rowless.err())
                .contains("data.max_length")
                .contains("train.precision")
                .contains("only with --val");
        assertThat(out).doesNotExist();
        Path eightBits = folder.resolve("eight");
        assertThat(convert(model, eightBits, "--quantize", "int8").status()).isZero();
        VerbRun twice = convert(eightBits, out, "--quantize", "int4", "--group", "row");
        assertThat(twice.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(twice.err()).contains("is quantised already (int8, one scale for each row)");
    }

    @Test
    void trainAndMerge_ofAQuantisedBase_areRefused_andAnAdapterAnswersOverIt() {
        Path eight = folder.resolve("eight");
        assertThat(convert(model, eight, "--quantize", "int8").status()).isZero();
        VerbRun train = VerbRun.of(
                "train",
                "--model",
                eight,
                "--data",
                rows,
                "--method",
                "lora",
                "--steps",
                1,
                "--out",
                folder.resolve("run"));
        assertThat(train.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(train.err()).contains("a quantised base does not train yet");
        Path tuned = folder.resolve("tuned");
        VerbRun first = VerbRun.of(
                "train",
                "--model",
                model,
                "--data",
                rows,
                "--method",
                "lora",
                "--lr",
                "3e-2",
                "--steps",
                4,
                "--batch",
                4,
                "--out",
                tuned,
                "--precision",
                "fp32");
        assertThat(first.status()).as(first.err()).isZero();
        VerbRun merge = VerbRun.of("merge", "--model", eight, "--adapter", tuned, "--out", folder.resolve("merged"));
        assertThat(merge.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(merge.err()).contains("is quantised (int8, one scale for each row)");
        VerbRun over = VerbRun.of(
                "eval",
                "--model",
                eight,
                "--adapter",
                tuned,
                "--val",
                rows,
                "--metrics",
                "loss",
                "--precision",
                "fp32",
                "--json");
        assertThat(over.status()).as(over.err()).isZero();
        VerbRun exact = VerbRun.of(
                "eval",
                "--model",
                model,
                "--adapter",
                tuned,
                "--val",
                rows,
                "--metrics",
                "loss",
                "--precision",
                "fp32",
                "--json");
        double adapted = over.json().path("loss").asDouble();
        assertThat(adapted).isCloseTo(exact.json().path("loss").asDouble(), org.assertj.core.data.Offset.offset(0.02));
        assertThat(adapted).isLessThan(loss(eight) - 0.1);
        assertThat(Files.exists(folder.resolve("merged"))).isFalse();
    }
}
