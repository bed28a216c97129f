package dev.stride.config;

/**
 * Which rules plan the rate where none is given.
 *
 * @param profile set of rules
 * @param scaling how the peak follows the batch
 * @param hardware whose factor is applied
 * @param hardwareFactor whether it is applied at all
 * @param ranks that a recipe's batch is multiplied by
 */
public record PlanConfig(
        RuleProfile profile, ScalingRule scaling, HardwareChoice hardware, boolean hardwareFactor, int ranks) {}
