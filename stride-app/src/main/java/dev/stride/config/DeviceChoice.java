package dev.stride.config;

/**
 * Where the products are computed. Written {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:1}.
 *
 * @param kind which kind of device
 * @param index number of the CUDA device, 0 elsewhere
 */
public record DeviceChoice(Kind kind, int index) {
    /** Kinds of device. */
    public enum Kind {
        /** CUDA where there is one, else CPU. */
        AUTO,
        CPU,
        CUDA
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(java.util.Locale.ROOT) + (kind == Kind.CUDA ? ":" + index : "");
    }
}
