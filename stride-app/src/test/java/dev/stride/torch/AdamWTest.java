package dev.stride.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
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

    /** Three updates worked out in double precision, decay first; the same kernel in float64, to 1e-9. */
    @Test
    void step_threeKnownGradients_isTheTableOfAdamW() {
        float[] tenths = {1, -2, 3};
        double[] expected = {0.498950000100, 0.499266208604, 0.498873040919};
        try (TensorScope scope = new TensorScope();
                AdamW optimizer = new AdamW(0.9, 0.999, 1e-8)) {
            Tensor tensor = Tensors.as(Tensors.of(new float[] {0.5f}, 1), torch.ScalarType.Double)
                    .requires_grad_(true);
            optimizer.add("p", tensor);
            for (int t = 0; t < tenths.length; t++) {
                Tensor tenth = Tensors.as(Tensors.of(new float[] {tenths[t]}, 1), torch.ScalarType.Double);
                tensor.mutable_grad().put(tenth.div(new Scalar(10.0)));
                optimizer.step(optimizer.slots(), 1e-3, 0.1, 1);
                assertThat(tensor.item_double()).as("update %d", t + 1).isCloseTo(expected[t], within(1e-9 * 0.5));
                optimizer.clearGradients();
            }
        }
    }

    /** Why moments, eps and masters are float32: what 16-bit storage makes of eps and of a small update. */
    @Test
    void storage_of16Bits_losesEpsAndSmallUpdates() {
        assertThat(stored(1e-8f, torch.ScalarType.Half)).isZero();
        assertThat(stored(1e-8f, torch.ScalarType.BFloat16)).isCloseTo(1.0011717677e-8, within(1e-17));
        assertThat(stored(1 - 0.0019f, torch.ScalarType.BFloat16)).isEqualTo(1);
        assertThat(stored(1 - 0.0020f, torch.ScalarType.BFloat16)).isEqualTo(0.99609375);
    }

    private static double stored(float value, torch.ScalarType type) {
        try (TensorScope scope = new TensorScope()) {
            return Tensors.as(Tensors.of(new float[] {value}, 1), type).item_double();
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
