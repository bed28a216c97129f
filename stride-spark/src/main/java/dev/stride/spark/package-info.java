/** Trials of a sweep on a Spark cluster: one job and job group each, in which a task minds the trial's process. */
@org.jspecify.annotations.NullMarked
package dev.stride.spark;
