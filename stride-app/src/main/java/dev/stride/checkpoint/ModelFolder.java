package dev.stride.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A model in its published layout: weights in safetensors, config.json, the tokenizer's files and whatever else small
 * lay beside them, so that the reference code can load the folder.
 */
public final class ModelFolder {
    private static final String CONFIG = "config.json";
    private static final long LARGEST_COPY = 100L << 20;

    /** Weights in any form, training state and adapters: what a new model's folder must not take over. */
    private static final Pattern NOT_COPIED = Pattern.compile(
            ".*\\.(safetensors|bin|pt|pth|ckpt|h5|msgpack|onnx|gguf|ggml|npz|npy)|.*\\.index\\.json|adapter_config\\.json"
                    + "|trainer_state\\.json|training_args.*|"
                    + Pattern.quote(Manifest.FILE) + "|" + Pattern.quote(StateFile.NAME));

    private ModelFolder() {}

    /**
     * What was written.
     *
     * @param weightFiles the names of the weights' files
     * @param copied the files that were copied from the source, config.json included
     * @param leftBehind the source's other files and folders: weights, training state, hidden ones, any above 100 MiB
     */
    public record Written(List<String> weightFiles, Set<String> copied, Set<String> leftBehind) {}

    /**
     * Writes a model's folder in one step (see {@link AtomicFolder}).
     *
     * <p>config.json is taken from the source; its {@code torch_dtype} becomes the floating-point type that most bytes of
     * the tensors have, everything else stays.
     *
     * @param source the folder of the model that these tensors were made from
     * @param target the new folder; it must not exist, or be empty
     * @param tensors all of the model's tensors, in the order that shards are filled
     * @param maxShardBytes tensor bytes in one file at most
     * @throws UserException when the target is in use, the source has no config.json, or the disk has too little room
     */
    public static Written write(Path source, Path target, List<? extends TensorSource> tensors, long maxShardBytes) {
        return write(source, target, tensors, maxShardBytes, config -> {});
    }

    /**
     * The same with a config.json that is changed in other keys too.
     *
     * @param edit changes it
     */
    public static Written write(
            Path source,
            Path target,
            List<? extends TensorSource> tensors,
            long maxShardBytes,
            Consumer<ObjectNode> edit) {
        checkFree(target);
        Set<String> leftBehind = new TreeSet<>();
        Set<String> copied = copied(source, leftBehind);
        List<String> weightFiles = new ArrayList<>();
        AtomicFolder.write(
                target,
                bytes(source, tensors),
                folder -> weightFiles.addAll(writeInto(folder, source, tensors, maxShardBytes, edit)));
        return new Written(List.copyOf(weightFiles), copied, leftBehind);
    }

    /** Bytes that a model's files take, those copied from the source included. */
    public static long bytes(Path source, List<? extends TensorSource> tensors) {
        long bytes = SafetensorsWriter.fileBytes(tensors) * 2 - dataBytes(tensors);
        for (String name : copied(source, new TreeSet<>())) {
            bytes += size(source.resolve(name));
        }
        return bytes;
    }

    /**
     * Writes a model's files into a folder that is being written, which may hold other files too.
     *
     * @return the names of the weights' files
     */
    public static List<String> writeInto(
            AtomicFolder folder, Path source, List<? extends TensorSource> tensors, long maxShardBytes)
            throws IOException {
        return writeInto(folder, source, tensors, maxShardBytes, config -> {});
    }

    private static List<String> writeInto(
            AtomicFolder folder,
            Path source,
            List<? extends TensorSource> tensors,
            long maxShardBytes,
            Consumer<ObjectNode> edit)
            throws IOException {
        ObjectNode config = JsonFile.read(source.resolve(CONFIG));
        edit.accept(config);
        dominantType(tensors).ifPresent(type -> setType(config, type));
        for (String name : copied(source, new TreeSet<>())) {
            if (name.equals(CONFIG)) {
                folder.writeText(CONFIG, JsonFile.text(config));
            } else {
                folder.copy(source.resolve(name), name);
            }
        }
        return SafetensorsWriter.writeModel(folder, tensors, maxShardBytes);
    }

    /** The files of a source that a model's folder takes over; the names of the others go to {@code leftBehind}. */
    private static Set<String> copied(Path source, Set<String> leftBehind) {
        Set<String> copied = new TreeSet<>();
        try (Stream<Path> children = Files.list(source)) {
            for (Path child : (Iterable<Path>) children::iterator) {
                String name = child.getFileName().toString();
                boolean taken = Files.isRegularFile(child)
                        && !name.startsWith(".")
                        && !NOT_COPIED.matcher(name).matches()
                        && size(child) <= LARGEST_COPY;
                (taken ? copied : leftBehind).add(name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + source + ": " + e.getMessage(), e);
        }
        return copied;
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static void checkFree(Path target) {
        try {
            if (Files.isDirectory(target)) {
                try (Stream<Path> children = Files.list(target)) {
                    if (children.findAny().isEmpty()) {
                        return;
                    }
                }
            } else if (!Files.exists(target)) {
                return;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + target + ": " + e.getMessage(), e);
        }
        throw new UserException(
                "Will not write over " + target,
                List.of(new Problem(
                        target.toString(),
                        Files.isDirectory(target) ? "a folder with files in it" : "a file",
                        "a new or empty folder",
                        "",
                        "Name another folder, or delete this one first")));
    }

    private static long dataBytes(List<? extends TensorSource> tensors) {
        return tensors.stream().mapToLong(TensorSource::numBytes).sum();
    }

    private static Optional<DType> dominantType(List<? extends TensorSource> tensors) {
        Map<DType, Long> bytes = new EnumMap<>(DType.class);
        for (TensorSource tensor : tensors) {
            if (tensor.dtype().isFloating()) {
                bytes.merge(tensor.dtype(), tensor.numBytes(), Long::sum);
            }
        }
        return bytes.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
    }

    /** Newer versions of transformers write the key as dtype. */
    private static void setType(ObjectNode config, DType type) {
        boolean renamed = config.has("dtype") && !config.has("torch_dtype");
        config.put(renamed ? "dtype" : "torch_dtype", type.torchName());
    }
}
