/**
 * A spoken conversation, apart from the web server that carries it: audio, who speaks when, text for the ear, and the
 * engines that hear and speak. A {@link Call} joins them.
 */
@NullMarked
package dev.stride.voice;

import org.jspecify.annotations.NullMarked;
