/** Which rate to try next, which trial to stop, which rate won: from numbers alone. */
@NullMarked
package dev.stride.search;

import org.jspecify.annotations.NullMarked;
