/** Answers of a model, many at a time: a queue, one decoding loop, cached keys and values, and the form of a conversation. */
@NullMarked
package dev.stride.chat;

import org.jspecify.annotations.NullMarked;
