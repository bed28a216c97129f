package dev.stride.peft;

import dev.stride.config.UserException;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Linear;
import dev.stride.torch.Native;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * LoRA: beside chosen linears a low-rank product trains, the base is frozen.
 *
 * <p>y = base(x) + scale x B(A(dropout(x))), the adapter in float32, the sum in the type of the base's output. A starts
 * uniform in +-1/sqrt(in) (Kaiming with a = sqrt 5), B at zero (PEFT's LoraLayer; Hu et al. 2021). The tuning owns A and B.
 */
public final class LoraTuning implements TuningMethod {
    private final LoraSettings settings;
    private final Scalar scale;
    private final Map<String, Pair> pairs = new LinkedHashMap<>();
    private final List<Parameter> parameters = new ArrayList<>();
    private final boolean attached;
    private long passSeed;

    /** A [rank, in] and B [out, rank] beside the linear that is the {@code ordinal}-th of the model. */
    private record Pair(Linear linear, int ordinal, Tensor a, Tensor b) {}

    /** A fresh adapter beside the targets of every block; the same seed gives the same A. */
    public LoraTuning(ChatGlmModel model, LoraSettings settings, long seed) {
        this(model, settings, seed, true);
    }

    private LoraTuning(ChatGlmModel model, LoraSettings settings, long seed, boolean attached) {
        this.settings = settings;
        this.scale = new Scalar(settings.scale());
        this.attached = attached;
        SplittableRandom random = new SplittableRandom(seed);
        List<Linear> linears = model.linears();
        for (int i = 0; i < linears.size(); i++) {
            if (settings.targets().contains(lastPart(linears.get(i).name()))) {
                add(model, linears.get(i), i, random.split());
            }
        }
        if (pairs.isEmpty()) {
            throw new UserException("lora.targets: " + settings.targets()
                    + "; allowed: query_key_value, dense, dense_h_to_4h, dense_4h_to_h");
        }
        if (attached) {
            pairs.values().forEach(this::attach);
        }
    }

    /** The same adapter, but the model's linears do not know of it: one of several of a {@link LoraGroup}. */
    public static LoraTuning detached(ChatGlmModel model, LoraSettings settings, long seed) {
        return new LoraTuning(model, settings, seed, false);
    }

    /** The adapter's shape. */
    public LoraSettings settings() {
        return settings;
    }

    /** The tensors under PEFT's names without the leading {@code base_model.model.}. */
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        pairs.forEach((name, pair) -> {
            tensors.put(name + ".lora_A.weight", pair.a());
            tensors.put(name + ".lora_B.weight", pair.b());
        });
        return Collections.unmodifiableMap(tensors);
    }

    /** What a linear's weight is with the adapter merged in: W + scale x B A in float32, cast back. */
    public static Tensor merged(Tensor weight, Tensor a, Tensor b, double scale) {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor sum = Tensors.as(weight, torch.ScalarType.Float).add(b.mm(a).mul(new Scalar(scale)));
            return scope.handUp(Tensors.as(sum, Tensors.type(weight)));
        }
    }

    /** The merged weight of every adapted linear in float32, by the weight's published name. */
    public Map<String, Tensor> mergedWeights() {
        Map<String, Tensor> merged = new LinkedHashMap<>();
        pairs.forEach((name, pair) -> merged.put(
                name + ".weight",
                merged(pair.linear().matrix(torch.ScalarType.Float), pair.a(), pair.b(), settings.scale())));
        return merged;
    }

    @Override
    public List<Parameter> parameters() {
        return Collections.unmodifiableList(parameters);
    }

    @Override
    public void dropoutSeed(long passSeed) {
        this.passSeed = passSeed;
    }

    @Override
    public void close() {
        for (Pair pair : pairs.values()) {
            if (attached) {
                pair.linear().setAddition(null);
            }
            TensorScope.free(pair.a());
            TensorScope.free(pair.b());
        }
    }

    /** Whether it has a product beside a linear. */
    boolean isBeside(Linear linear) {
        return pairs.containsKey(linear.name());
    }

    /**
     * What the adapter adds beside a linear.
     *
     * @param input float32 [tokens, in]
     * @return float32 [tokens, out]; null where it adds nothing to this linear
     */
    @Nullable
    Tensor product(Linear linear, Tensor input) {
        Pair pair = pairs.get(linear.name());
        return pair == null ? null : product(pair, input);
    }

    private Tensor product(Pair pair, Tensor input) {
        Tensor kept = input;
        if (passSeed != 0 && settings.dropout() > 0) {
            // a seed for each mask: it repeats when a block runs again, and does not depend on what else draws
            Native.seed(maskSeed(passSeed, pair.ordinal()));
            kept = torch.dropout(input, settings.dropout(), true);
        }
        return torch.linear(torch.linear(kept, pair.a()), pair.b()).mul(scale); // [tokens, out]
    }

    private void attach(Pair pair) {
        pair.linear().setAddition((x, y) -> {
            Tensor product = product(pair, Tensors.as(x, torch.ScalarType.Float)); // [tokens, out]
            return Tensors.as(y.add(product), Tensors.type(y));
        });
    }

    private void add(ChatGlmModel model, Linear linear, int ordinal, SplittableRandom random) {
        long out = linear.shape()[0];
        int in = (int) linear.shape()[1];
        double bound = 1 / Math.sqrt(in);
        float[] values = new float[settings.rank() * in];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        Tensor a = TensorScope.outlive(() -> Tensors.onto(Tensors.of(values, settings.rank(), in), model.device())
                .requires_grad_(true));
        Tensor b = TensorScope.outlive(() -> Tensors.zeros(torch.ScalarType.Float, model.device(), out, settings.rank())
                .requires_grad_(true));
        pairs.put(linear.name(), new Pair(linear, ordinal, a, b));
        parameters.add(Parameter.of(linear.name() + ".lora_A.weight", a));
        parameters.add(Parameter.of(linear.name() + ".lora_B.weight", b));
    }

    private static long maskSeed(long passSeed, int ordinal) {
        long mixed = passSeed * 0x9E3779B97F4A7C15L + (ordinal + 1) * 0xBF58476D1CE4E5B9L;
        return (mixed ^ (mixed >>> 29)) & 0xFFFFFFFFFFL;
    }

    private static String lastPart(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
