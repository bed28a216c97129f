/** The texts that the project's samples are made of: a general corpus and the three tasks of the demo, from a seed. */
@NullMarked
package dev.stride.samples;

import org.jspecify.annotations.NullMarked;
