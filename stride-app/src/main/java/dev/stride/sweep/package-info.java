/** A sweep as a whole: its trials as run folders, trained together or one after the other, and the answer. */
@NullMarked
package dev.stride.sweep;

import org.jspecify.annotations.NullMarked;
