package dev.stride.config;

import java.util.List;

/**
 * A value as it was written, before it is checked.
 *
 * @param path key
 * @param texts one text, or those of a list
 * @param isSequence whether it was written as a list
 * @param origin who wrote it
 */
record Written(String path, List<String> texts, boolean isSequence, Origin origin) {}
