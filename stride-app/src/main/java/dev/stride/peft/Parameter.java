package dev.stride.peft;

import org.bytedeco.pytorch.Tensor;

/**
 * One tensor that trains: a float32 master that gathers gradients.
 *
 * @param name its name in the checkpoint or adapter
 * @param tensor the master
 * @param decays whether weight decay acts on it: matrices decay, biases and norms do not. Decided by the number of
 *     dimensions, not by the name
 */
public record Parameter(String name, Tensor tensor, boolean decays) {
    /** A parameter that decays if it is a matrix. */
    static Parameter of(String name, Tensor tensor) {
        return new Parameter(name, tensor, tensor.ndimension() >= 2);
    }
}
