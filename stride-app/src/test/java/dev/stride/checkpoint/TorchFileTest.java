package dev.stride.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.checkpoint.TorchArchive.Pickle;
import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchFileTest {
    @TempDir
    Path folder;

    @Test
    void read_tinyModel_equalsItsSafetensorsByteForByte() {
        assertThat(compare("tiny_pytorch_model.bin", "tiny_model.safetensors")).isEqualTo(25);
    }

    /** Both files are torch's and the library's own: views, shared storages, parameters, every type. */
    @Test
    void read_awkwardViews_equalTorchsOwnContiguousCopies() {
        assertThat(compare("checkpoint/torch_views.bin", "checkpoint/torch_views.safetensors"))
                .isEqualTo(16);
    }

    private static int compare(String torch, String safetensors) {
        try (TorchFile bin = TorchFile.open(Golden.file(torch));
                SafetensorsFile safe = SafetensorsFile.open(Golden.file(safetensors))) {
            assertThat(bin.tensors().keySet()).isEqualTo(safe.tensors().keySet());
            int compared = 0;
            for (String name : bin.tensors().keySet()) {
                assertThat(bin.read(name)).isEqualTo(safe.read(name));
                compared++;
            }
            return compared;
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "torch_old_format.bin|format that torch wrote before version 1.6",
                "torch_wrapped.bin|Save that dict alone: torch.save(torch.load(f)[\"state_dict\"], f)",
                "torch_module.bin|torch.nn.modules.linear.Linear",
                "torch_expanded.bin|repeats elements of its storage of 1"
            })
    void open_genuineFileOfAnotherKind_saysWhatItIs(String name, String fault) {
        assertThatThrownBy(() -> TorchFile.open(Golden.file("checkpoint/" + name)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(fault);
    }

    @Test
    void open_wrappedDict_namesEveryOtherEntry() {
        assertThatThrownBy(() -> TorchFile.open(Golden.file("checkpoint/torch_wrapped.bin")))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.problems()).hasSize(4));
    }

    @ParameterizedTest
    @CsvSource({
        "os,system",
        "posix,system",
        "builtins,eval",
        "torch.hub,load",
        "torch,load",
        "torch,ComplexFloatStorage"
    })
    void open_globalThatIsNotListed_isRefusedByName(String module, String name) throws IOException {
        byte[] pickle = Pickle.protocol2()
                .global(module, name)
                .op('(')
                .text("touch /tmp/owned")
                .op('t', 'R')
                .stop();
        assertRefused(pickle, "asks for " + module + "." + name);
    }

    @Test
    void open_everyOtherOpcode_isRefusedByName() throws IOException {
        String known = "\u0080.N\u0088\u0089KMJ\u008aGX()\u0085\u0086\u0087t]ae}suqrhjcQRb";
        int refused = 0;
        for (int code = 0; code < 256; code++) {
            if (known.indexOf(code) < 0) {
                assertRefused(Pickle.protocol2().op(code, code, code).stop(), String.format("(0x%02x)", code));
                refused++;
            }
        }
        assertThat(refused).isEqualTo(256 - 31);
        assertRefused(Pickle.protocol2().op(0x93).stop(), "STACK_GLOBAL (0x93)");
        assertRefused(Pickle.protocol2().op('i').stop(), "INST (0x69)");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 5})
    void open_otherProtocol_isRefused(int version) throws IOException {
        assertRefused(new Pickle().op(0x80, version, '}').stop(), "of protocol " + version);
    }

    @Test
    void open_lyingSizes_areRefused() throws IOException {
        assertRefused(Pickle.protocol2().op('X').int32(-1).stop(), "a text of 4294967295 bytes");
        assertRefused(Pickle.protocol2().op('X').int32(Integer.MAX_VALUE).stop(), "a text of 2147483647 bytes");
        assertRefused(Pickle.protocol2().op(0x8a, 255).stop(), "a whole number of 255 bytes");
        assertRefused(Pickle.protocol2().op('j').int32(5).stop(), "memo has nothing at 5");
        assertRefused(Pickle.protocol2().global("x".repeat(5000), "y").stop(), "a global's name of more than");
    }

    @Test
    void open_wrongStackUse_isRefused() throws IOException {
        assertRefused(Pickle.protocol2().stop(), "a value is asked for");
        assertRefused(Pickle.protocol2().op('t').stop(), "an end without a MARK");
        assertRefused(Pickle.protocol2().op('}', 0x86).stop(), "more values are asked for");
        assertRefused(Pickle.protocol2().op('}', '(', 's').stop(), "more values are asked for");
        assertRefused(Pickle.protocol2().op('}', '(', 'N', 'N', 'u').stop(), "None stands where it cannot");
        assertRefused(Pickle.protocol2().op('}', '(').text("a").op('u').stop(), "a key that has no value");
        assertRefused(Pickle.protocol2().op('}', 'Q').stop(), "a persistent id that is no storage");
        assertRefused(Pickle.protocol2().op('}', ')', 'R').stop(), "a dict stands where it cannot");
        assertRefused(
                Pickle.protocol2()
                        .global("collections", "OrderedDict")
                        .op('N', 0x85, 'R')
                        .stop(),
                "with 1 arguments");
        assertRefused(Pickle.protocol2().op('N').stop(), "the file holds None");
    }

    @Test
    void open_dictThatHoldsItself_isRefusedWithoutRecursion() throws IOException {
        byte[] pickle =
                Pickle.protocol2().op('}', 'q', 0).text("self").op('h', 0, 's').stop();
        assertRefused(pickle, "a dict; allowed: a tensor");
    }

    @Test
    void open_millionNestedTuples_isRefusedWithoutRecursion() throws IOException {
        Pickle deep = Pickle.protocol2().op(')');
        for (int i = 0; i < 1_000_000; i++) {
            deep.op(0x85);
        }
        assertRefused(deep.stop(), "the file holds a tuple");
    }

    @Test
    void open_endlessInstructions_areRefused() throws IOException {
        Pickle many = Pickle.protocol2();
        for (int i = 0; i < 2_000_001; i++) {
            many.op('N');
        }
        assertRefused(many.stop(), "more than 2000000 instructions");
    }

    @ParameterizedTest
    @CsvSource({
        "4, 0, 2x2, 2x1, ''",
        "4, 0, 2x2, 1x2, ''",
        "4, 1, 2x2, 2x1, reaches beyond the storage of 4",
        "4, 0, 2x2, 3x1, reaches beyond the storage of 4",
        "4, -1, 2, 1, from element -1",
        "4, 0, 2, -1, with strides [-1]",
        "4, 0, 2x2, 1, with strides [1]",
        "4, 0, -2, 1, is larger than any file",
        "4, 0, 9223372036854775807x2, 1x1, is larger than any file",
        "4, 0, 3, 4611686018427387904, is larger than any file",
        "4, 0, 1000000000x1000000000, 0x0, repeats elements",
        "5, 0, 2, 1, said to have 5 elements of F32 but has 16 bytes",
        "-4, 0, 2, 1, a persistent id that is no storage",
        "4611686018427387904, 0, 2, 1, is larger than any file",
        "4, 0, 0x7, 7x1, ''",
        "4, 5, 0x7, 7x1, reaches beyond"
    })
    void open_views_areCheckedAgainstTheirStorage(
            long elements, long offset, String shape, String strides, String fault) throws IOException {
        byte[] pickle = Pickle.protocol2()
                .op('}')
                .text("w")
                .tensor("FloatStorage", "0", elements, offset, longs(shape), longs(strides))
                .op('s')
                .stop();
        Path file = write(TorchArchive.withPickle(pickle).entry("archive/data/0", new byte[16]));
        if (fault.isEmpty()) {
            try (TorchFile opened = TorchFile.open(file)) {
                assertThat(opened.read("w").shape()).isEqualTo(longs(shape));
            }
        } else {
            assertThatThrownBy(() -> TorchFile.open(file))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining(fault);
        }
    }

    @Test
    void open_missingStorageAndStrangeEntries_areReportedTogether() throws IOException {
        byte[] pickle = Pickle.protocol2()
                .op('}')
                .text("a")
                .tensor("HalfStorage", "7", 2, 0, new long[] {2}, new long[] {1})
                .op('s')
                .text("b")
                .op('N', 's')
                .stop();
        assertThatThrownBy(() -> TorchFile.open(write(TorchArchive.withPickle(pickle))))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.problems()).hasSize(2));
    }

    @Test
    void open_archivesOfOtherKinds_areRefused() throws IOException {
        byte[] empty = Pickle.protocol2().op('}').stop();
        assertRefused(TorchArchive.withPickle(empty).compressed(), "is compressed or encrypted");
        assertRefused(new TorchArchive().entry("archive/other", empty), "0 entries data.pkl");
        assertRefused(TorchArchive.withPickle(empty).entry("b/data.pkl", empty), "2 entries data.pkl");
        assertRefused(TorchArchive.withPickle(empty).entry("archive/constants.pkl", empty), "a TorchScript program");
        assertRefused(
                TorchArchive.withPickle(empty).entry("archive/byteorder", new byte[] {'b', 'i', 'g'}),
                "byte order \"big\"");
        Path little = write(TorchArchive.withPickle(empty).entry("archive/byteorder", "little".getBytes("US-ASCII")));
        try (TorchFile opened = TorchFile.open(little)) {
            assertThat(opened.tensors()).isEmpty();
        }
        Path text = Files.writeString(folder.resolve("text.bin"), "hello");
        assertThatThrownBy(() -> TorchFile.open(text)).hasMessageContaining("no zip archive");
    }

    @Test
    void open_cutAtEveryThirdByte_isRefused() throws IOException {
        byte[] whole = Golden.bytes("checkpoint/torch_views.bin");
        Path file = folder.resolve("cut.bin");
        for (int length = 0; length < whole.length; length += 3) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> TorchFile.open(file))
                    .as("cut to %d bytes", length)
                    .isInstanceOf(UserException.class);
        }
        assertThat(whole.length).isGreaterThan(4000);
    }

    @Test
    void open_flippedBits_isWholeOrRefused() throws IOException {
        byte[] whole = Golden.bytes("checkpoint/torch_views.bin");
        Random random = new Random(11);
        Path file = folder.resolve("flipped.bin");
        int refused = 0;
        for (int round = 0; round < 2000; round++) {
            byte[] flipped = whole.clone();
            for (int flips = 0; flips <= round % 4; flips++) {
                flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Files.write(file, flipped);
            try (TorchFile opened = TorchFile.open(file)) {
                opened.tensors().keySet().forEach(opened::read);
            } catch (UserException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(500, 1950);
    }

    private void assertRefused(byte[] pickle, String fault) throws IOException {
        assertRefused(TorchArchive.withPickle(pickle), fault);
    }

    private void assertRefused(TorchArchive archive, String fault) throws IOException {
        Path file = write(archive);
        assertThatThrownBy(() -> TorchFile.open(file))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(fault);
    }

    private Path write(TorchArchive archive) throws IOException {
        return Files.write(folder.resolve("made.bin"), archive.bytes());
    }

    private static long[] longs(String text) {
        return Arrays.stream(text.split("x")).mapToLong(Long::parseLong).toArray();
    }
}
