package dev.stride.recipe;

import dev.stride.config.LoraConfig;
import dev.stride.config.Method;
import dev.stride.config.Numbers;
import dev.stride.config.PrecisionChoice;
import dev.stride.config.TuningConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts the memory of a training step from the sizes of the model: what each block keeps for the way back, what the
 * optimizer keeps, what the output layer needs.
 *
 * <p>N parameters, n of them trained, c bytes of a product's type (4 or 2). Full: masters 4N, copies 2N where c = 2,
 * gradients 4N, AdamW 8N. LoRA: base c(N - n), masters 4n, gradients 4n, AdamW 8n. Attention runs in float32 in every
 * precision. Counted from the forward pass of the model room.
 */
final class MemoryModel {
    /** The JVM, libtorch's code and its buffers. */
    private static final long PROGRAM = 512L << 20;
    /** Logits of one chunk of the output layer. */
    private static final long CHUNK = 32L << 20;

    private final ModelFacts model;
    private final TuningConfig tuning;
    private final int bytes;
    private final boolean recompute;
    private final int holders;

    /** What a process needs that has all moments. */
    MemoryModel(ModelFacts model, TuningConfig tuning, PrecisionChoice precision, boolean recompute) {
        this(model, tuning, precision, recompute, 1);
    }

    /**
     * What the one needs that has most.
     *
     * @param holders processes that share the moments
     */
    MemoryModel(ModelFacts model, TuningConfig tuning, PrecisionChoice precision, boolean recompute, int holders) {
        if (precision == PrecisionChoice.AUTO) {
            throw new IllegalArgumentException("the precision must be chosen first");
        }
        this.model = model;
        this.tuning = tuning;
        this.bytes = precision == PrecisionChoice.FP32 ? 4 : 2;
        this.recompute = recompute;
        this.holders = holders;
    }

    /**
     * The estimate of a step whose forward passes have {@code tokens} tokens.
     *
     * @param generated rows that an evaluation generates together, 0 for none
     * @param context tokens of each of them, prompt and answer
     */
    MemoryEstimate estimate(long tokens, int generated, int context) {
        long all = model.parameters();
        long trained = model.trainable(tuning);
        boolean full = tuning.method() == Method.FULL;
        List<MemoryPart> parts = new ArrayList<>();
        if (!full) {
            parts.add(part("weights", bytes * all, "frozen base, " + bytes + " bytes each"));
        } else if (bytes == 2) {
            long copied = recompute ? layerWeights() + outputWeights() : all;
            parts.add(part("weights", bytes * copied, "16-bit copies that the products use"));
        }
        parts.add(part("masters", 4 * trained, "what trains, in float32"));
        parts.add(part("gradients", 4 * trained, "float32"));
        parts.add(
                holders == 1
                        ? part("optimizer", 8 * trained, "AdamW's two moments in float32")
                        : part(
                                "optimizer",
                                8 * largestShare(),
                                "AdamW's two moments in float32, the largest share of " + holders
                                        + " ranks (train.zero)"));
        long step = activations(tokens) + logits(tokens);
        long generation = generated == 0 ? 0 : cache(generated, context);
        parts.add(part(
                "activations",
                activations(tokens),
                "a forward pass of " + Numbers.count(tokens) + " tokens"
                        + (recompute ? ", blocks run again on the way back" : "")));
        parts.add(part("logits", logits(tokens), "a chunk of trained positions"));
        if (generation > step) {
            parts.add(part(
                    "generation",
                    generation - step,
                    "keys and values of " + generated + " rows of " + Numbers.count(context)
                            + " tokens, beyond what a step frees"));
        }
        parts.add(part("program", PROGRAM, "JVM and libtorch"));
        return new MemoryEstimate(parts);
    }

    private long largestShare() {
        return EvenShares.largest(
                model.tensors(tuning).stream().map(TrainedTensor::elements).toList(), holders);
    }

    private static MemoryPart part(String name, long size, String reason) {
        return new MemoryPart(name, size, reason);
    }

    private long activations(long tokens) {
        long hidden = model.hidden();
        // the residual stream, its gradient and the embedded row
        long stream = 3L * bytes * hidden;
        long kept = recompute ? model.layers() * bytes * hidden + perLayer() : model.layers() * perLayer();
        // on the way back the widest products have gradients of their own
        long way = bytes * (4L * model.ffn()) + 4 * model.qkvSize();
        return tokens * (stream + kept + way);
    }

    /** Bytes that one block keeps of one token. */
    private long perLayer() {
        boolean full = tuning.method() == Method.FULL;
        long hidden = model.hidden();
        // two norms in float32: the input, and the normed row too where the norm's weight trains
        long kept = 2 * 4 * hidden * (full ? 2 : 1);
        // attention in float32: projections, turned queries and keys, output
        kept += 4 * (model.qkvSize() + (model.heads() + (long) model.groups()) * model.headSize());
        kept += 4 * model.attentionSize();
        // gate and up, the activated gate
        kept += bytes * 3L * model.ffn();
        if (full) {
            // inputs of the four linears
            kept += bytes * (2 * hidden + model.attentionSize() + model.ffn());
        } else if (tuning instanceof LoraConfig lora) {
            for (String target : lora.targets()) {
                // the adapter's float32 input, with dropout also the mask and what is left, and its rank
                long input = model.inputSize(target);
                kept += 4 * input + (lora.dropout() > 0 ? 5 * input : 0) + 4L * lora.rank();
            }
        }
        return kept;
    }

    private long logits(long tokens) {
        long vocabulary = model.vocabulary();
        long rows = Math.min(tokens, Math.max(16, CHUNK / (4 * vocabulary)));
        // logits in their type and in float32, and the gradient in its type
        return rows * vocabulary * (4 + 2L * bytes);
    }

    private long cache(int rows, int context) {
        long keysAndValues = 2L * 4 * model.layers() * model.groups() * model.headSize();
        return rows * (context * keysAndValues + 8L * model.vocabulary());
    }

    private long layerWeights() {
        return (model.parameters() - 2 * outputWeights()) / Math.max(1, model.layers());
    }

    private long outputWeights() {
        return (long) model.vocabulary() * model.hidden();
    }
}
