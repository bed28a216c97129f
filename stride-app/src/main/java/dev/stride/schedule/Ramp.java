package dev.stride.schedule;

import dev.stride.config.RampShape;

/** The ramps of warmup-stable-decay, between 0 and 1. */
final class Ramp {
    private Ramp() {}

    /** The level after the share {@code p} of the way up: the way down, read backwards. */
    static double up(RampShape shape, double p) {
        return switch (shape) {
            case LINEAR -> p;
            case COSINE -> 0.5 * (1 - Math.cos(Math.PI * p));
            case ONE_MINUS_SQRT -> 1 - Math.sqrt(1 - p);
        };
    }

    /** The level after the share {@code q} of the way down. */
    static double down(RampShape shape, double q) {
        return switch (shape) {
            case LINEAR -> 1 - q;
            case COSINE -> 0.5 * (1 + Math.cos(Math.PI * q));
            case ONE_MINUS_SQRT -> 1 - Math.sqrt(q);
        };
    }
}
