package dev.stride.model;

import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** One pre-norm block: x + attention(norm(x)), then + MLP(norm(.)) (chatglm3.md 1.3). */
final class Layer {
    private final ChatGlmConfig config;
    private final int index;
    private final Tensor inputNorm; // [hidden]
    private final Linear queryKeyValue;
    private final Linear dense;
    private final Tensor postAttentionNorm; // [hidden]
    private final Linear hTo4h;
    private final Linear fourHToH;

    Layer(
            ChatGlmConfig config,
            int index,
            Tensor inputNorm,
            Linear queryKeyValue,
            Linear dense,
            Tensor postAttentionNorm,
            Linear hTo4h,
            Linear fourHToH) {
        this.config = config;
        this.index = index;
        this.inputNorm = inputNorm;
        this.queryKeyValue = queryKeyValue;
        this.dense = dense;
        this.postAttentionNorm = postAttentionNorm;
        this.hTo4h = hTo4h;
        this.fourHToH = fourHToH;
    }

    /**
     * The block's output.
     *
     * @param x [tokens, hidden]
     * @param rotations complex [tokens, 1, head / 2]
     */
    Tensor forward(Tensor x, Tensor rotations, Attention attention) {
        Tensor afterAttention = x.add(attention(rmsNorm(x, inputNorm, config.epsilon()), rotations, attention));
        return afterAttention.add(mlp(rmsNorm(afterAttention, postAttentionNorm, config.epsilon())));
    }

    Linear[] linears() {
        return new Linear[] {queryKeyValue, dense, hTo4h, fourHToH};
    }

    private Tensor attention(Tensor x, Tensor rotations, Attention attention) {
        torch.ScalarType type = Tensors.type(x);
        long tokens = x.size(0);
        long heads = config.numHeads();
        long groups = config.numGroups();
        // attention is computed in float32: bfloat16 attention is many times slower on a CPU (bench/), and exacter so
        Tensor qkv = Tensors.as(queryKeyValue.apply(x), torch.ScalarType.Float)
                .view(tokens, heads + 2 * groups, config.headSize());
        TensorVector parts = torch.split_with_sizes(qkv, new long[] {heads + groups, groups}, 1);
        Tensor turned = Rotary.turn(parts.get(0), rotations); // [tokens, heads + groups, head]
        TensorVector queryAndKey = torch.split_with_sizes(turned, new long[] {heads, groups}, 1);
        Tensor context =
                attention.attend(index, queryAndKey.get(0), queryAndKey.get(1), parts.get(1)); // [tokens, heads x head]
        return dense.apply(Tensors.as(context, type));
    }

    private Tensor mlp(Tensor x) {
        TensorVector halves = hTo4h.apply(x).chunk(2, -1); // two of [tokens, ffn]; the gate is the first
        return fourHToH.apply(torch.silu(halves.get(0)).mul(halves.get(1)));
    }

    /** x / sqrt(mean(x^2) + eps) x weight, all in float32, then cast back to the type of x. */
    static Tensor rmsNorm(Tensor x, Tensor weight, double epsilon) {
        torch.ScalarType type = Tensors.type(x);
        Tensor normed = torch.rms_norm(
                Tensors.as(x, torch.ScalarType.Float),
                new long[] {x.size(1)},
                new TensorOptional(Tensors.as(weight, torch.ScalarType.Float)),
                new DoubleOptional(epsilon));
        return Tensors.as(normed, type);
    }
}
