package dev.stride.samples;

/**
 * A short piece of running text.
 *
 * @param text one to four sentences without a line feed
 */
public record PlainText(String text) implements SampleItem {}
