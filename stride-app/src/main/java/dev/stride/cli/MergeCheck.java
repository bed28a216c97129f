package dev.stride.cli;

import dev.stride.checkpoint.DType;
import dev.stride.config.RunConfig;
import dev.stride.peft.LoraTuning;
import dev.stride.tokenizer.ChatTemplate;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import dev.stride.torch.NoGrad;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import dev.stride.train.AdapterLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * How far a merged model's logits are from those of its base with the adapter, over all tokens of a few prompts.
 *
 * @param prompts number of prompts
 * @param tokens tokens of all prompts
 * @param precision in which both were computed
 * @param largest the largest difference of a logit; NaN where a logit is not finite
 * @param largestLogit the largest logit of base and adapter, in size
 * @param effect the largest change that the adapter makes to a logit of the base
 * @param allowed the largest difference that is no defect, as a share of the largest logit
 */
record MergeCheck(
        int prompts,
        int tokens,
        Precision precision,
        double largest,
        double largestLogit,
        double effect,
        double allowed) {
    private static final List<String> PROMPTS = List.of(
            "你好",
            "Which learning rate is right for this task?",
            "for (int i = 0; i < rates.length; i++) {\n    total += rates[i];");

    /** Computes the logits of both; one model at a time is in memory. */
    static MergeCheck of(RunConfig config, Path base, Path adapter, Path merged, DType stored) {
        int[][] prompts;
        float[] plain;
        float[] adapted;
        Precision precision;
        try (OpenModel open = OpenModel.open(config, base, null)) {
            ChatTemplate template = new ChatTemplate(open.tokenizer());
            prompts = PROMPTS.stream()
                    .map(prompt -> template.prompt(List.of(Message.of(Role.USER, prompt))))
                    .toArray(int[][]::new);
            precision = open.model().precision();
            plain = logits(open, prompts);
            try (LoraTuning lora = AdapterLoader.load(open.model(), adapter)) {
                adapted = logits(open, prompts);
            }
        }
        float[] after;
        try (OpenModel open = OpenModel.open(config, merged, null)) {
            after = logits(open, prompts);
        }
        return new MergeCheck(
                prompts.length,
                Arrays.stream(prompts).mapToInt(ids -> ids.length).sum(),
                precision,
                difference(after, adapted),
                difference(adapted, new float[adapted.length]),
                difference(adapted, plain),
                allowed(stored, precision));
    }

    /** Whether the merged model is what base and adapter are together. */
    boolean passed() {
        return largest <= allowed * largestLogit;
    }

    /**
     * Whether rounding the sum to the stored type moves the logits by more than half of what the adapter does. Products in
     * a narrow type move them too, so this can be told only where they are made in float32.
     */
    boolean roundingSwallowsAdapter(DType stored) {
        boolean narrow = stored == DType.F16 || stored == DType.BF16;
        return narrow && precision == Precision.FP32 && effect > 0 && largest > effect / 2;
    }

    /**
     * The sum is rounded once to the stored type, and products are rounded to the precision: about 2^-24, 2^-11 and 2^-8
     * each. Some thirty such roundings in a row reach about ten times as far; the rest is margin.
     */
    static double allowed(DType stored, Precision precision) {
        return Math.max(
                switch (stored) {
                    case F32, F64 -> 1e-4;
                    case F16 -> 1e-2;
                    default -> 8e-2;
                },
                switch (precision) {
                    case FP32 -> 1e-4;
                    case FP16 -> 1e-2;
                    case BF16 -> 8e-2;
                });
    }

    private static float[] logits(OpenModel open, int[][] prompts) {
        int[] ids = Arrays.stream(prompts).flatMapToInt(Arrays::stream).toArray();
        int[] lengths = Arrays.stream(prompts).mapToInt(prompt -> prompt.length).toArray();
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            return Tensors.floats(open.model().logits(ids, lengths));
        }
    }

    private static double difference(float[] a, float[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = Math.abs((double) a[i] - b[i]);
            if (!Double.isFinite(difference)) {
                return Double.NaN;
            }
            largest = Math.max(largest, difference);
        }
        return largest;
    }
}
