package dev.stride.search;

/**
 * A sentence for people, in both languages.
 *
 * @param english as the console has it
 * @param chinese the same in Chinese
 */
public record Saying(String english, String chinese) {}
