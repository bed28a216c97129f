package dev.stride;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A plain reader of the golden safetensors files, apart from the product's own, so that a defect of one cannot hide in
 * the other. The files are outputs of the reference implementation (torch 1.13, CPU, float32).
 */
public final class GoldenTensors {
    private final Map<String, float[]> floats = new LinkedHashMap<>();
    private final Map<String, long[]> shapes = new LinkedHashMap<>();

    private GoldenTensors() {}

    /** A file of the golden folder of the test resources. */
    public static Path file(String name) {
        return SharedFolder.projectRoot().resolve("stride-app/src/test/resources/golden/" + name);
    }

    /** All tensors of a file, integers and booleans as floats. */
    public static GoldenTensors read(String name) {
        return read(file(name));
    }

    /** All tensors of a file, integers and booleans as floats. */
    public static GoldenTensors read(Path path) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
            int headerLength = Math.toIntExact(buffer.getLong());
            byte[] header = new byte[headerLength];
            buffer.get(header);
            JsonNode json = new ObjectMapper().readTree(header);
            GoldenTensors golden = new GoldenTensors();
            for (Iterator<Map.Entry<String, JsonNode>> it = json.fields(); it.hasNext(); ) {
                Map.Entry<String, JsonNode> entry = it.next();
                if (entry.getKey().equals("__metadata__")) {
                    continue;
                }
                golden.add(entry.getKey(), entry.getValue(), buffer, 8 + headerLength);
            }
            return golden;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(String name, JsonNode info, ByteBuffer buffer, int base) {
        long[] shape = new long[info.get("shape").size()];
        int count = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = info.get("shape").get(i).asLong();
            count *= (int) shape[i];
        }
        int at = base + info.get("data_offsets").get(0).asInt();
        String type = info.get("dtype").asText();
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = switch (type) {
                case "F32" -> buffer.getFloat(at + 4 * i);
                case "I64" -> buffer.getLong(at + 8 * i);
                case "BOOL" -> buffer.get(at + i);
                default -> throw new IllegalArgumentException(type);
            };
        }
        floats.put(name, values);
        shapes.put(name, shape);
    }

    public float[] floats(String name) {
        float[] values = floats.get(name);
        if (values == null) {
            throw new IllegalArgumentException("no golden tensor " + name);
        }
        return values;
    }

    public int[] ints(String name) {
        float[] values = floats(name);
        int[] ints = new int[values.length];
        for (int i = 0; i < ints.length; i++) {
            ints[i] = (int) values[i];
        }
        return ints;
    }

    public long[] shape(String name) {
        return shapes.get(name).clone();
    }

    public java.util.Set<String> names() {
        return shapes.keySet();
    }

    /** The largest difference relative to the largest golden value of the tensor. */
    public static double relativeDifference(float[] actual, float[] golden) {
        if (actual.length != golden.length) {
            throw new AssertionError(actual.length + " values against " + golden.length + " golden ones");
        }
        double difference = 0;
        double scale = 0;
        for (int i = 0; i < golden.length; i++) {
            if (!Float.isFinite(actual[i])) {
                return Double.POSITIVE_INFINITY;
            }
            difference = Math.max(difference, Math.abs(actual[i] - golden[i]));
            scale = Math.max(scale, Math.abs(golden[i]));
        }
        return difference / scale;
    }
}
