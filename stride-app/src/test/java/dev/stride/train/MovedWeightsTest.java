package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.peft.Parameter;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class MovedWeightsTest {
    @Test
    void after_updatesOfAllOrNoneOrSome_isTheirShare() {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor large = torch.ones(500, 1000);
            Tensor small = torch.ones(10);
            MovedWeights moved = new MovedWeights(
                    List.of(new Parameter("large", large, true), new Parameter("small", small, false)));
            moved.before();
            assertThat(moved.after()).isZero();
            moved.before();
            large.add_(new Scalar(1e-3));
            small.add_(new Scalar(1e-3));
            assertThat(moved.after()).isEqualTo(1);
            moved.before();
            large.narrow(0, 0, 125).add_(new Scalar(1e-3));
            assertThat(moved.after()).isCloseTo(0.25, within(0.001));
        }
    }

    @Test
    void after_updateBelowTheLastBit_isNone() {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor weights = torch.ones(100);
            MovedWeights moved = new MovedWeights(List.of(new Parameter("w", weights, false)));
            moved.before();
            weights.add_(new Scalar(1e-9)); // half of the last bit of 1 in float32 is 6e-8
            assertThat(moved.after()).isZero();
        }
    }
}
