/** Text to ids and back; messages, roles and the chat template. */
@NullMarked
package dev.stride.tokenizer;

import org.jspecify.annotations.NullMarked;
