/** Judges a step's report: go on, skip the update, or stop. */
@NullMarked
package dev.stride.monitor;

import org.jspecify.annotations.NullMarked;
