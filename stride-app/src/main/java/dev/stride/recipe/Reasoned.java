package dev.stride.recipe;

/**
 * A derived value and the sentence that says where it comes from.
 *
 * @param value the value
 * @param reason why it is this one
 */
public record Reasoned<T>(T value, String reason) {}
