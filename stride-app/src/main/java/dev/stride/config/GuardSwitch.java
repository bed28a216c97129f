package dev.stride.config;

import org.jspecify.annotations.Nullable;

/**
 * One guard turned on or off.
 *
 * @param guard which; null: all that may be
 * @param on whether it watches
 */
public record GuardSwitch(@Nullable Guard guard, boolean on) {
    /** The word that stands for all. */
    static final String ALL = "all";

    @Override
    public String toString() {
        return (guard == null ? ALL : guard.word()) + (on ? "=on" : "=off");
    }
}
