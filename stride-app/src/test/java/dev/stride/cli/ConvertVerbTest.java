package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.GoldenTensors;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.SafetensorsWriter;
import dev.stride.checkpoint.StoredTensor;
import dev.stride.checkpoint.TensorSource;
import dev.stride.checkpoint.WeightReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertVerbTest {
    @TempDir
    Path folder;

    private VerbRun convert(Path model, Path out, Object... more) {
        Object[] args = new Object[5 + more.length];
        System.arraycopy(new Object[] {"convert", "--model", model, "--out", out}, 0, args, 0, 5);
        System.arraycopy(more, 0, args, 5, more.length);
        return VerbRun.of(args);
    }

    /** A folder with these tensors and no more than convert needs. */
    private Path checkpoint(String name, TensorSource... tensors) throws IOException {
        Path model = Files.createDirectories(folder.resolve(name));
        Files.writeString(model.resolve("config.json"), "{\"model_type\":\"chatglm\",\"torch_dtype\":\"float32\"}");
        try (FileChannel channel = FileChannel.open(
                model.resolve("model.safetensors"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            SafetensorsWriter.write(channel, List.of(tensors));
        }
        return model;
    }

    private static String config(Path model, String key) throws IOException {
        return new ObjectMapper()
                .readTree(model.resolve("config.json").toFile())
                .path(key)
                .asText();
    }

    @Test
    void convert_torchFile_toSafetensors_everyNumberIsTheSame() throws IOException {
        Path model = TinyFolder.write(folder.resolve("bin"), "tiny_pytorch_model.bin", "pytorch_model.bin");
        Files.writeString(model.resolve("rng_state.pth"), "training state");
        Path out = folder.resolve("out");
        VerbRun run = convert(model, out, "--json");
        assertThat(run.status()).as(run.err()).isZero();
        GoldenTensors golden = GoldenTensors.read("tiny_model.safetensors");
        GoldenTensors written = GoldenTensors.read(out.resolve("model.safetensors"));
        assertThat(written.names()).containsAll(golden.names());
        int compared = 0;
        for (String name : golden.names()) {
            assertThat(written.shape(name)).as(name).isEqualTo(golden.shape(name));
            assertThat(written.floats(name)).as(name).isEqualTo(golden.floats(name));
            compared++;
        }
        assertThat(compared).isEqualTo(25);
        JsonNode result = run.json();
        assertThat(result.path("weights").get(0).asText()).isEqualTo("model.safetensors");
        assertThat(result.path("copied")).hasSize(2);
        assertThat(result.path("not_taken")).hasSize(1);
        assertThat(result.path("not_taken").get(0).asText()).isEqualTo("rng_state.pth");
        assertThat(result.path("written").path("bytes").asLong())
                .isEqualTo(result.path("read").path("bytes").asLong())
                .isPositive();
        assertThat(result.path("rounding").path("largest").asDouble()).isZero();
    }

    /** bfloat16 is the upper half of float32, rounded to nearest and then even: computed here with integers. */
    @Test
    void convert_toBfloat16_roundsToNearestEven_andSaysTheLargestDifference() throws IOException {
        Path model = TinyFolder.write(folder.resolve("model"));
        Path out = folder.resolve("out");
        VerbRun run = convert(model, out, "--dtype", "bfloat16", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        GoldenTensors before = GoldenTensors.read("tiny_model.safetensors");
        double largest = 0;
        int compared = 0;
        int wrong = 0;
        try (WeightReader reader = WeightReader.open(out)) {
            for (String name : before.names()) {
                StoredTensor after = reader.read(name);
                assertThat(after.dtype()).isEqualTo(DType.BF16);
                ByteBuffer bytes = after.bytes();
                for (float value : before.floats(name)) {
                    int bits = Float.floatToRawIntBits(value);
                    int rounded = bits + 0x7FFF + (bits >>> 16 & 1) >>> 16;
                    wrong += (bytes.getShort() & 0xFFFF) == rounded ? 0 : 1;
                    largest = Math.max(largest, Math.abs((double) value - Float.intBitsToFloat(rounded << 16)));
                    compared++;
                }
                assertThat(bytes.hasRemaining()).isFalse();
            }
        }
        assertThat(wrong).isZero();
        assertThat(compared).isGreaterThan(200_000);
        assertThat(run.json().path("rounding").path("largest").asDouble())
                .isPositive()
                .isEqualTo(largest);
        assertThat(config(out, "torch_dtype")).isEqualTo("bfloat16");
    }

    @Test
    void convert_toFloat16AndBack_isExactTheSecondTime() throws IOException {
        Path model = TinyFolder.write(folder.resolve("model"));
        Path half = folder.resolve("half");
        VerbRun narrowed = convert(model, half, "--dtype", "float16");
        assertThat(narrowed.status()).as(narrowed.err()).isZero();
        assertThat(narrowed.out()).contains("25 tensors, float16").contains("change by at most ");
        Path wide = folder.resolve("wide");
        VerbRun widened = convert(half, wide, "--dtype", "float32");
        assertThat(widened.status()).as(widened.err()).isZero();
        assertThat(widened.out()).contains("25 tensors, float32").contains("numbers   none changes");
        assertThat(config(wide, "torch_dtype")).isEqualTo("float32");
        GoldenTensors before = GoldenTensors.read("tiny_model.safetensors");
        GoldenTensors after = GoldenTensors.read(wide.resolve("model.safetensors"));
        int compared = 0;
        int wrong = 0;
        for (String name : before.names()) {
            float[] rounded = after.floats(name);
            float[] exact = before.floats(name);
            for (int i = 0; i < exact.length; i++) {
                // eleven bits; below 2^-14 steps of 2^-24
                double allowed = Math.max(Math.abs(exact[i]) * 0x1p-11, 0x1p-25);
                wrong += Math.abs((double) rounded[i] - exact[i]) <= allowed ? 0 : 1;
                compared++;
            }
        }
        assertThat(wrong).isZero();
        assertThat(compared).isGreaterThan(200_000);
        Path again = folder.resolve("again");
        assertThat(convert(wide, again, "--dtype", "float16").status()).isZero();
        assertThat(again.resolve("model.safetensors")).hasSameBinaryContentAs(half.resolve("model.safetensors"));
    }

    /** 65504 is the largest float16; from 65520 on a number is rounded to infinity. */
    @Test
    void convert_beyondFloat16_namesEveryTensor_andWritesNothing() throws IOException {
        Path model = checkpoint(
                "large",
                TinyFolder.floats("a.weight", new float[] {1, 65520, -1e9f}, 3),
                TinyFolder.floats("b.weight", new float[] {65519, -65519}, 2),
                TinyFolder.floats("c.weight", new float[] {-65520}, 1));
        Path out = folder.resolve("out");
        VerbRun run = convert(model, out, "--dtype", "float16");
        assertThat(run.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(run.err())
                .contains("a.weight: 2 numbers would become infinite")
                .contains("c.weight: 1 numbers would become infinite")
                .doesNotContain("b.weight");
        assertThat(out).doesNotExist();
        assertThat(convert(model, out, "--dtype", "bfloat16").status()).isZero();
    }

    @Test
    void convert_numbersThatVanishOrAreNotFinite_areCounted() throws IOException {
        Path model = checkpoint(
                "odd",
                TinyFolder.floats(
                        "a.weight",
                        new float[] {1e-9f, -1e-9f, 0, 1, Float.NaN, Float.POSITIVE_INFINITY, 6e-8f, 2},
                        8));
        VerbRun run = convert(model, folder.resolve("out"), "--dtype", "float16", "--json");
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode rounding = run.json().path("rounding");
        assertThat(rounding.path("become_zero").asInt()).isEqualTo(2);
        assertThat(rounding.path("not_finite").asInt()).isEqualTo(2);
        assertThat(rounding.path("largest").asDouble()).isPositive().isLessThan(2e-9);
        assertThat(rounding.path("tensor").asText()).isEqualTo("a.weight");
        assertThat(convert(model, folder.resolve("text"), "--dtype", "float16").out())
                .contains("numbers that become 0: 2")
                .contains("2 numbers are infinite or NaN in the source");
    }

    @Test
    void convert_withoutDtype_andIntegers_keepTheirTypes() throws IOException {
        ByteBuffer longs = ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(7)
                .putLong(-1)
                .flip();
        StoredTensor ids = new StoredTensor("ids", DType.I64, new long[] {2}, longs);
        Path model = checkpoint("mixed", ids, TinyFolder.floats("a.weight", new float[] {1, 2}, 2));
        VerbRun same = convert(model, folder.resolve("same"));
        assertThat(same.status()).as(same.err()).isZero();
        assertThat(same.out()).contains("2 tensors, float32 (1), int64 (1)");
        assertThat(folder.resolve("same/model.safetensors")).hasSameBinaryContentAs(model.resolve("model.safetensors"));
        VerbRun half = convert(model, folder.resolve("half"), "--dtype", "float16");
        assertThat(half.status()).as(half.err()).isZero();
        try (WeightReader reader = WeightReader.open(folder.resolve("half"))) {
            assertThat(reader.read("ids").bytes()).isEqualTo(ids.bytes());
            assertThat(reader.info("a.weight").dtype()).isEqualTo(DType.F16);
        }
    }

    @Test
    void convert_unknownType_orNoFolders_isRefused() {
        VerbRun type = convert(folder, folder.resolve("out"), "--dtype", "int8");
        assertThat(type.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(type.err()).contains("--dtype: int8; allowed: float16, bfloat16, float32");
        VerbRun none = VerbRun.of("convert");
        assertThat(none.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(none.err()).contains("Give --model").contains("Give --out");
        VerbRun empty = convert(folder, folder.resolve("out"));
        assertThat(empty.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(empty.err()).contains("There are no weights in " + folder);
    }

    /** Parts of a tensor are looked at one after the other; the last one is shorter. */
    @Test
    void rounding_ofSeveralParts_seesEachOfThem() {
        StoredTensor tensor = TinyFolder.floats("x", new float[] {1e-9f, 0, 0, 0, 1 + 0x1p-12f, 3, 0, 70000}, 8);
        assertThat(Rounding.of(tensor, DType.F16, 3)).isEqualTo(new Rounding(0x1p-12, "x", 1, 1, 0));
        assertThat(Rounding.of(tensor, DType.F16)).isEqualTo(new Rounding(0x1p-12, "x", 1, 1, 0));
        assertThat(Rounding.of(tensor, DType.F32)).isEqualTo(Rounding.NONE);
    }

    @Test
    void rounding_ofDoubles_isNotDoneInFloats() {
        ByteBuffer bytes = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(1 + 0x1p-40)
                .flip();
        StoredTensor tensor = new StoredTensor("x", DType.F64, new long[] {1}, bytes);
        assertThat(Rounding.of(tensor, DType.F32)).isEqualTo(new Rounding(0x1p-40, "x", 0, 0, 0));
    }
}
