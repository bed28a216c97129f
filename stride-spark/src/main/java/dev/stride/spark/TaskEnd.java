package dev.stride.spark;

import java.io.Serializable;

/**
 * How a trial's process ended.
 *
 * @param status what it exited with
 * @param said its last words
 */
record TaskEnd(int status, String said) implements Serializable {}
