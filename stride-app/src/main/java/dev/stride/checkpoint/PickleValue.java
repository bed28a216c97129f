package dev.stride.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a whitelisted pickle can hold. A hostile pickle can make a dict that contains itself, so values are never walked,
 * compared or printed as a whole.
 */
sealed interface PickleValue {
    /** What this is called in a message. */
    String kind();

    /** Python's {@code None}. */
    enum None implements PickleValue {
        NONE;

        @Override
        public String kind() {
            return "None";
        }
    }

    /** A whole number of up to 64 bits. */
    record Whole(long value) implements PickleValue {
        @Override
        public String kind() {
            return "a number";
        }
    }

    /** A floating-point number. */
    record Real(double value) implements PickleValue {
        @Override
        public String kind() {
            return "a number";
        }
    }

    /** True or false. */
    record Truth(boolean value) implements PickleValue {
        @Override
        public String kind() {
            return "a truth value";
        }
    }

    /** A text. */
    record Text(String value) implements PickleValue {
        @Override
        public String kind() {
            return "a text";
        }
    }

    /** An immutable sequence. */
    record Tuple(List<PickleValue> items) implements PickleValue {
        @Override
        public String kind() {
            return "a tuple";
        }
    }

    /** A list; its items are never needed, so they are not kept. */
    enum Sequence implements PickleValue {
        LIST;

        @Override
        public String kind() {
            return "a list";
        }
    }

    /** A dict with text keys, plain or ordered. */
    final class Dict implements PickleValue {
        final Map<String, PickleValue> items = new LinkedHashMap<>();

        @Override
        public String kind() {
            return "a dict";
        }
    }

    /** The callables that torch.save names; none is ever called, each stands for a record that is built here. */
    enum Function implements PickleValue {
        REBUILD_TENSOR,
        REBUILD_PARAMETER,
        ORDERED_DICT;

        @Override
        public String kind() {
            return "a function";
        }
    }

    /** A storage class such as {@code torch.HalfStorage}. */
    record StorageType(DType dtype) implements PickleValue {
        @Override
        public String kind() {
            return "a storage class";
        }
    }

    /** A block of elements in the archive entry {@code data/<key>}. */
    record Storage(DType dtype, String key, long elements) implements PickleValue {
        @Override
        public String kind() {
            return "a storage";
        }
    }

    /** A view of a storage: where it begins and how far apart its elements lie, both counted in elements. */
    record Tensor(Storage storage, long offset, long[] shape, long[] strides) implements PickleValue {
        @Override
        public String kind() {
            return "a tensor";
        }
    }
}
