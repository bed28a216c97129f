package dev.stride.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoint.
 *
 * @param path folder in the published layout; null where the verb needs none
 * @param family whose rules it follows
 * @param adapter adapter folder to use; for verbs that do not train
 * @param initAdapter adapter folder that training starts from; null: a fresh adapter
 */
public record ModelConfig(
        @Nullable Path path,
        ModelFamily family,
        @Nullable Path adapter,
        @Nullable Path initAdapter) {}
