/** Ranks of one training: who they are, how they meet, what they add up, and what happens when one is lost. */
@NullMarked
package dev.stride.distributed;

import org.jspecify.annotations.NullMarked;
