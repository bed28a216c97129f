package dev.stride.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
    @TempDir
    Path folder;

    @Test
    void read_tinyModel_hasTheReferencesTensors() {
        try (SafetensorsFile file = SafetensorsFile.open(Golden.file("tiny_model.safetensors"))) {
            assertThat(file.tensors()).hasSize(25);
            TensorInfo embedding = java.util.Objects.requireNonNull(
                    file.tensors().get("transformer.embedding.word_embeddings.weight"));
            assertThat(embedding.dtype()).isEqualTo(DType.F32);
            assertThat(embedding.shape()).containsExactly(320, 64);
            StoredTensor frequencies = file.read("transformer.rotary_pos_emb.inv_freq");
            // 10000^(-2i/8): the rotary dimension is half of 16 channels
            assertThat(frequencies.bytes().getFloat(0)).isEqualTo(1.0f);
            assertThat(frequencies.bytes().getFloat(4)).isEqualTo(0.1f);
        }
    }

    @Test
    void read_afterClose_tensorIsStillGood() {
        SafetensorsFile file = SafetensorsFile.open(Golden.file("tiny_model.safetensors"));
        StoredTensor tensor = file.read("transformer.rotary_pos_emb.inv_freq");
        file.close();
        assertThat(tensor.bytes().getFloat(0)).isEqualTo(1.0f);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{`a`:{`dtype`:`F32`,`shape`:[2],`data_offsets`:[0,4]}}|span 4 bytes; allowed: 8 bytes",
                "{`a`:{`dtype`:`F32`,`shape`:[2],`data_offsets`:[8,0]}}|span -8 bytes",
                "{`a`:{`dtype`:`F32`,`shape`:[-2],`data_offsets`:[0,8]}}|whole numbers from 0",
                "{`a`:{`dtype`:`F32`,`shape`:[2.0],`data_offsets`:[0,8]}}|whole numbers from 0",
                "{`a`:{`dtype`:`F32`,`shape`:[2],`data_offsets`:[0,99999999999999999999]}}|two whole numbers from 0",
                "{`a`:{`dtype`:`F32`,`shape`:[2],`data_offsets`:[0,8,8]}}|two whole numbers from 0",
                "{`a`:{`dtype`:`F8_E4M3`,`shape`:[8],`data_offsets`:[0,8]}}|F8_E4M3",
                "{`a`:{`dtype`:7,`shape`:[8],`data_offsets`:[0,8]}}|dtype 7",
                "{`a`:{`dtype`:`U8`,`shape`:[8]}}|an object of dtype, shape and data_offsets",
                "{`a`:{`dtype`:`U8`,`shape`:[8],`data_offsets`:[0,8],`x`:1}}|an object of dtype, shape and data_offsets",
                "{`a`:[]}|an object of dtype, shape and data_offsets",
                "{`a`:{`dtype`:`U8`,`shape`:[4611686018427387904,4],`data_offsets`:[0,8]}}|larger than any file",
                "{`a`:{`dtype`:`U8`,`shape`:[9],`data_offsets`:[0,9]}}|only 8 bytes follow the header",
                "{`a`:{`dtype`:`U8`,`shape`:[7],`data_offsets`:[0,7]}}|1 bytes follow the last tensor",
                "{`a`:{`dtype`:`U8`,`shape`:[7],`data_offsets`:[1,8]}}|a hole of 1 bytes",
                "{`a`:{`dtype`:`U8`,`shape`:[8],`data_offsets`:[0,8]},`b`:{`dtype`:`U8`,`shape`:[2],`data_offsets`:[6,8]}}|overlaps",
                "{`a`:{`dtype`:`U8`,`shape`:[8],`data_offsets`:[0,8]},`a`:{`dtype`:`U8`,`shape`:[8],`data_offsets`:[0,8]}}|Duplicate",
                "{`__metadata__`:{`format`:7},`a`:{`dtype`:`U8`,`shape`:[8],`data_offsets`:[0,8]}}|an object of texts",
                "[1,2]|one JSON object",
                "{`a`:|is not JSON",
                "{} {}|is not JSON",
                "{}|8 bytes follow the last tensor"
            })
    void open_wrongHeader_namesFileAndFault(String header, String fault) throws IOException {
        Path file = write(header.replace('`', '"'), 8);
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(fault);
    }

    @Test
    void open_severalFaults_reportsAllAtOnce() throws IOException {
        Path file = write("""
                {"a":{"dtype":"X","shape":[1],"data_offsets":[0,4]},
                 "b":{"dtype":"F32","shape":[1],"data_offsets":[4,4]},
                 "c":{"dtype":"F32","shape":"no","data_offsets":[4,8]}}""", 8);
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.problems()).hasSize(3));
    }

    @ParameterizedTest
    @CsvSource({"-1", "9223372036854775807", "1000000000000", "20", "1", "0"})
    void open_lyingHeaderLength_isRefused(long length) throws IOException {
        Path file = folder.resolve("lying.safetensors");
        Files.write(
                file,
                ByteBuffer.allocate(24)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(length)
                        .array());
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("a header of " + Long.toUnsignedString(length));
    }

    @Test
    void open_cutAtEveryByte_isRefused() throws IOException {
        MemoryChannel whole = new MemoryChannel();
        SafetensorsWriter.write(whole, Golden.everyType());
        Path file = folder.resolve("cut.safetensors");
        for (int length = 0; length < whole.bytes().length; length++) {
            Files.write(file, Arrays.copyOf(whole.bytes(), length));
            assertThatThrownBy(() -> SafetensorsFile.open(file))
                    .as("cut to %d bytes", length)
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining(file.toString());
        }
        assertThat(whole.bytes().length).isGreaterThan(800);
    }

    @Test
    void open_flippedBits_isWholeOrRefused() throws IOException {
        MemoryChannel channel = new MemoryChannel();
        SafetensorsWriter.write(channel, Golden.everyType());
        byte[] whole = channel.bytes();
        int headerEnd =
                8 + (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
        Random random = new Random(7);
        Path file = folder.resolve("flipped.safetensors");
        int refused = 0;
        for (int round = 0; round < 1500; round++) {
            byte[] flipped = whole.clone();
            for (int flips = 0; flips <= round % 3; flips++) {
                flipped[random.nextInt(headerEnd)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(file, flipped);
            try (SafetensorsFile opened = SafetensorsFile.open(file)) {
                opened.tensors().keySet().forEach(opened::read);
            } catch (UserException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(750, 1499);
    }

    @Test
    void open_gitLfsPointer_saysSo() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n");
        assertThatThrownBy(() -> SafetensorsFile.open(file)).hasMessageContaining("git lfs pull");
    }

    @Test
    void open_controlCharactersInName_areNotPrinted() throws IOException {
        Path file = write("{\"\\u001b[2J\":{}}", 0);
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .hasMessageContaining("\\u001b[2J")
                .hasMessageNotContaining("\u001b");
    }

    @Test
    void read_farBehindFourGigabytes_isMapped() throws IOException {
        long big = Integer.MAX_VALUE;
        String header =
                """
                {"a":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]},
                 "b":{"dtype":"U8","shape":[%d],"data_offsets":[%d,%d]},
                 "c":{"dtype":"U8","shape":[%d],"data_offsets":[%d,%d]},
                 "d":{"dtype":"U8","shape":[1],"data_offsets":[%d,%d]}}""".formatted(big, big, big, big, 2 * big, big + 1, 2 * big, 3 * big + 1, 3 * big + 1, 3 * big + 2);
        Path file = write(header, 0);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            long start = 8 + header.length();
            sparse.setLength(start + 3 * big + 2);
            sparse.seek(start + 2 * big - 1);
            sparse.write(42);
            sparse.seek(start + 3 * big + 1);
            sparse.write(43);
        }
        try (SafetensorsFile opened = SafetensorsFile.open(file)) {
            assertThat(opened.read("b").bytes().get((int) big - 1)).isEqualTo((byte) 42);
            assertThat(opened.read("d").bytes().get(0)).isEqualTo((byte) 43);
            assertThatThrownBy(() -> opened.read("c"))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("2147483648 bytes");
        }
    }

    @Test
    void open_missingFileOrFolder_isTheUsersProblem() {
        assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("no.safetensors")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("does not exist");
        assertThatThrownBy(() -> SafetensorsFile.open(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("is a folder");
    }

    @Test
    void read_unknownName_isTheCallersMistake() {
        try (SafetensorsFile file = SafetensorsFile.open(Golden.file("tiny_model.safetensors"))) {
            assertThatThrownBy(() -> file.read("x")).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void writtenByTheLibrary_isReadWithEveryType() {
        try (SafetensorsFile file = SafetensorsFile.open(Golden.file("checkpoint/torch_views.safetensors"))) {
            Map<String, TensorInfo> tensors = file.tensors();
            assertThat(tensors).hasSize(16);
            assertThat(tensors.values().stream().map(TensorInfo::dtype).distinct())
                    .hasSize(8);
        }
    }

    private Path write(String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("made.safetensors");
        Files.write(
                file,
                ByteBuffer.allocate(8 + json.length + dataBytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json)
                        .array());
        return file;
    }
}
