/** Validation loss, and generated text scored against references. */
@NullMarked
package dev.stride.eval;

import org.jspecify.annotations.NullMarked;
