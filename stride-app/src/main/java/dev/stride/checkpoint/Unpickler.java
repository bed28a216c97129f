package dev.stride.checkpoint;

import dev.stride.checkpoint.PickleValue.Dict;
import dev.stride.checkpoint.PickleValue.Function;
import dev.stride.checkpoint.PickleValue.None;
import dev.stride.checkpoint.PickleValue.Real;
import dev.stride.checkpoint.PickleValue.Sequence;
import dev.stride.checkpoint.PickleValue.Storage;
import dev.stride.checkpoint.PickleValue.StorageType;
import dev.stride.checkpoint.PickleValue.Tensor;
import dev.stride.checkpoint.PickleValue.Text;
import dev.stride.checkpoint.PickleValue.Truth;
import dev.stride.checkpoint.PickleValue.Tuple;
import dev.stride.checkpoint.PickleValue.Whole;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A reader of the pickles that torch.save writes (protocol 2), which builds records and executes nothing.
 *
 * <p>Both lists are closed: the opcodes in {@link #run} and the globals in {@link #global}. Anything else is refused by
 * its name and its place. Work and memory are bounded by the pickle's length and by {@link #MOST_OPCODES}; no value is
 * ever walked recursively, so depth is no danger.
 */
final class Unpickler {
    /** Torch writes about 40 opcodes for a tensor, so this is enough for 50,000 of them. */
    private static final int MOST_OPCODES = 2_000_000;

    private static final int LONGEST_NAME = 256;

    private final String where;
    private final ByteBuffer pickle;
    private final List<PickleValue> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Integer, PickleValue> memo = new HashMap<>();
    private int opcodeAt;

    private Unpickler(String where, ByteBuffer pickle) {
        this.where = where;
        this.pickle = pickle;
    }

    /**
     * The one value that a pickle holds.
     *
     * @param where the file's name, for messages
     * @throws UserException when the pickle is damaged, or asks for anything that is not on the lists
     */
    static PickleValue read(String where, ByteBuffer pickle) {
        Unpickler unpickler = new Unpickler(where, pickle.slice().order(ByteOrder.LITTLE_ENDIAN));
        try {
            return unpickler.run();
        } catch (BufferUnderflowException e) {
            throw unpickler.fail("the pickle ends in the middle of an instruction", "a STOP at its end");
        }
    }

    private PickleValue run() {
        for (int count = 0; count < MOST_OPCODES; count++) {
            opcodeAt = pickle.position();
            int opcode = Byte.toUnsignedInt(pickle.get());
            switch (opcode) {
                case 0x80 -> protocol(Byte.toUnsignedInt(pickle.get()));
                case '.' -> {
                    return pop();
                }
                case 'N' -> push(None.NONE);
                case 0x88 -> push(new Truth(true));
                case 0x89 -> push(new Truth(false));
                case 'K' -> push(new Whole(Byte.toUnsignedInt(pickle.get())));
                case 'M' -> push(new Whole(Short.toUnsignedInt(pickle.getShort())));
                case 'J' -> push(new Whole(pickle.getInt()));
                case 0x8a -> push(longInteger(Byte.toUnsignedInt(pickle.get())));
                case 'G' -> push(new Real(Double.longBitsToDouble(Long.reverseBytes(pickle.getLong()))));
                case 'X' -> push(text(Integer.toUnsignedLong(pickle.getInt())));
                case '(' -> marks.add(stack.size());
                case ')' -> push(new Tuple(List.of()));
                case 0x85 -> push(tuple(stack.size() - 1));
                case 0x86 -> push(tuple(stack.size() - 2));
                case 0x87 -> push(tuple(stack.size() - 3));
                case 't' -> push(tuple(popMark()));
                case ']' -> push(Sequence.LIST);
                case 'a' -> {
                    pop();
                    expect(Sequence.class, peek());
                }
                case 'e' -> {
                    tuple(popMark());
                    expect(Sequence.class, peek());
                }
                case '}' -> push(new Dict());
                case 's' -> setItems(stack.size() - 2);
                case 'u' -> setItems(popMark());
                case 'q' -> remember(Byte.toUnsignedInt(pickle.get()));
                case 'r' -> remember(pickle.getInt());
                case 'h' -> push(recall(Byte.toUnsignedInt(pickle.get())));
                case 'j' -> push(recall(pickle.getInt()));
                case 'c' -> push(global(line(), line()));
                case 'Q' -> push(storage(pop()));
                case 'R' -> push(reduce());
                case 'b' -> build();
                default ->
                    throw fail(
                            "the pickle uses " + PickleOpcode.name(opcode),
                            "the opcodes that torch.save writes for tensors (protocol 2)");
            }
        }
        throw fail("the pickle has more than " + MOST_OPCODES + " instructions", "");
    }

    private void protocol(int version) {
        if (version != 2) {
            throw fail("the pickle is of protocol " + version, "protocol 2, which torch.save writes by default");
        }
    }

    private Whole longInteger(int length) {
        if (length > Long.BYTES) {
            throw fail("a whole number of " + length + " bytes", "at most " + Long.BYTES);
        }
        long value = 0;
        for (int i = 0; i < length; i++) {
            long piece = i == length - 1 ? pickle.get() : Byte.toUnsignedLong(pickle.get());
            value |= piece << (8 * i);
        }
        return new Whole(value);
    }

    private Text text(long length) {
        if (length > pickle.remaining()) {
            throw fail("a text of " + length + " bytes", "at most the " + pickle.remaining() + " that are left");
        }
        byte[] bytes = new byte[(int) length];
        pickle.get(bytes);
        return new Text(new String(bytes, StandardCharsets.UTF_8));
    }

    private String line() {
        StringBuilder line = new StringBuilder();
        for (char c = (char) (pickle.get() & 0xFF); c != '\n'; c = (char) (pickle.get() & 0xFF)) {
            line.append(c);
            if (line.length() > LONGEST_NAME) {
                throw fail("a global's name of more than " + LONGEST_NAME + " bytes", "");
            }
        }
        return line.toString();
    }

    private PickleValue global(String module, String name) {
        if (module.equals("torch")) {
            var dtype = DType.ofStorageClass(name);
            if (dtype.isPresent()) {
                return new StorageType(dtype.get());
            }
        }
        String full = module + "." + name;
        return switch (full) {
            case "torch._utils._rebuild_tensor_v2" -> Function.REBUILD_TENSOR;
            case "torch._utils._rebuild_parameter" -> Function.REBUILD_PARAMETER;
            case "collections.OrderedDict" -> Function.ORDERED_DICT;
            default ->
                throw fail(
                        "the pickle asks for " + Printable.plain(full),
                        "tensors alone; nothing out of a weight file is executed");
        };
    }

    private Storage storage(PickleValue id) {
        if (id instanceof Tuple tuple
                && tuple.items().size() == 5
                && tuple.items().get(0) instanceof Text word
                && word.value().equals("storage")
                && tuple.items().get(1) instanceof StorageType type
                && tuple.items().get(2) instanceof Text key
                && tuple.items().get(3) instanceof Text
                && tuple.items().get(4) instanceof Whole elements
                && elements.value() >= 0) {
            return new Storage(type.dtype(), key.value(), elements.value());
        }
        throw fail("a persistent id that is no storage", "('storage', class, key, location, number of elements)");
    }

    private PickleValue reduce() {
        Tuple arguments = expect(Tuple.class, pop());
        Function function = expect(Function.class, pop());
        List<PickleValue> items = arguments.items();
        return switch (function) {
            case REBUILD_TENSOR -> tensor(items);
            case REBUILD_PARAMETER -> {
                checkCount(function, items, 3, 3);
                yield expect(Tensor.class, items.get(0));
            }
            case ORDERED_DICT -> {
                checkCount(function, items, 0, 0);
                yield new Dict();
            }
        };
    }

    /** Arguments: storage, offset, shape, strides, requires_grad, hooks and, in later versions, metadata. */
    private Tensor tensor(List<PickleValue> items) {
        checkCount(Function.REBUILD_TENSOR, items, 6, 7);
        Storage storage = expect(Storage.class, items.get(0));
        long offset = expect(Whole.class, items.get(1)).value();
        return new Tensor(storage, offset, longs(items.get(2)), longs(items.get(3)));
    }

    private long[] longs(PickleValue value) {
        return expect(Tuple.class, value).items().stream()
                .mapToLong(item -> expect(Whole.class, item).value())
                .toArray();
    }

    private void checkCount(Function function, List<PickleValue> items, int least, int most) {
        if (items.size() < least || items.size() > most) {
            throw fail(function + " with " + items.size() + " arguments", least + " to " + most);
        }
    }

    /** The attributes of a state dict (version numbers of modules) say nothing about weights. */
    private void build() {
        expect(Dict.class, pop());
        expect(Dict.class, peek());
    }

    private void setItems(int start) {
        List<PickleValue> items = tuple(start).items();
        Dict dict = expect(Dict.class, peek());
        if (items.size() % 2 != 0) {
            throw fail("a dict with a key that has no value", "pairs");
        }
        for (int i = 0; i < items.size(); i += 2) {
            String key = expect(Text.class, items.get(i)).value();
            if (dict.items.put(key, items.get(i + 1)) != null) {
                throw fail("the key " + Printable.quoted(key) + " twice in one dict", "once");
            }
        }
    }

    private Tuple tuple(int start) {
        if (start < floor()) {
            throw fail("more values are asked for than were given", "");
        }
        List<PickleValue> top = stack.subList(start, stack.size());
        Tuple tuple = new Tuple(List.copyOf(top));
        top.clear();
        return tuple;
    }

    private int popMark() {
        if (marks.isEmpty()) {
            throw fail("an end without a MARK", "");
        }
        return marks.remove(marks.size() - 1);
    }

    private void remember(int key) {
        memo.put(key, peek());
    }

    private PickleValue recall(int key) {
        PickleValue value = memo.get(key);
        if (value == null) {
            throw fail("the memo has nothing at " + Integer.toUnsignedString(key), "");
        }
        return value;
    }

    private void push(PickleValue value) {
        stack.add(value);
    }

    private PickleValue pop() {
        PickleValue value = peek();
        stack.remove(stack.size() - 1);
        return value;
    }

    private PickleValue peek() {
        if (stack.size() <= floor()) {
            throw fail("a value is asked for where none was given", "");
        }
        return stack.get(stack.size() - 1);
    }

    /** Values below the last MARK belong to what was begun before it. */
    private int floor() {
        return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    }

    private <T extends PickleValue> T expect(Class<T> type, PickleValue value) {
        if (!type.isInstance(value)) {
            throw fail(value.kind() + " stands where it cannot", type.getSimpleName());
        }
        return type.cast(value);
    }

    private UserException fail(String given, String allowed) {
        return new UserException(
                "Cannot read " + where,
                List.of(Problem.of(where + ", byte " + opcodeAt + " of data.pkl", given, allowed)));
    }
}
