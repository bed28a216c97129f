package dev.stride.peft;

import dev.stride.config.UserException;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Linear;
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

/**
 * LoRA: beside chosen linears a low-rank product trains, the base is frozen.
 *
 * <p>y = base(x) + scale x B(A(dropout(x))), the adapter in float32, the sum in the type of the base's output. A starts
 * uniform in +-1/sqrt(in) (Kaiming with a = sqrt 5), B at zero (PEFT's LoraLayer; Hu et al. 2021). The tuning owns A and B.
 */
public final class LoraTuning implements TuningMethod {
    private final LoraSettings settings;
    private final Map<String, Pair> pairs = new LinkedHashMap<>();
    private final List<Parameter> parameters = new ArrayList<>();
    private boolean training;

    private record Pair(Linear linear, Tensor a, Tensor b) {} // a [rank, in], b [out, rank]

    /** A fresh adapter beside the targets of every block; the same seed gives the same A. */
    public LoraTuning(ChatGlmModel model, LoraSettings settings, long seed) {
        this.settings = settings;
        SplittableRandom random = new SplittableRandom(seed);
        for (Linear linear : model.linears()) {
            if (settings.targets().contains(lastPart(linear.name()))) {
                add(model, linear, random.split());
            }
        }
        if (pairs.isEmpty()) {
            throw new UserException("lora.targets: " + settings.targets()
                    + "; allowed: query_key_value, dense, dense_h_to_4h, dense_4h_to_h");
        }
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

    /** The merged weight of every adapted linear, by the weight's published name. */
    public Map<String, Tensor> mergedWeights() {
        Map<String, Tensor> merged = new LinkedHashMap<>();
        pairs.forEach((name, pair) ->
                merged.put(name + ".weight", merged(pair.linear().weight(), pair.a(), pair.b(), settings.scale())));
        return merged;
    }

    @Override
    public List<Parameter> parameters() {
        return Collections.unmodifiableList(parameters);
    }

    @Override
    public boolean usesDropout() {
        return settings.dropout() > 0;
    }

    @Override
    public void training(boolean on) {
        training = on;
    }

    @Override
    public void close() {
        for (Pair pair : pairs.values()) {
            pair.linear().setAddition(null);
            TensorScope.free(pair.a());
            TensorScope.free(pair.b());
        }
    }

    private void add(ChatGlmModel model, Linear linear, SplittableRandom random) {
        long out = linear.weight().size(0);
        int in = (int) linear.weight().size(1);
        double bound = 1 / Math.sqrt(in);
        float[] values = new float[settings.rank() * in];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        Tensor a = TensorScope.outlive(() -> Tensors.onto(Tensors.of(values, settings.rank(), in), model.device())
                .requires_grad_(true));
        Tensor b = TensorScope.outlive(() -> Tensors.zeros(torch.ScalarType.Float, model.device(), out, settings.rank())
                .requires_grad_(true));
        pairs.put(linear.name(), new Pair(linear, a, b));
        parameters.add(Parameter.of(linear.name() + ".lora_A.weight", a));
        parameters.add(Parameter.of(linear.name() + ".lora_B.weight", b));
        Scalar scale = new Scalar(settings.scale());
        linear.setAddition((x, y) -> {
            Tensor input = Tensors.as(x, torch.ScalarType.Float);
            if (training && settings.dropout() > 0) {
                input = torch.dropout(input, settings.dropout(), true);
            }
            Tensor product = torch.linear(torch.linear(input, a), b).mul(scale); // [tokens, out]
            return Tensors.as(y.add(product), Tensors.type(y));
        });
    }

    private static String lastPart(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
