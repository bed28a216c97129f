package dev.stride.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Files of the test resources, and tensors made from a seed. */
final class Golden {
    private Golden() {}

    static Path file(String name) {
        try {
            return Path.of(Golden.class.getResource("/golden/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] bytes(String name) {
        try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static StoredTensor tensor(long seed, String name, DType dtype, long... shape) {
        byte[] bytes = new byte[(int) Shapes.bytes(dtype, shape)];
        new Random(seed).nextBytes(bytes);
        return new StoredTensor(name, dtype, shape, ByteBuffer.wrap(bytes));
    }

    static StoredTensor floats(String name, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return new StoredTensor(name, DType.F32, new long[] {values.length}, bytes);
    }

    /** One tensor of every type, and the awkward shapes: a single number, and none at all. */
    static List<StoredTensor> everyType() {
        List<StoredTensor> tensors = new ArrayList<>();
        for (DType dtype : DType.values()) {
            tensors.add(tensor(dtype.ordinal(), "layer." + dtype, dtype, 3, 5));
        }
        tensors.add(tensor(20, "single", DType.F16));
        tensors.add(tensor(21, "empty", DType.F32, 0, 4));
        return tensors;
    }
}
