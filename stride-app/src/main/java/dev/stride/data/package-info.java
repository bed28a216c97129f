/** Files become examples, examples become batches of plain arrays. */
@NullMarked
package dev.stride.data;

import org.jspecify.annotations.NullMarked;
