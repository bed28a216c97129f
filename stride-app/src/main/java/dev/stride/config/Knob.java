package dev.stride.config;

import org.jspecify.annotations.Nullable;

/**
 * One setting of the program.
 *
 * @param path its key in YAML and for {@code --set}, for example {@code schedule.warmup}
 * @param flag its flag, for example {@code --warmup}
 * @param type what may stand there
 * @param defaultText the value when nobody says anything; null: none, {@code absent} says what happens then
 * @param absent what it means when there is no value; empty where there always is one
 * @param unit of a number; empty where it has none
 * @param doc what it does, one sentence
 */
public record Knob(
        String path, String flag, KnobType type, @Nullable String defaultText, String absent, String unit, String doc) {
    /** What may stand there, for people. */
    public String allowed() {
        return type.allowed();
    }

    /** Whether it is either on or off, so that its flag alone means on. */
    public boolean isSwitch() {
        return type instanceof KnobType.Switch;
    }

    /** The section, empty for the keys of the top level. */
    public String section() {
        int dot = path.lastIndexOf('.');
        return dot < 0 ? "" : path.substring(0, dot);
    }

    /** The key within its section. */
    public String key() {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
