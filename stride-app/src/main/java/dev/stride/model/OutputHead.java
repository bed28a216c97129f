package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The output layer and the cross entropy as one step, on trained positions only and in chunks of them, so that no
 * [tokens, vocabulary] matrix is ever whole.
 *
 * <p>Loss of a position = logsumexp(logits) - logits[target], in float32 (modeling_chatglm.py). Its gradient by the logits,
 * softmax - onehot, is written over the logits themselves, and turned at once into the gradients of the hidden state and
 * of the output weight.
 */
public final class OutputHead {
    /** Logits of one chunk take at most about this much memory, whatever the vocabulary. */
    private static final long CHUNK_BYTES = 32L << 20;

    private OutputHead() {}

    /**
     * What came of the head.
     *
     * @param lossSum the sum of the positions' losses
     * @param gradient of the scaled loss by the hidden states [tokens, hidden]; null when none was asked for
     */
    public record Outcome(double lossSum, @Nullable Tensor gradient) {}

    /** The loss of each position. */
    public static float[] losses(ChatGlmModel model, Tensor hidden, int[] positions, int[] targets) {
        float[] losses = new float[positions.length];
        run(model, hidden, positions, targets, Double.NaN, losses);
        return losses;
    }

    /**
     * The sum of the losses and the gradient of (that sum x scale); the output weight's gradient is added to it where it
     * trains.
     *
     * @param hidden [tokens, hidden], without history
     * @param scale usually 1 / (trained tokens of the whole update)
     */
    public static Outcome lossAndGradient(
            ChatGlmModel model, Tensor hidden, int[] positions, int[] targets, double scale) {
        return run(model, hidden, positions, targets, scale, null);
    }

    /** @param each takes the loss of every position, where it is wanted */
    private static Outcome run(
            ChatGlmModel model, Tensor hidden, int[] positions, int[] targets, double scale, float @Nullable [] each) {
        boolean gradients = !Double.isNaN(scale);
        Tensor master = model.outputWeight();
        long vocabulary = master.size(0);
        int chunk = (int) Math.max(16, CHUNK_BYTES / (4 * vocabulary));
        double lossSum = 0;
        try (NoGrad off = new NoGrad();
                TensorScope outer = new TensorScope()) {
            torch.ScalarType type = productType(master, hidden);
            Tensor weight = Tensors.as(master, type); // [vocabulary, hidden]
            Tensor transposed = weight.t();
            boolean trainsWeight = gradients && master.requires_grad();
            Tensor weightGradient = trainsWeight ? gradientOf(master) : null;
            Tensor gradient = gradients ? torch.zeros_like(hidden) : null;
            for (int start = 0; start < positions.length; start += chunk) {
                int end = Math.min(positions.length, start + chunk);
                try (TensorScope scope = new TensorScope()) {
                    Tensor rows = Tensors.indices(java.util.Arrays.copyOfRange(positions, start, end), model.device());
                    Tensor wanted = Tensors.indices(java.util.Arrays.copyOfRange(targets, start, end), model.device())
                            .unsqueeze(1); // [chunk, 1]
                    Tensor h = Tensors.as(hidden.index_select(0, rows), type); // [chunk, hidden]
                    Tensor logits = Tensors.as(h.mm(transposed), torch.ScalarType.Float); // [chunk, vocabulary]
                    Tensor logs = logits.log_softmax(1); // of the probabilities
                    Tensor losses = logs.gather(1, wanted).neg_(); // [chunk, 1]
                    lossSum += losses.sum(new org.bytedeco.pytorch.ScalarTypeOptional(torch.ScalarType.Double))
                            .item_double();
                    if (each != null) {
                        System.arraycopy(Tensors.floats(losses), 0, each, start, end - start);
                    }
                    if (gradient != null) {
                        logs.exp_().scatter_add_(1, wanted, torch.full_like(losses, new Scalar(-1)));
                        Tensor byLogits = Tensors.as(logs, type); // not yet scaled: the products are smaller
                        Tensor byHidden = Tensors.as(byLogits.mm(weight), Tensors.type(hidden));
                        gradient.index_copy_(0, rows, byHidden.mul_(new Scalar(scale)));
                        if (weightGradient != null) {
                            addProduct(weightGradient, byLogits.t(), h, scale);
                        }
                    }
                }
            }
            return new Outcome(lossSum, gradient == null ? null : outer.handUp(gradient));
        }
    }

    /** A frozen 16-bit output weight is never widened: a copy of it would grow with the vocabulary. */
    static torch.ScalarType productType(Tensor weight, Tensor hidden) {
        return Tensors.type(weight) == torch.ScalarType.Float ? Tensors.type(hidden) : Tensors.type(weight);
    }

    /** The gradient of a parameter, made of zeros where it has none yet. */
    private static Tensor gradientOf(Tensor parameter) {
        Tensor gradient = parameter.mutable_grad();
        if (!gradient.defined()) {
            gradient.put(torch.zeros_like(parameter));
        }
        return gradient;
    }

    /** sum += scale x a b. */
    private static void addProduct(Tensor sum, Tensor a, Tensor b, double scale) {
        if (Tensors.type(sum) == Tensors.type(a)) {
            sum.addmm_(a, b, new Scalar(1), new Scalar(scale));
        } else {
            sum.add_(a.mm(b), new Scalar(scale));
        }
    }
}
