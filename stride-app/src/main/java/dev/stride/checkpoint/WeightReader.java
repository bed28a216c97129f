package dev.stride.checkpoint;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The weights of one model, whatever files they lie in: one table of tensors, each read when it is asked for.
 *
 * <p>The files are mapped into memory, so reading a tensor copies nothing and the whole model is never on the heap
 * (a tensor of a {@code .bin} file that is not contiguous is the one exception: it is gathered, alone). One tensor may
 * take up to 2 GiB less one byte; files may be of any size.
 *
 * <p>Everything that is wrong with the files is found when they are opened, and reported in one {@link UserException}:
 * damaged or missing files, an index that disagrees with them, a tensor in two files.
 */
public final class WeightReader implements Closeable {
    /** So much is mapped before what is out of use is let go. */
    private static final long MOST_MAPPED = 1L << 30;

    private final Path location;
    private final List<TensorFile> files;
    private final Map<String, TensorFile> fileOf;
    private final Map<String, TensorInfo> tensors;
    private long mapped; // bytes since mappings were last let go

    private WeightReader(Path location, List<TensorFile> files, Map<String, TensorFile> fileOf) {
        this.location = location;
        this.files = files;
        this.fileOf = fileOf;
        Map<String, TensorInfo> infos = new TreeMap<>();
        fileOf.forEach((name, file) -> infos.put(name, info(file, name)));
        this.tensors = Collections.unmodifiableMap(infos);
    }

    /**
     * Opens a model's folder. The first of these that is there is taken: {@code model.safetensors.index.json}, {@code
     * model.safetensors}, other {@code .safetensors} files, {@code pytorch_model.bin.index.json}, {@code
     * pytorch_model.bin}, {@code pytorch_model-*.bin}.
     *
     * @throws UserException when the folder has no weights, or they are damaged
     */
    public static WeightReader open(Path folder) {
        WeightFiles found = WeightFiles.find(folder);
        return new Opening(folder).read(found);
    }

    /**
     * Opens one {@code .safetensors} or {@code .bin} file.
     *
     * @throws UserException when it is missing or damaged
     */
    public static WeightReader openFile(Path file) {
        TensorFile opened = openTensorFile(file);
        Map<String, TensorFile> fileOf = new LinkedHashMap<>();
        opened.tensors().keySet().forEach(name -> fileOf.put(name, opened));
        return new WeightReader(file, List.of(opened), fileOf);
    }

    private static TensorFile openTensorFile(Path file) {
        return file.toString().endsWith(".safetensors") ? SafetensorsFile.open(file) : TorchFile.open(file);
    }

    private static TensorInfo info(TensorFile file, String name) {
        TensorInfo info = file.tensors().get(name);
        if (info == null) {
            throw new IllegalArgumentException("there is no tensor " + name);
        }
        return info;
    }

    /** The folder or file that was opened. */
    public Path location() {
        return location;
    }

    /** Every tensor by name, in the order of names. */
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /** The names, in order. */
    public Set<String> names() {
        return tensors.keySet();
    }

    /** Whether there is a tensor of this name. */
    public boolean contains(String name) {
        return tensors.containsKey(name);
    }

    /**
     * Type, shape and file of a tensor.
     *
     * @throws IllegalArgumentException when there is none of this name
     */
    public TensorInfo info(String name) {
        return info(holder(name), name);
    }

    /**
     * One tensor, as a view of its mapped file.
     *
     * @throws IllegalArgumentException when there is none of this name
     * @throws UserException when it takes 2 GiB or more
     */
    public StoredTensor read(String name) {
        mapped += info(name).numBytes();
        if (mapped > MOST_MAPPED) {
            // pages of a mapping count as this process's memory until its buffer is collected, and a heap that hardly
            // grows gives no reason to collect
            System.gc();
            mapped = info(name).numBytes();
        }
        return holder(name).read(name);
    }

    /** A tensor that is read only when it is written somewhere; this reader must still be open then. */
    public TensorSource source(String name) {
        return new Lazy(this, name, info(name));
    }

    /** Bytes of all tensors together. */
    public long totalBytes() {
        return tensors.values().stream().mapToLong(TensorInfo::numBytes).sum();
    }

