package dev.stride.train;

import dev.stride.data.Batch;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.FullTuning;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.peft.TuningMethod;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.torch.AdamW;
import dev.stride.torch.Native;
import dev.stride.torch.NoGrad;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Measures training steps on a random model against the matrix-product ceiling measured in the same run. */
public final class StepBenchmark {
    private final ChatGlmConfig config;
    private final Precision precision;

    /** A benchmark of a model shape in a precision, on the CPU. */
    public StepBenchmark(ChatGlmConfig config, Precision precision) {
        this.config = config;
        this.precision = precision;
    }

    /**
     * What was measured.
     *
     * @param stepSeconds median of one update
     * @param tokens of one update, without padding
     * @param productShare time that the step's matrix products alone would take at the ceiling, over the step's time
     */
    public record Result(double stepSeconds, long tokens, double productShare, double ceilingGflops, long peakBytes) {}

    /** A 30 M-parameter shape: 8 blocks of 512 hidden, 8 heads of 64, 2 groups, 1376 ffn, 8000 words. */
    public static ChatGlmConfig thirtyMillion() {
        return new ChatGlmConfig(
                8, 512, 1376, 8, 64, 2, 8000, 1024, 1e-5, 1, 0.5, ChatGlmConfig.RotaryRule.FLOAT32, true, false, 2);
    }

    /** Lengths of 16 rows spread as those of AdvertiseGen: mean 124, median 122, 95 % below 170, longest 253. */
    public static int[] advertiseGenLengths() {
        return new int[] {66, 80, 91, 98, 104, 109, 114, 119, 124, 128, 133, 138, 145, 153, 168, 214};
    }

    /** Times updates over rows of given lengths. */
    public Result run(boolean lora, boolean packed, int[] lengths, boolean recompute, int warmups, int repeats) {
        List<TokenizedExample> examples = examples(lengths);
        Batch batch = packed ? Batch.packed(examples) : Batch.padded(examples);
        long tokens = Arrays.stream(lengths).sum();
        try (ChatGlmModel model = randomModel(lora)) {
            try (TuningMethod tuning = lora
                            ? new LoraTuning(model, new LoraSettings(8, 32, 0, List.of("query_key_value"), false), 1)
                            : new FullTuning(model);
                    AdamW optimizer = new AdamW(0.9, 0.999, 1e-8)) {
                TrainStep step = new TrainStep(
                        model, tuning, optimizer, new TrainStep.Settings(0.1, 1, recompute, 1), LossScale.none());
                List<Double> seconds = new ArrayList<>();
                List<Double> ceilings = new ArrayList<>();
                Map<String, Double> rates = Map.of(TrainStep.DECAY, 1e-4, TrainStep.NO_DECAY, 1e-4);
                long peak = 0;
                for (int i = 0; i < warmups + repeats; i++) {
                    ceilings.add(ceilingGflops());
                    long start = System.nanoTime();
                    TrainStep.Gradients gradients = step.gradients(List.of(batch), batch.numTrainedTokens(), i + 1);
                    step.update(rates, gradients.gradientNorm());
                    if (i >= warmups) {
                        seconds.add((System.nanoTime() - start) / 1e9);
                    }
                    peak = Math.max(peak, Native.residentBytes());
                }
                double median = median(seconds);
                double ceiling = median(ceilings);
                double share = productFlops(lora, tokens, batch.numTrainedTokens()) / (ceiling * 1e9) / median;
                return new Result(median, tokens, share, ceiling, peak);
            }
        }
    }

    /**
     * Floating-point operations of the matrix products that a step cannot do without: forward, the gradient by the
     * input, and by the weight where it trains; the output layer on trained positions only. Attention is not counted.
     */
    private double productFlops(boolean lora, long tokens, long trainedTokens) {
        double hidden = config.hiddenSize();
        double block = config.qkvSize() * hidden
                + (double) config.numHeads() * config.headSize() * hidden
                + 3.0 * config.ffnHiddenSize() * hidden;
        double output = config.vocabSize() * hidden;
        int passes = lora ? 2 : 3;
        return 2.0 * passes * (config.numLayers() * block * tokens + output * trainedTokens);
    }

    /** The rate of a product of this model's shape in this precision, in 10^9 operations a second. */
    private double ceilingGflops() {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            int rows = 1024;
            int inner = config.hiddenSize();
            int columns = 2 * config.ffnHiddenSize();
            Tensor a = torch.randn(rows, inner).to(precision.scalarType());
            Tensor b = torch.randn(inner, columns).to(precision.scalarType());
            a.mm(b);
            long start = System.nanoTime();
            int times = 8;
            for (int i = 0; i < times; i++) {
                a.mm(b);
            }
            return times * 2.0 * rows * inner * columns / (System.nanoTime() - start);
        }
    }

    /** A model of random weights, the same each time: frozen ones in the precision, else float32 masters. */
    public ChatGlmModel randomModel(boolean frozen) {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        Native.seed(1);
        torch.ScalarType type = frozen ? precision.scalarType() : torch.ScalarType.Float;
        ChatGlmModel.shapes(config)
                .forEach((name, shape) -> weights.put(
                        name,
                        TensorScope.outlive(() -> shape.length == 1
                                ? torch.ones(shape).to(type)
                                : torch.randn(shape).mul(new Scalar(0.02)).to(type))));
        return new ChatGlmModel(config, weights, precision, Native.cpu());
    }

    /** Rows of random tokens, all of them trained. */
    public List<TokenizedExample> examples(int[] lengths) {
        SplittableRandom random = new SplittableRandom(7);
        List<TokenizedExample> examples = new ArrayList<>();
        for (int length : lengths) {
            int[] ids = random.ints(length, 0, config.vocabSize()).toArray();
            examples.add(new TokenizedExample(ids, ids.clone()));
        }
        return examples;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
