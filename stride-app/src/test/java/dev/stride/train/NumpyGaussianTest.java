package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class NumpyGaussianTest {
    /** numpy 1.24: {@code numpy.random.RandomState(0).randn(6)} as numpy prints it. */
    @Test
    void next_ofSeed0_isNumpys() {
        NumpyGaussian gaussian = new NumpyGaussian(0);
        double[] expected = {1.76405235, 0.40015721, 0.97873798, 2.2408932, 1.86755799, -0.97727788};
        for (double value : expected) {
            assertThat(gaussian.next()).isCloseTo(value, within(5e-9));
        }
    }
}
