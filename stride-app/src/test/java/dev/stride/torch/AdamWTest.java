package dev.stride.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** The fused kernel against the formula in double arithmetic (Loshchilov and Hutter 2019, algorithm 2). */
class AdamWTest {
    private static final int SIZE = 37; // not a multiple of any vector width
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.95;
    private static final double EPSILON = 1e-8;

    @Test
    void step_usesTheGivenRateDecayAndFactor() {
        double[] rates = {1e-3, 3e-2, 5e-5, 0, 1e-2};
        double[] decays = {0.1, 0.1, 0, 0.1, 0.3};
        double[] factors = {1, 0.25, 1, 1, 1.0 / 65536};
        Random random = new Random(2);
        double[] parameter = new double[SIZE];
        double[] momentum = new double[SIZE];
        double[] variance = new double[SIZE];
        float[] start = gaussians(random, 1);
        for (int i = 0; i < SIZE; i++) {
            parameter[i] = start[i];
        }
        try (TensorScope scope = new TensorScope();
                AdamW optimizer = new AdamW(BETA1, BETA2, EPSILON)) {
            Tensor tensor = Tensors.of(start, SIZE).requires_grad_(true);
            optimizer.add("p", tensor);
            for (int t = 1; t <= rates.length; t++) {
                float[] gradient = gaussians(random, 1 / factors[t - 1]);
                tensor.mutable_grad().put(Tensors.of(gradient, SIZE));
                optimizer.step(optimizer.slots(), rates[t - 1], decays[t - 1], factors[t - 1]);
                optimizer.clearGradients();
                assertThat(Tensors.gradient(tensor).defined()).isFalse();
                float[] actual = Tensors.floats(tensor);
                for (int i = 0; i < SIZE; i++) {
                    double g = gradient[i] * factors[t - 1];
                    parameter[i] -= rates[t - 1] * decays[t - 1] * parameter[i];
                    momentum[i] = BETA1 * momentum[i] + (1 - BETA1) * g;
                    variance[i] = BETA2 * variance[i] + (1 - BETA2) * g * g;
                    double m = momentum[i] / (1 - Math.pow(BETA1, t));
                    double v = variance[i] / (1 - Math.pow(BETA2, t));
                    parameter[i] -= rates[t - 1] * m / (Math.sqrt(v) + EPSILON);
                    // float32 rounds each of the t results, of size about 1, by up to 6e-8
                    assertThat((double) actual[i]).as("value %d, step %d", i, t).isCloseTo(parameter[i], within(4e-7));
                }
            }
            assertThat(Tensors.floats(optimizer.slots().get(0).step())).containsExactly(rates.length);
        }
    }

    @Test
    void gradientNorm_isThatOfAllGradientsTogether() {
        try (TensorScope scope = new TensorScope();
                AdamW optimizer = new AdamW(BETA1, BETA2, EPSILON)) {
            Tensor a = Tensors.of(new float[2], 2).requires_grad_(true);
            Tensor b = Tensors.of(new float[1], 1).requires_grad_(true);
            Tensor unused = Tensors.of(new float[1], 1).requires_grad_(true);
            optimizer.add("a", a);
            optimizer.add("b", b);
            optimizer.add("unused", unused);
            assertThat(optimizer.gradientNorm()).isZero();
            a.mutable_grad().put(Tensors.of(new float[] {2, 3}, 2));
            b.mutable_grad().put(Tensors.of(new float[] {6}, 1));
            assertThat(optimizer.gradientNorm()).isEqualTo(7);
            b.mutable_grad().put(Tensors.of(new float[] {Float.POSITIVE_INFINITY}, 1));
            assertThat(optimizer.gradientNorm()).isInfinite();
            b.mutable_grad().put(Tensors.of(new float[] {Float.NaN}, 1));
            assertThat(optimizer.gradientNorm()).isNaN();
        }
    }

    private static float[] gaussians(Random random, double scale) {
        float[] values = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return values;
    }
}
