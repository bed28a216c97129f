/** The training loop, one step of it, and the one writer of the rate. */
@NullMarked
package dev.stride.train;

import org.jspecify.annotations.NullMarked;
