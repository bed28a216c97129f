package dev.stride.train;

import dev.stride.data.Batch;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.LoraSettings;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import java.util.List;

/** The child process of {@link SharedMemoryTest}: bytes of a base, of adapters, and at the peak; one number a line. */
final class SharedMemoryProbe {
    static final int MEMBERS = 4;
    static final int UPDATES = 2; // moments are there from the first on, gradients beside them in the second

    private static final LoraSettings LORA =
            new LoraSettings(8, 16, 0.1, List.of("query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"), false);

    private SharedMemoryProbe() {}

    public static void main(String[] arguments) {
        Native.threads(1);
        measure(shape(1, 768)); // what libtorch, OpenBLAS and Java allocate once, for products of this size
        measure(shape(4, 768)).forEach(System.out::println);
    }

    private static ChatGlmConfig shape(int layers, int hidden) {
        return new ChatGlmConfig(
                layers,
                hidden,
                8 * hidden / 3,
                hidden / 64,
                64,
                1,
                8000,
                1024,
                1e-5,
                1,
                0.5,
                ChatGlmConfig.RotaryRule.FLOAT32,
                true,
                false,
                2);
    }

    private static List<String> measure(ChatGlmConfig config) {
        long before = peak(() -> {});
        StepBenchmark rows = new StepBenchmark(config, Precision.FP32);
        try (ChatGlmModel model = rows.randomModel(true)) {
            long base = peak(() -> {}) - before;
            SharedBaseBenchmark benchmark = new SharedBaseBenchmark(model, LORA, MEMBERS);
            // the same 32 tokens of a pass: four rows of one member, or one row of each
            List<List<Batch>> solo = SharedBaseBenchmark.updates(rows.examples(new int[] {8, 8, 8, 8}), 4, 32, UPDATES);
            List<List<Batch>> joint = SharedBaseBenchmark.updates(rows.examples(new int[] {8, 8, 8, 8}), 4, 8, UPDATES);
            return List.of(
                    "base " + base,
                    "adapter " + benchmark.memberBytes(),
                    "solo " + (peak(() -> benchmark.alone(solo)) - before),
                    "joint " + (peak(() -> benchmark.together(joint)) - before));
        }
    }

    /** File pages included, unlike {@link Native#residentBytes}: the two cannot be compared. */
    private static long peak(Runnable work) {
        if (!Native.forgetPeak()) {
            throw new IllegalStateException("the peak of resident memory cannot be reset");
        }
        work.run();
        return Native.memory().peak();
    }
}
