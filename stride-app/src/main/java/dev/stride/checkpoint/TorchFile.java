package dev.stride.checkpoint;

import dev.stride.checkpoint.PickleValue.Dict;
import dev.stride.checkpoint.PickleValue.Storage;
import dev.stride.checkpoint.PickleValue.Tensor;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@code .bin} file that torch.save wrote: a zip archive with a pickle and one stored entry for each storage.
 *
 * <p>The pickle says which view of which storage each tensor is; it is read by {@link Unpickler}, which executes nothing.
 * Contiguous tensors are mapped where they lie, others are gathered into memory when they are read.
 */
final class TorchFile implements TensorFile {
    private static final long LARGEST_PICKLE = 16L << 20;
    private static final String PICKLE = "/data.pkl";
    private static final byte[] ZIP = {'P', 'K'};
    private static final byte[] OLD_FORMAT = {(byte) 0x80, 2, (byte) 0x8a, 10, 'l', (byte) 0xfc, (byte) 0x9c, 'F'};

    private final MappedFile file;
    private final Map<String, View> views;
    private final Map<String, TensorInfo> tensors;

    /** A tensor and the archive entry of its storage. */
    private record View(Tensor tensor, ZipDirectory.Entry entry) {}

    private TorchFile(MappedFile file, Map<String, View> views) {
        this.file = file;
        this.views = views;
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        views.forEach((name, view) ->
                infos.put(name, new TensorInfo(view.tensor.storage().dtype(), view.tensor.shape(), file.path())));
        this.tensors = Collections.unmodifiableMap(infos);
    }

