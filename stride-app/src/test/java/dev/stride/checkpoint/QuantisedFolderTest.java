package dev.stride.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.GoldenTensors;
import dev.stride.config.UserException;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.TinyModel;
import dev.stride.torch.Native;
import dev.stride.torch.NoGrad;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders in the published quantised layout, made here byte by byte, without the program's own quantising. */
class QuantisedFolderTest {
    private static final int[] IDS = {5, 9, 2, 77, 130, 8, 8, 200};
    /** The scale of every row, a number that float16 holds. */
    private static final float SCALE = 0x1p-5f;

    private static final short SCALE_AS_HALF = 10 << 10; // exponent -5 with a bias of 15

    @TempDir
    Path folder;

    /** What the codes in the folder stand for, by name. */
    private final Map<String, float[]> widened = new LinkedHashMap<>();

    /** The tiny model with its linears rounded to whole multiples of one scale. */
    private List<StoredTensor> tensors(int bits, int groups) {
        GoldenTensors golden = GoldenTensors.read("tiny_model.safetensors");
        List<StoredTensor> tensors = new ArrayList<>();
        int most = bits == 8 ? 127 : 7;
        List<String> linears = ChatGlmModel.linearWeights(TinyModel.config());
        for (String name : golden.names()) {
            float[] values = golden.floats(name);
            long[] shape = golden.shape(name);
            if (!linears.contains(name)) {
                ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
                for (float value : values) {
                    bytes.putFloat(value);
                }
                tensors.add(new StoredTensor(name, DType.F32, shape, bytes.flip()));
                widened.put(name, values);
                continue;
            }
            int[] codes = new int[values.length];
            float[] wide = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                codes[i] = Math.max(-most, Math.min(most, Math.round(values[i] / SCALE)));
                wide[i] = codes[i] * SCALE;
            }
            widened.put(name, wide);
            byte[] bytes = new byte[values.length * bits / 8];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (bits == 8 ? codes[i] : codes[2 * i] << 4 | codes[2 * i + 1] & 15);
            }
            tensors.add(new StoredTensor(
                    name, DType.I8, new long[] {shape[0], shape[1] * bits / 8}, ByteBuffer.wrap(bytes)));
            int rows = (int) shape[0];
            ByteBuffer scales = ByteBuffer.allocate(2 * rows * groups).order(ByteOrder.LITTLE_ENDIAN);
            while (scales.hasRemaining()) {
                scales.putShort(SCALE_AS_HALF);
            }
            long[] scaleShape = groups == 1 ? new long[] {rows} : new long[] {rows, groups};
            tensors.add(new StoredTensor(name + "_scale", DType.F16, scaleShape, scales.flip()));
        }
        return tensors;
    }

    private Path write(String name, int bits, int group, List<StoredTensor> tensors) throws IOException {
        Path model = Files.createDirectories(folder.resolve(name));
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode config = (ObjectNode)
                mapper.readTree(GoldenTensors.file("tiny_config.json").toFile());
        if (bits != 0) {
            config.put("quantization_bit", bits);
        }
        if (group != 0) {
            config.put("quantization_group", group);
        }
        Files.writeString(model.resolve("config.json"), config.toString());
        try (FileChannel channel = FileChannel.open(
                model.resolve("model.safetensors"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            SafetensorsWriter.write(channel, tensors);
        }
        return model;
    }

    private static ChatGlmModel load(Path model, Precision precision) {
        return ModelLoader.load(model, ChatGlmConfig.read(model), precision, false, Native.cpu(), (done, total) -> {});
    }

    private static float[] logits(ChatGlmModel model) {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            return Tensors.floats(model.logits(IDS, new int[] {IDS.length}));
        }
    }

    private ChatGlmModel dense() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        ChatGlmModel.shapes(TinyModel.config())
                .forEach((name, shape) -> weights.put(
                        name, TensorScope.outlive(() -> Tensors.of(widened.getOrDefault(name, new float[0]), shape))));
        return new ChatGlmModel(TinyModel.config(), weights, Precision.FP32, Native.cpu());
    }

    private static double difference(float[] a, float[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    @ParameterizedTest
    @CsvSource({"8,0,1", "4,0,1"})
    void load_publishedLayout_computesWhatTheCodesStandFor(int bits, int group, int groups) throws IOException {
        Path model = write("published", bits, group, tensors(bits, groups));
        float[] expected;
        try (ChatGlmModel dense = dense()) {
            expected = logits(dense);
        }
        try (ChatGlmModel exact = load(model, Precision.FP32)) {
            assertThat(difference(logits(exact), expected)).isLessThan(1e-5);
            assertThat(exact.config().quantisation()).isNotNull();
            assertThat(exact.linears()).hasSize(12);
        }
        try (ChatGlmModel narrow = load(model, Precision.BF16)) {
            // bfloat16 has 8 bits, the logits of this model are up to about 4
            assertThat(difference(logits(narrow), expected)).isLessThan(0.15);
        }
    }

    /** The first published quantised checkpoints are .bin files. */
    @Test
    void load_torchFile_isTheSameAsSafetensors() throws IOException {
        List<StoredTensor> tensors = tensors(4, 1);
        Path safe = write("safe", 4, 0, tensors);
        Path torch = write("torch", 4, 0, List.of());
        Files.delete(torch.resolve("model.safetensors"));
        TorchArchive.Pickle pickle = TorchArchive.Pickle.protocol2().op('}');
        List<byte[]> storages = new ArrayList<>();
        for (StoredTensor tensor : tensors) {
            String storage = switch (tensor.dtype()) {
                case I8 -> "CharStorage";
                case F16 -> "HalfStorage";
                default -> "FloatStorage";
            };
            long[] shape = tensor.shape();
            long[] strides = shape.length == 1 ? new long[] {1} : new long[] {shape[1], 1};
            byte[] bytes = new byte[(int) tensor.numBytes()];
            tensor.bytes().get(bytes);
            pickle.text(tensor.name())
                    .tensor(
                            storage,
                            Integer.toString(storages.size()),
                            bytes.length / tensor.dtype().bytes(),
                            0,
                            shape,
                            strides)
                    .op('s');
            storages.add(bytes);
        }
        TorchArchive archive = TorchArchive.withPickle(pickle.stop());
        for (int i = 0; i < storages.size(); i++) {
            archive.entry("archive/data/" + i, storages.get(i));
        }
        Files.write(torch.resolve("pytorch_model.bin"), archive.bytes());
        try (ChatGlmModel fromSafe = load(safe, Precision.FP32);
                ChatGlmModel fromTorch = load(torch, Precision.FP32)) {
            assertThat(logits(fromTorch)).isEqualTo(logits(fromSafe));
        }
    }

    @Test
    void load_weightsAndConfigThatDisagree_isRefusedByName() throws IOException {
        List<StoredTensor> four = tensors(4, 1);
        Path asEight = write("as-eight", 8, 0, four);
        assertThatThrownBy(() -> load(asEight, Precision.FP32))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("layers.0.mlp.dense_4h_to_h.weight: shape [64, 86]");
        Path asNone = write("as-none", 0, 0, four);
        assertThatThrownBy(() -> load(asNone, Precision.FP32))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("layers.2.self_attention.dense.weight_scale: extra");
        Path grouped = write("grouped", 4, 2, four);
        assertThatThrownBy(() -> load(grouped, Precision.FP32))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("weight_scale");
    }

    @Test
    void read_configsWithoutSense_areRefusedWithAllReasons() throws IOException {
        List<StoredTensor> none = List.of();
        assertThatThrownBy(() -> ChatGlmConfig.read(write("bits", 3, 0, none)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("quantization_bit: 3; allowed: 4, 8, or 0");
        assertThatThrownBy(() -> ChatGlmConfig.read(write("odd", 4, 7, none)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("quantization_group: 7");
        assertThatThrownBy(() -> ChatGlmConfig.read(write("alone", 0, 32, none)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("quantization_group: 32");
        // 172 inputs of the last linear
        assertThatThrownBy(() -> ChatGlmConfig.read(write("parts", 4, 32, none)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("quantization_group: 32; allowed: what cuts rows of 172 inputs into even parts");
    }
}
