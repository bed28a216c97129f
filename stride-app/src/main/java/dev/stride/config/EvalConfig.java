package dev.stride.config;

/**
 * What an evaluation does besides the validation loss.
 *
 * @param generateRows first rows of the validation data that are generated and scored; 0: loss only
 * @param maxNewTokens most tokens of a generated answer
 * @param batch rows that are generated together
 */
public record EvalConfig(int generateRows, int maxNewTokens, int batch) {}