    static TorchFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        try {
            return new Opening(file).read();
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    @Override
    public StoredTensor read(String name) {
        View view = views.get(name);
        TensorInfo info = tensors.get(name);
        if (view == null || info == null) {
            throw new IllegalArgumentException(file.path() + " holds no tensor " + name);
        }
        OversizedTensor.check(name, info);
        return new StoredTensor(name, info.dtype(), info.shape(), bytes(name, view, info));
    }

    private ByteBuffer bytes(String name, View view, TensorInfo info) {
        Tensor tensor = view.tensor;
        int width = info.dtype().bytes();
        if (Strides.isContiguous(tensor.shape(), tensor.strides())) {
            return file.view(view.entry.offset() + tensor.offset() * width, info.numBytes());
        }
        long reach = Strides.reach(tensor.shape(), tensor.strides()) * width;
        if (reach > Integer.MAX_VALUE) {
            throw new UserException(
                    "Cannot read a tensor of " + file.path(),
                    List.of(Problem.of(
                            file.path() + ", tensor " + Printable.quoted(name),
                            "its elements are strewn over " + reach + " bytes",
                            "at most " + Integer.MAX_VALUE + " bytes for a tensor that is not contiguous")));
        }
        ByteBuffer storage = file.view(view.entry.offset() + tensor.offset() * width, reach);
        return Strides.gather(storage, tensor.shape(), tensor.strides(), width).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        file.close();
    }

    /** Reads the table of contents and the pickle, and checks every tensor against its storage. */
    private static final class Opening {
        private final MappedFile file;
        private final List<Problem> problems = new ArrayList<>();

        Opening(MappedFile file) {
            this.file = file;
        }

        TorchFile read() {
            checkKind();
            Map<String, ZipDirectory.Entry> entries = ZipDirectory.read(file);
            String root = root(entries);
            checkByteOrder(entries.get(root + "/byteorder"));
            PickleValue top = Unpickler.read(file.path().toString(), pickle(entries.get(root + PICKLE)));
            if (!(top instanceof Dict dict)) {
                throw fail(where(), "the file holds " + top.kind(), "a dict from names to tensors (a state_dict)", "");
            }
            Map<String, View> views = new LinkedHashMap<>();
            dict.items.forEach((name, value) -> addView(views, entries, root, name, value));
            if (!problems.isEmpty()) {
                throw new UserException("Cannot read " + file.path(), problems);
            }
            return new TorchFile(file, views);
        }

        private void checkKind() {
            if (file.startsWith(OLD_FORMAT)) {
                throw fail(
                        where(),
                        "the file is in the format that torch wrote before version 1.6",
                        "the zip format, or safetensors",
                        "Load it in torch and save it again: torch.save(torch.load(f, map_location=\"cpu\"), f)");
            }
            if (!file.startsWith(ZIP)) {
                throw fail(
                        where(),
                        "the file of " + file.size() + " bytes is no zip archive",
                        "what torch.save writes",
                        "");
            }
        }

        private String root(Map<String, ZipDirectory.Entry> entries) {
            List<String> roots = entries.keySet().stream()
                    .filter(name -> name.endsWith(PICKLE) && name.indexOf('/') == name.length() - PICKLE.length())
                    .map(name -> name.substring(0, name.length() - PICKLE.length()))
                    .toList();
            if (roots.size() != 1) {
                throw fail(where(), "the archive holds " + roots.size() + " entries data.pkl", "one", "");
            }
            String root = roots.get(0);
            if (entries.containsKey(root + "/constants.pkl")) {
                throw fail(
                        where(), "the file is a TorchScript program", "weights", "Save the model's state_dict instead");
            }
            return root;
        }

        private void checkByteOrder(ZipDirectory.@Nullable Entry entry) {
            if (entry != null) {
                byte[] word = new byte[(int) Math.min(entry.size(), 16)];
                file.copy(entry.offset(), word.length).get(word);
                if (!new String(word, StandardCharsets.US_ASCII).equals("little")) {
                    throw fail(
                            where(),
                            "byte order " + Printable.quoted(new String(word, StandardCharsets.US_ASCII)),
                            "little",
                            "");
                }
            }
        }

        private ByteBuffer pickle(ZipDirectory.@Nullable Entry entry) {
            if (entry == null || entry.size() > LARGEST_PICKLE) {
                throw fail(where(), "data.pkl is too long", "at most " + LARGEST_PICKLE + " bytes", "");
            }
            return file.copy(entry.offset(), entry.size());
        }

        private void addView(
                Map<String, View> views,
                Map<String, ZipDirectory.Entry> entries,
                String root,
                String name,
                PickleValue value) {
            String place = where() + ", tensor " + Printable.quoted(name);
            if (!(value instanceof Tensor tensor)) {
                String advice = value instanceof Dict
                        ? "Save that dict alone: torch.save(torch.load(f)[" + Printable.quoted(name) + "], f)"
                        : "";
                problems.add(new Problem(place, value.kind(), "a tensor", "", advice));
                return;
            }
            Storage storage = tensor.storage();
            ZipDirectory.Entry entry = entries.get(root + "/data/" + storage.key());
            if (entry == null) {
                problems.add(Problem.of(
                        place, "its storage data/" + Printable.plain(storage.key()) + " is missing", "an entry"));
                return;
            }
            String wrong = wrong(tensor, entry.size());
            if (wrong.isEmpty()) {
                views.put(name, new View(tensor, entry));
            } else {
                problems.add(Problem.of(place, wrong, "a view that its storage can hold"));
            }
        }

        /** What is wrong with a view of a storage entry of so many bytes; empty when nothing is. */
        private static String wrong(Tensor tensor, long entryBytes) {
            Storage storage = tensor.storage();
            String shape = "shape " + Printable.plain(Shapes.text(tensor.shape())) + " with strides "
                    + Printable.plain(Shapes.text(tensor.strides())) + " from element " + tensor.offset();
            try {
                if (Math.multiplyExact(
                                storage.elements(), (long) storage.dtype().bytes())
                        != entryBytes) {
                    return "its storage is said to have " + storage.elements() + " elements of " + storage.dtype()
                            + " but has " + entryBytes + " bytes";
                }
                if (tensor.strides().length != tensor.shape().length
                        || tensor.offset() < 0
                        || Strides.anyNegative(tensor.strides())) {
                    return shape;
                }
                if (Shapes.elements(tensor.shape()) > storage.elements()) {
                    return shape + " repeats elements of its storage of " + storage.elements();
                }
                long end = Math.addExact(tensor.offset(), Strides.reach(tensor.shape(), tensor.strides()));
                return end > storage.elements() ? shape + " reaches beyond the storage of " + storage.elements() : "";
            } catch (ArithmeticException e) {
                return shape + " is larger than any file";
            }
        }

        private String where() {
            return file.path().toString();
        }

        private UserException fail(String where, String given, String allowed, String advice) {
            problems.add(new Problem(where, given, allowed, "", advice));
            return new UserException("Cannot read " + file.path(), problems);
        }
    }
}
