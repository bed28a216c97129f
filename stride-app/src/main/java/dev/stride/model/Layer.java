package dev.stride.model;

import dev.stride.torch.Native;
import dev.stride.torch.Tensors;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** One pre-norm block: x + attention(norm(x)), then + MLP(norm(.)). */
final class Layer {
    /** Products of rows up to this length are too small for OpenBLAS to spread. */
    private static final int UNSPREAD_ROW = 128;

    private final ChatGlmConfig config;
    private final int index;
    private final Norm inputNorm;
    private final Linear queryKeyValue;
    private final Linear dense;
    private final Norm postAttentionNorm;
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
        this.inputNorm = new Norm(inputNorm, config.epsilon());
        this.queryKeyValue = queryKeyValue;
        this.dense = dense;
        this.postAttentionNorm = new Norm(postAttentionNorm, config.epsilon());
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
        Tensor sum = x;
        for (List<Piece> branch : branches(rotations, attention)) {
            Tensor y = sum;
            for (Piece piece : branch) {
                y = piece.forward(y);
            }
            sum = sum.add(y);
        }
        return sum;
    }

    /**
     * The two branches of the block, each added to its own input.
     *
     * @param rotations complex [tokens, 1, head / 2]
     */
    List<List<Piece>> branches(Tensor rotations, Attention attention) {
        return List.of(
                List.of(inputNorm, queryKeyValue::apply, new Core(rotations, attention), dense::apply),
                List.of(postAttentionNorm, this::mlp));
    }

    Linear[] linears() {
        return new Linear[] {queryKeyValue, dense, hTo4h, fourHToH};
    }

    private Tensor mlp(Tensor x) {
        TensorVector halves = hTo4h.apply(x).chunk(2, -1); // two of [tokens, ffn]; the gate is the first
        return fourHToH.apply(torch.silu(halves.get(0)).mul(halves.get(1)));
    }

    /**
     * From queries, keys and values in one matrix, [tokens, qkv], to what the heads give, [tokens, heads x head].
     *
     * <p>For long rows both ways run with one thread a product: libtorch spreads the heads over its own threads, and
     * products that spread once more wait for each other, which makes attention two to ten times slower (bench/).
     */
    private final class Core implements Piece {
        private final Tensor rotations;
        private final Attention attention;

        Core(Tensor rotations, Attention attention) {
            this.rotations = rotations;
            this.attention = attention;
        }

        @Override
        public Tensor forward(Tensor qkv) {
            try (Native.ProductThreads threads = productThreads()) {
                return attend(qkv);
            }
        }

        @Override
        public WayBack record(Tensor qkv, boolean gradientWanted) {
            return new Island(this, qkv, gradientWanted) {
                @Override
                public @Nullable Tensor backward(Tensor gradient) {
                    try (Native.ProductThreads threads = productThreads()) {
                        return super.backward(gradient);
                    }
                }
            };
        }

        private Native.ProductThreads productThreads() {
            return attention.longestRow() > UNSPREAD_ROW ? Native.oneProductThread() : () -> {};
        }

        private Tensor attend(Tensor qkv) {
            torch.ScalarType type = Tensors.type(qkv);
            long groups = config.numGroups();
            long heads = config.numHeads();
            // attention is computed in float32: bfloat16 attention is many times slower on a CPU (bench/), and exacter
            // so
            Tensor all =
                    Tensors.as(qkv, torch.ScalarType.Float).view(qkv.size(0), heads + 2 * groups, config.headSize());
            TensorVector parts = torch.split_with_sizes(all, new long[] {heads + groups, groups}, 1);
            Tensor turned = Rotary.turn(parts.get(0), rotations); // [tokens, heads + groups, head]
            TensorVector queryAndKey = torch.split_with_sizes(turned, new long[] {heads, groups}, 1);
            return Tensors.as(attention.attend(index, queryAndKey.get(0), queryAndKey.get(1), parts.get(1)), type);
        }
    }
}
