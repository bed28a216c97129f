/** Turns a task, a batch and a method into a plan: numbers, each with its reason. */
@NullMarked
package dev.stride.recipe;

import org.jspecify.annotations.NullMarked;
