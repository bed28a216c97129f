/** Weights on disk: reading, writing, saving and resuming. */
@NullMarked
package dev.stride.checkpoint;

import org.jspecify.annotations.NullMarked;
