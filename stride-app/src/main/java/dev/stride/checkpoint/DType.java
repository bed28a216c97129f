package dev.stride.checkpoint;

import java.util.Optional;

/** The type of a tensor's elements on disk: its size, and its name in safetensors, in torch and in torch's pickles. */
public enum DType {
    F32(4, "float32", "FloatStorage"),
    F16(2, "float16", "HalfStorage"),
    BF16(2, "bfloat16", "BFloat16Storage"),
    F64(8, "float64", "DoubleStorage"),
    I64(8, "int64", "LongStorage"),
    I32(4, "int32", "IntStorage"),
    I8(1, "int8", "CharStorage"),
    U8(1, "uint8", "ByteStorage"),
    BOOL(1, "bool", "BoolStorage");

    private final int bytes;
    private final String torchName;
    private final String storageClass;

    DType(int bytes, String torchName, String storageClass) {
        this.bytes = bytes;
        this.torchName = torchName;
        this.storageClass = storageClass;
    }

    /** Bytes of one element: 1, 2, 4 or 8. */
    public int bytes() {
        return bytes;
    }

    /** The word in a safetensors header, for example {@code BF16}. */
    public String safetensorsName() {
        return name();
    }

    /** The word in config.json's {@code torch_dtype}, for example {@code bfloat16}. */
    public String torchName() {
        return torchName;
    }

    /** Whether the elements are floating-point numbers. */
    public boolean isFloating() {
        return this == F32 || this == F16 || this == BF16 || this == F64;
    }

    /** The type with this word in a safetensors header; empty when Stride does not read it. */
    public static Optional<DType> ofSafetensorsName(String word) {
        for (DType type : values()) {
            if (type.safetensorsName().equals(word)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** The type with this word in config.json; empty when Stride does not read it. */
    public static Optional<DType> ofTorchName(String word) {
        for (DType type : values()) {
            if (type.torchName.equals(word)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** The type of a storage class in a torch pickle, for example {@code HalfStorage}. */
    static Optional<DType> ofStorageClass(String word) {
        for (DType type : values()) {
            if (type.storageClass.equals(word)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
