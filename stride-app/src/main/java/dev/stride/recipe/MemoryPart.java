package dev.stride.recipe;

/**
 * One part of the memory estimate.
 *
 * @param name what it is
 * @param bytes how much
 * @param reason how it was counted
 */
public record MemoryPart(String name, long bytes, String reason) {}
