package dev.stride.checkpoint;

import java.nio.file.Path;

/**
 * A finished checkpoint of a run.
 *
 * @param step the number of updates behind it
 * @param folder where it lies
 */
public record Checkpoint(long step, Path folder) {}
