/** The ChatGLM forward pass, its cache, and generation. */
@NullMarked
package dev.stride.model;

import org.jspecify.annotations.NullMarked;
