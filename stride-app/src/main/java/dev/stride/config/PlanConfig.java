package dev.stride.config;

/**
 * Which rules plan the rate where none is given.
 *
 * @param profile set of rules
 * @param scaling how the peak follows the batch
 */
public record PlanConfig(RuleProfile profile, ScalingRule scaling) {}
