/** A run's folder: manifest, events and the sinks that write them. */
@NullMarked
package dev.stride.experiment;

import org.jspecify.annotations.NullMarked;
