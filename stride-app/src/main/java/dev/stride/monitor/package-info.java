/** Watches a run: judges its steps and evaluations, and says what is tried after a stop. */
@NullMarked
package dev.stride.monitor;

import org.jspecify.annotations.NullMarked;
