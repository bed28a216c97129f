package dev.stride.config;

/** What trains, with the settings of that method alone. */
public sealed interface TuningConfig permits FullConfig, LoraConfig {
    /** Its name. */
    Method method();
}
