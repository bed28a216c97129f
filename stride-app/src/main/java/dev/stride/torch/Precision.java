package dev.stride.torch;

import org.bytedeco.pytorch.global.torch;

/**
 * The type in which products are computed. What trains is always held as float32 masters; a base that is frozen is held
 * in this type.
 */
public enum Precision {
    FP32(torch.ScalarType.Float, 4),
    BF16(torch.ScalarType.BFloat16, 2),
    /** Only on CUDA, with a dynamic loss scale. */
    FP16(torch.ScalarType.Half, 2);

    private final torch.ScalarType scalarType;
    private final int bytes;

    Precision(torch.ScalarType scalarType, int bytes) {
        this.scalarType = scalarType;
        this.bytes = bytes;
    }

    /** libtorch's name for the type. */
    public torch.ScalarType scalarType() {
        return scalarType;
    }

    /** Bytes of one number. */
    public int bytes() {
        return bytes;
    }
}
