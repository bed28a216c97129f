/** One class a verb; the only room that prints or exits. */
@NullMarked
package dev.stride.cli;

import org.jspecify.annotations.NullMarked;
