package dev.stride.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Writes safetensors files, one tensor after the other: header first, padded with spaces to a multiple of eight bytes,
 * then the tensors without gaps.
 *
 * <p>Tensors are laid in the order given, but wider elements before narrower ones, so that each begins at a multiple of
 * its element's size, as the format's own writer does. {@code __metadata__} is {@code {"format": "pt"}}, which
 * transformers demands.
 */
public final class SafetensorsWriter {
    private static final int ALIGNMENT = 8;

    private SafetensorsWriter() {}

    /** The order of names, character by character: layer 10 before layer 2, as in published indexes. */
    public static List<TensorSource> alphabetical(List<? extends TensorSource> tensors) {
        List<TensorSource> sorted = new ArrayList<>(tensors);
        sorted.sort(Comparator.comparing(TensorSource::name));
        return sorted;
    }

    /** Bytes of a file with these tensors, header and all: what the disk must have free. */
    public static long fileBytes(List<? extends TensorSource> tensors) {
        return Long.BYTES + header(laidOut(tensors)).length + dataBytes(tensors);
    }

    /**
     * Writes one file.
     *
     * @throws IllegalArgumentException when two tensors have one name
     * @throws IllegalStateException when a source gives more or fewer bytes than its shape takes
     */
    public static void write(WritableByteChannel channel, List<? extends TensorSource> tensors) throws IOException {
        List<TensorSource> ordered = laidOut(tensors);
        byte[] header = header(ordered);
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES + header.length).order(ByteOrder.LITTLE_ENDIAN);
        channel.write(start.putLong(header.length).put(header).flip());
        for (TensorSource tensor : ordered) {
            ExactChannel exact = new ExactChannel(channel, tensor);
            tensor.writeTo(exact);
            exact.checkComplete();
        }
    }

    /**
     * Writes a model in the published layout: {@code model.safetensors} alone when everything fits into one file, else
     * {@code model-00001-of-0000N.safetensors} and so on with {@code model.safetensors.index.json}. A file is filled in
     * the order given; a tensor that is larger than the limit has a file of its own.
     *
     * @param maxShardBytes tensor bytes in one file at most, from 1
     * @return the names of the files, in order
     */
    public static List<String> writeModel(FileTarget target, List<? extends TensorSource> tensors, long maxShardBytes)
            throws IOException {
        checkNames(tensors);
        List<List<TensorSource>> shards = shards(tensors, maxShardBytes);
        List<String> names = new ArrayList<>();
        Map<String, String> fileOf = new LinkedHashMap<>();
        for (List<TensorSource> shard : shards) {
            String name = shards.size() == 1
                    ? WeightFiles.SINGLE_SAFETENSORS
                    : String.format("model-%05d-of-%05d.safetensors", names.size() + 1, shards.size());
            try (WritableByteChannel channel = target.create(name)) {
                write(channel, shard);
            }
            names.add(name);
            shard.forEach(tensor -> fileOf.put(tensor.name(), name));
        }
        if (shards.size() > 1) {
            ShardIndex index =
                    new ShardIndex(Path.of(ShardIndex.SAFETENSORS), OptionalLong.of(dataBytes(tensors)), fileOf);
            try (WritableByteChannel channel = target.create(ShardIndex.SAFETENSORS)) {
                channel.write(ByteBuffer.wrap(index.text().getBytes(StandardCharsets.UTF_8)));
            }
            names.add(ShardIndex.SAFETENSORS);
        }
        return names;
    }

    private static List<List<TensorSource>> shards(List<? extends TensorSource> tensors, long maxShardBytes) {
        if (maxShardBytes < 1) {
            throw new IllegalArgumentException("shards of " + maxShardBytes + " bytes");
        }
        List<List<TensorSource>> shards = new ArrayList<>();
        List<TensorSource> shard = new ArrayList<>();
        shards.add(shard);
        long filled = 0;
        for (TensorSource tensor : tensors) {
            if (!shard.isEmpty() && tensor.numBytes() > maxShardBytes - filled) {
                shard = new ArrayList<>();
                shards.add(shard);
                filled = 0;
            }
            shard.add(tensor);
            filled += tensor.numBytes();
        }
        return shards;
    }

    private static List<TensorSource> laidOut(List<? extends TensorSource> tensors) {
        checkNames(tensors);
        List<TensorSource> ordered = new ArrayList<>(tensors);
        ordered.sort(Comparator.comparingInt(tensor -> -tensor.dtype().bytes()));
        return ordered;
    }

    private static void checkNames(List<? extends TensorSource> tensors) {
        Set<String> names = new HashSet<>(Set.of(SafetensorsFile.METADATA));
        for (TensorSource tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("two tensors have the name " + tensor.name());
            }
        }
    }

    private static long dataBytes(List<? extends TensorSource> tensors) {
        return tensors.stream().mapToLong(TensorSource::numBytes).sum();
    }

    private static byte[] header(List<TensorSource> tensors) {
        ObjectNode root = JsonFile.object();
        root.putObject(SafetensorsFile.METADATA).put("format", "pt");
        long offset = 0;
        for (TensorSource tensor : tensors) {
            ObjectNode entry = root.putObject(tensor.name());
            entry.put("dtype", tensor.dtype().safetensorsName());
            var shape = entry.putArray("shape");
            for (long dimension : tensor.shape()) {
                shape.add(dimension);
            }
            entry.putArray("data_offsets").add(offset).add(offset + tensor.numBytes());
            offset += tensor.numBytes();
        }
        byte[] json = JsonFile.compact(root);
        byte[] padded = Arrays.copyOf(json, (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        Arrays.fill(padded, json.length, padded.length, (byte) ' ');
        return padded;
    }

    /** Lets exactly one tensor's bytes through. */
    private static final class ExactChannel implements WritableByteChannel {
        private final WritableByteChannel channel;
        private final TensorSource tensor;
        private long left;

        ExactChannel(WritableByteChannel channel, TensorSource tensor) {
            this.channel = channel;
            this.tensor = tensor;
            this.left = tensor.numBytes();
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            if (bytes.remaining() > left) {
                throw new IllegalStateException(tensor.name() + " gives more than its " + tensor.numBytes() + " bytes");
            }
            left -= bytes.remaining();
            int written = 0;
            while (bytes.hasRemaining()) {
                written += channel.write(bytes);
            }
            return written;
        }

        void checkComplete() {
            if (left != 0) {
                throw new IllegalStateException(
                        tensor.name() + " gave " + left + " bytes fewer than its " + tensor.numBytes());
            }
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() {
            // the file's writer closes it, once for all tensors
        }
    }
}
