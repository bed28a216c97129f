package dev.stride.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a run lives.
 *
 * @param dir the run's folder; null: the verb chooses one
 * @param resume a run's folder to go on with; null: a new run
 */
public record OutputConfig(@Nullable Path dir, @Nullable Path resume) {}
