package dev.stride.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Archives like those of torch.save, with whatever pickle a test wants to try. */
final class TorchArchive {
    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private int method = ZipEntry.STORED;

    static TorchArchive withPickle(byte[] pickle) {
        return new TorchArchive().entry("archive/data.pkl", pickle);
    }

    TorchArchive entry(String name, byte[] bytes) {
        entries.put(name, bytes);
        return this;
    }

    TorchArchive compressed() {
        method = ZipEntry.DEFLATED;
        return this;
    }

    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setMethod(method);
            for (var entry : entries.entrySet()) {
                ZipEntry header = new ZipEntry(entry.getKey());
                CRC32 crc = new CRC32();
                crc.update(entry.getValue());
                header.setMethod(method);
                header.setSize(entry.getValue().length);
                header.setCrc(crc.getValue());
                zip.putNextEntry(header);
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** Writes pickle opcodes by hand. */
    static final class Pickle {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream out = new DataOutputStream(bytes);

        static Pickle protocol2() {
            return new Pickle().op(0x80, 2);
        }

        Pickle op(int... codes) {
            for (int code : codes) {
                bytes.write(code);
            }
            return this;
        }

        Pickle text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            op('X').int32(utf8.length);
            bytes.writeBytes(utf8);
            return this;
        }

        Pickle global(String module, String name) {
            bytes.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        Pickle number(long value) {
            op(0x8a, 8);
            try {
                out.writeLong(Long.reverseBytes(value));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return this;
        }

        Pickle int32(int value) {
            try {
                out.writeInt(Integer.reverseBytes(value));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return this;
        }

        Pickle numbers(long... values) {
            op('(');
            for (long value : values) {
                number(value);
            }
            return op('t');
        }

        /** A tensor as torch writes it, over the archive entry data/key. */
        Pickle tensor(String storage, String key, long elements, long offset, long[] shape, long[] strides) {
            global("torch._utils", "_rebuild_tensor_v2").op('(');
            op('(').text("storage")
                    .global("torch", storage)
                    .text(key)
                    .text("cpu")
                    .number(elements)
                    .op('t', 'Q');
            number(offset).numbers(shape).numbers(strides);
            return op(0x89).global("collections", "OrderedDict").op(')', 'R', 't', 'R');
        }

        byte[] stop() {
            return op('.').bytes.toByteArray();
        }
    }
}
