package dev.stride.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
    @TempDir
    Path folder;

    @Test
    void write_everyType_comesBackByteForByte() throws IOException {
        Path file = folder.resolve("all.safetensors");
        Files.write(file, written(Golden.everyType()));
        assertThat(Files.size(file)).isEqualTo(SafetensorsWriter.fileBytes(Golden.everyType()));
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertThat(read.tensors()).hasSize(11);
            for (StoredTensor tensor : Golden.everyType()) {
                assertThat(read.read(tensor.name())).isEqualTo(tensor);
            }
        }
    }

    @Test
    void write_header_isPaddedAndSaysPt() throws IOException {
        for (int length = 1; length <= 9; length++) {
            byte[] bytes = written(List.of(Golden.tensor(1, "n".repeat(length), DType.F32, 2)));
            long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
            assertThat(header % 8).isZero();
            JsonNode json = new ObjectMapper().readTree(Arrays.copyOfRange(bytes, 8, 8 + (int) header));
            assertThat(json.path("__metadata__").path("format").asText()).isEqualTo("pt");
        }
    }

    @Test
    void write_mixedTypes_alignsEachToItsElement() throws IOException {
        List<StoredTensor> tensors = new ArrayList<>(Golden.everyType());
        Collections.shuffle(tensors, new Random(3));
        byte[] bytes = written(tensors);
        int header = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        JsonNode json = new ObjectMapper().readTree(Arrays.copyOfRange(bytes, 8, 8 + header));
        for (StoredTensor tensor : tensors) {
            long begin = json.path(tensor.name()).path("data_offsets").path(0).asLong();
            assertThat(begin % tensor.dtype().bytes()).as(tensor.name()).isZero();
        }
    }

    @Test
    void write_oneType_keepsTheOrderGiven() throws IOException {
        Path file = folder.resolve("order.safetensors");
        List<StoredTensor> tensors = List.of(
                Golden.tensor(1, "b", DType.F16, 1),
                Golden.tensor(2, "layers.10", DType.F16, 1),
                Golden.tensor(3, "layers.2", DType.F16, 1));
        Files.write(file, written(tensors));
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertThat(read.tensors().keySet()).containsExactly("b", "layers.10", "layers.2");
        }
        assertThat(SafetensorsWriter.alphabetical(List.of(tensors.get(2), tensors.get(1))))
                .containsExactly(tensors.get(1), tensors.get(2));
    }

    @Test
    void write_sourceOfWrongLength_isRefused() {
        for (int bytes : new int[] {0, 7, 9}) {
            TensorSource lying = new TensorSource() {
                @Override
                public String name() {
                    return "lying";
                }

                @Override
                public DType dtype() {
                    return DType.F32;
                }

                @Override
                public long[] shape() {
                    return new long[] {2};
                }

                @Override
                public void writeTo(WritableByteChannel channel) throws IOException {
                    channel.write(ByteBuffer.allocate(bytes));
                }
            };
            assertThatThrownBy(() -> written(List.of(lying)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("lying");
        }
    }

    @Test
    void write_nameTwiceOrReserved_isRefused() {
        StoredTensor a = Golden.tensor(1, "a", DType.U8, 1);
        assertThatThrownBy(() -> written(List.of(a, a))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> written(List.of(Golden.tensor(1, "__metadata__", DType.U8, 1))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void writeModel_small_isOneFileWithoutIndex() {
        AtomicFolder.write(
                folder.resolve("m"),
                1000,
                target -> assertThat(SafetensorsWriter.writeModel(target, Golden.everyType(), 1 << 20))
                        .containsExactly("model.safetensors"));
        try (WeightReader read = WeightReader.open(folder.resolve("m"))) {
            assertThat(read.names()).hasSize(11);
        }
    }

    @Test
    void writeModel_anyShardSize_comesBackByteForByte() throws IOException {
        List<StoredTensor> tensors = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            tensors.add(Golden.tensor(i, "layers." + i + ".weight", DType.F16, 1 + i % 7, 3));
        }
        long total = tensors.stream().mapToLong(TensorSource::numBytes).sum();
        int sharded = 0;
        for (long limit : new long[] {1, 42, 100, 333, total - 1, total}) {
            Path model = folder.resolve("model-" + limit);
            AtomicFolder.write(model, total, target -> SafetensorsWriter.writeModel(target, tensors, limit));
            try (WeightReader read = WeightReader.open(model)) {
                assertThat(read.totalBytes()).isEqualTo(total);
                for (StoredTensor tensor : tensors) {
                    assertThat(read.read(tensor.name())).isEqualTo(tensor);
                }
            }
            Path index = model.resolve("model.safetensors.index.json");
            if (Files.exists(index)) {
                sharded++;
                JsonNode json = new ObjectMapper().readTree(Files.readString(index));
                assertThat(json.path("metadata").path("total_size").asLong()).isEqualTo(total);
                List<String> names = new ArrayList<>();
                json.path("weight_map").fieldNames().forEachRemaining(names::add);
                assertThat(names).hasSize(30).isSorted();
            }
        }
        assertThat(sharded).isEqualTo(5);
        assertThat(folder.resolve("model-1").resolve("model-00030-of-00030.safetensors"))
                .exists();
    }

    private static byte[] written(List<? extends TensorSource> tensors) throws IOException {
        MemoryChannel channel = new MemoryChannel();
        SafetensorsWriter.write(channel, tensors);
        return channel.bytes();
    }
}
