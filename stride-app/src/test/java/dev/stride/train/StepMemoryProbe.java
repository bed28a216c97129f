package dev.stride.train;

import dev.stride.data.Batch;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.torch.AdamW;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The child process of {@link StepMemoryTest}: bytes that LoRA steps add at their highest, for a small vocabulary and a large one. */
final class StepMemoryProbe {
    private static final int SMALL = 2_000;
    private static final int LARGE = 120_000;

    private StepMemoryProbe() {}

    public static void main(String[] arguments) {
        Native.threads(1);
        peakOfLoraSteps(SMALL); // what libtorch, OpenBLAS and Java allocate once
        System.out.println("small " + peakOfLoraSteps(SMALL));
        System.out.println("large " + peakOfLoraSteps(LARGE));
    }

    private static long peakOfLoraSteps(int vocabulary) {
        ChatGlmConfig config = new ChatGlmConfig(
                1, 32, 64, 2, 16, 1, vocabulary, 2048, 1e-5, 1, 0.5, ChatGlmConfig.RotaryRule.FLOAT32, true, false, 2);
        Map<String, Tensor> weights = new LinkedHashMap<>();
        Native.seed(1);
        ChatGlmModel.shapes(config)
                .forEach((name, shape) -> weights.put(
                        name, TensorScope.outlive(() -> torch.randn(shape).mul(new Scalar(0.05)))));
        int[] ids = new SplittableRandom(1).ints(1025, 0, vocabulary).toArray();
        List<Batch> batches = List.of(Batch.packed(List.of(new TokenizedExample(ids, ids.clone()))));
        try (ChatGlmModel model = new ChatGlmModel(config, weights, Precision.FP32, Native.cpu());
                LoraTuning lora = new LoraTuning(
                        model, new LoraSettings(4, 8, 0, List.of("query_key_value", "dense_4h_to_h"), false), 1);
                AdamW optimizer = new AdamW(0.9, 0.999, 1e-8)) {
            TrainStep step =
                    new TrainStep(model, lora, optimizer, new TrainStep.Settings(0.1, 1, false, 1), LossScale.none());
            forget();
            long before = Native.memory().peak();
            StepMemoryTest.steps(step, batches, 3);
            return Native.memory().peak() - before;
        }
    }

    private static void forget() {
        if (!Native.forgetPeak()) {
            throw new IllegalStateException("the peak of resident memory cannot be reset");
        }
    }
}