    /**
     * Compares what is here with what a model needs.
     *
     * @param expected shapes by name
     * @param ignorable names that may be missing, extra or of any shape, for example buffers
     * @throws UserException with every missing, extra and misshapen tensor
     */
    public void check(Map<String, long[]> expected, Predicate<String> ignorable) {
        List<Problem> problems = new ArrayList<>();
        Set<String> all = new TreeSet<>(expected.keySet());
        all.addAll(names());
        for (String name : all) {
            if (ignorable.test(name)) {
                continue;
            }
            long[] wanted = expected.get(name);
            TensorInfo found = tensors.get(name);
            if (wanted == null) {
                problems.add(Problem.of(Printable.plain(name), "extra: " + found, "no such tensor in this model"));
            } else if (found == null) {
                problems.add(Problem.of(Printable.plain(name), "missing", Shapes.text(wanted)));
            } else if (!Arrays.equals(wanted, found.shape())) {
                problems.add(Problem.of(
                        Printable.plain(name),
                        "shape " + Shapes.text(found.shape()) + " in " + found.file(),
                        Shapes.text(wanted)));
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException(
                    "The weights in " + location + " are not those of this model (" + expected.size()
                            + " tensors expected, " + tensors.size() + " found)",
                    problems);
        }
    }

    private TensorFile holder(String name) {
        TensorFile file = fileOf.get(name);
        if (file == null) {
            throw new IllegalArgumentException(location + " holds no tensor " + name);
        }
        return file;
    }

    /** Closes the files. Tensors that were read stay good. */
    @Override
    public void close() {
        files.forEach(TensorFile::close);
    }

    private record Lazy(WeightReader reader, String name, TensorInfo info) implements TensorSource {
        @Override
        public DType dtype() {
            return info.dtype();
        }

        @Override
        public long[] shape() {
            return info.shape();
        }

        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            reader.read(name).writeTo(channel);
        }
    }

    /** Opens a set of files and gathers everything that is wrong with them. */
    private static final class Opening {
        private final Path folder;
        private final List<Problem> problems = new ArrayList<>();
        private final Map<String, TensorFile> opened = new LinkedHashMap<>();
        private final Map<String, TensorFile> fileOf = new LinkedHashMap<>();

        Opening(Path folder) {
            this.folder = folder;
        }

        WeightReader read(WeightFiles found) {
            try {
                found.files().forEach(this::openOne);
                opened.forEach(this::placeTensors);
                found.index().ifPresent(this::compare);
                if (!problems.isEmpty()) {
                    throw new UserException("Cannot read the weights in " + folder, problems);
                }
                return new WeightReader(folder, List.copyOf(opened.values()), fileOf);
            } catch (RuntimeException e) {
                opened.values().forEach(TensorFile::close);
                throw e;
            }
        }

        private void openOne(String name) {
            try {
                opened.put(name, openTensorFile(folder.resolve(name)));
            } catch (UserException e) {
                problems.addAll(e.problems());
            }
        }

        private void placeTensors(String fileName, TensorFile file) {
            file.tensors().forEach((name, info) -> {
                TensorFile before = fileOf.put(name, file);
                if (before != null) {
                    problems.add(Problem.of(
                            folder + ", tensor " + Printable.quoted(name),
                            "it is in " + info(before, name).file() + " and in " + info.file(),
                            "in one file"));
                }
            });
        }

        private void compare(ShardIndex index) {
            String where = index.file().toString();
            index.fileOf().forEach((name, fileName) -> {
                TensorFile file = opened.get(fileName);
                if (file != null && !file.tensors().containsKey(name)) {
                    problems.add(Problem.of(
                            where + ", weight_map." + Printable.plain(name),
                            fileName + " holds no such tensor",
                            "the file that holds it"));
                }
            });
            fileOf.forEach((name, file) -> {
                if (!index.fileOf().containsKey(name)) {
                    problems.add(Problem.of(
                            where + ", weight_map",
                            info(file, name).file() + " holds " + Printable.quoted(name)
                                    + ", which the index does not name",
                            "every tensor"));
                }
            });
            // while a file is unreadable or an entry wrong, the sum would only repeat that
            if (problems.isEmpty() && index.totalSize().isPresent()) {
                long sum = fileOf.entrySet().stream()
                        .mapToLong(
                                entry -> info(entry.getValue(), entry.getKey()).numBytes())
                        .sum();
                if (sum != index.totalSize().getAsLong()) {
                    problems.add(Problem.of(
                            where + ", metadata.total_size",
                            String.valueOf(index.totalSize().getAsLong()),
                            sum + ", the bytes of the tensors in the files"));
                }
            }
        }
    }
}
