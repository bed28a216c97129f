/** What is the rate at step n: pure functions of the step. */
@NullMarked
package dev.stride.schedule;

import org.jspecify.annotations.NullMarked;
