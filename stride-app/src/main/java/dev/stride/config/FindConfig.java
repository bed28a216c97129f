package dev.stride.config;

/**
 * The rates that a range test tries.
 *
 * @param steps rates of one pass, with one update at each; at least 20
 * @param low the lowest, above 0
 * @param high the highest, above {@code low}
 */
public record FindConfig(int steps, double low, double high) {}
