/** Which parameters train, what is saved for them, and how they merge into the base. */
@NullMarked
package dev.stride.peft;

import org.jspecify.annotations.NullMarked;
