package dev.stride.model;

import dev.stride.torch.Native;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The partial interleaved rotary embedding of ChatGLM (modeling_chatglm.py, RotaryEmbedding).
 *
 * <p>Channels (2i, 2i+1) of a head form a pair and turn by position x base^(-2i/n), n = the rotary size, base = 10000 x
 * rope ratio; channels from n on pass through. A pair is held as one complex number, so turning is one product; the
 * channels that pass are multiplied by 1.
 */
final class Rotary implements AutoCloseable {
    private final ChatGlmConfig config;
    private final torch.ScalarType tableType;
    private final Device device;
    private Tensor table; // complex [positions, head / 2]
    private int covered;

    /**
     * A table whose cosines and sines are rounded to a type.
     *
     * @param tableType float32, float16 or bfloat16, the type of the model
     */
    Rotary(ChatGlmConfig config, torch.ScalarType tableType, Device device) {
        this.config = config;
        this.tableType = tableType;
        this.device = device;
        this.table = TensorScope.outlive(() -> build(0));
    }

    /** The rotations of the given positions, complex [tokens, 1, head / 2]. */
    Tensor at(int[] positions) {
        int last = 0;
        for (int position : positions) {
            last = Math.max(last, position);
        }
        cover(last + 1);
        return table.index_select(0, Tensors.indices(positions, device)).unsqueeze(1);
    }

    /** Heads turned to their positions: float32 [tokens, heads, head] in and out. */
    static Tensor turn(Tensor heads, Tensor rotations) {
        long[] shape = heads.shape();
        Tensor pairs = torch.view_as_complex(heads.view(shape[0], shape[1], shape[2] / 2, 2));
        return torch.view_as_real(pairs.mul(rotations)).view(shape);
    }

    /** Cosines and sines of positions 0 to {@code positions} - 1, rounded to the table's type: [positions, n / 2, 2]. */
    Tensor cosAndSin(int positions) {
        try (TensorScope scope = new TensorScope()) {
            return scope.keep(angles(positions));
        }
    }

    private void cover(int positions) {
        if (positions <= covered) {
            return;
        }
        // grow by doubling, so that a long generation rebuilds the table a few times only
        int target = Math.max(positions, Math.max(512, Math.min(2 * covered, config.seqLength())));
        Tensor longer = TensorScope.outlive(() -> build(target));
        TensorScope.free(table);
        table = longer;
        covered = target;
    }

    private Tensor angles(int positions) {
        torch.ScalarType angleType =
                config.rotaryRule() == ChatGlmConfig.RotaryRule.FLOAT32 ? torch.ScalarType.Float : tableType;
        TensorOptions options = Tensors.options(angleType, Native.cpu());
        int n = config.rotarySize();
        Tensor exponents = torch.arange(new Scalar(0), new Scalar(n), new Scalar(2), options)
                .div(new Scalar(n));
        Tensor base = torch.pow(new Scalar(10000 * config.ropeRatio()), exponents);
        Tensor theta = base.reciprocal(); // [n / 2]
        Tensor steps = torch.arange(new Scalar(0), new Scalar(positions), new Scalar(1), options);
        Tensor angle = torch.outer(steps, theta).to(torch.ScalarType.Float); // [positions, n / 2]
        Tensor pairs = torch.stack(new TensorVector(angle.cos(), angle.sin()), -1);
        return pairs.to(tableType); // [positions, n / 2, 2]
    }

    private Tensor build(int positions) {
        Tensor turning = angles(positions).to(torch.ScalarType.Float);
        int passing = (config.headSize() - config.rotarySize()) / 2;
        Tensor ones = torch.ones(positions, passing, 1);
        Tensor unit = torch.cat(new TensorVector(ones, torch.zeros(positions, passing, 1)), 2);
        Tensor all = torch.cat(new TensorVector(turning, unit), 1).contiguous(); // [positions, head / 2, 2]
        return Tensors.onto(torch.view_as_complex(all), device);
    }

    @Override
    public void close() {
        TensorScope.free(table);
    }
}
