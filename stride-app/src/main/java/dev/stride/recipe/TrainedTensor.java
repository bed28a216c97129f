package dev.stride.recipe;

/**
 * One tensor that a method trains, by its name in the checkpoint or adapter.
 *
 * @param name as the parameters of the tuning method have it
 * @param elements numbers in it
 * @param decays whether weight decay acts on it: a matrix
 */
public record TrainedTensor(String name, long elements, boolean decays) {}
