/** Which rate to try next and which rate won, from numbers alone; and what a sweep leaves behind, {@code sweep.json}. */
@NullMarked
package dev.stride.search;

import org.jspecify.annotations.NullMarked;
