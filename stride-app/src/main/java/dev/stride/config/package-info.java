/** Every knob: its name, type, range and default; YAML and flags become one checked set of settings. */
@NullMarked
package dev.stride.config;

import org.jspecify.annotations.NullMarked;
