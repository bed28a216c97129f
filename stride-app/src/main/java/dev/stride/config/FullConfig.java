package dev.stride.config;

/** Every weight trains. */
public record FullConfig() implements TuningConfig {
    @Override
    public Method method() {
        return Method.FULL;
    }
}
