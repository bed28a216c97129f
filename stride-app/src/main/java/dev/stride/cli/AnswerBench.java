package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.ModelLoader;
import dev.stride.config.ModelFamily;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Generator;
import dev.stride.model.Linear;
import dev.stride.model.Quantisation;
import dev.stride.model.Sampling;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import dev.stride.train.Preparation;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** How fast one checkpoint answers on the CPU in bf16, in how much memory, and what reading its weights takes at least. */
final class AnswerBench {
    private static final int PROMPT = 128;
    private static final int NEW_TOKENS = 32;

    /** Larger than any cache, small beside a model. */
    private static final long READ_BYTES = 1_600_000_000L;

    private static final int READS = 5;

    private AnswerBench() {}

    /**
     * Loads the model, continues random prompts, and reads memory as fast as it goes.
     *
     * @param rows prompts that are continued together
     */
    static ObjectNode run(Path folder, int rows) {
        ObjectNode result = Json.object();
        ChatGlmConfig shape = Preparation.modelConfig(folder, ModelFamily.AUTO);
        Quantisation quantisation = shape.quantisation();
        result.put("model", folder.toString());
        result.put("linears", quantisation == null ? "bf16" : quantisation.words());
        result.put("rows", rows);
        long start = System.nanoTime();
        long read;
        try (ChatGlmModel model =
                ModelLoader.load(folder, shape, Precision.BF16, false, Native.cpu(), (done, total) -> {})) {
            result.put("load_seconds", seconds(start));
            result.put("peak_resident_after_load_bytes", Native.memory().peak());
            read = model.linears().stream().mapToLong(Linear::bytes).sum()
                    + model.outputWeight().nbytes();
            answer(model, rows, result);
            result.put("peak_resident_bytes", Native.memory().peak());
        }
        double bandwidth = bandwidth();
        result.put("bytes_read_a_token", read);
        result.put("bandwidth_bytes_per_second", bandwidth);
        result.put("limit_tokens_per_second", rows * bandwidth / read);
        return result;
    }

    private static void answer(ChatGlmModel model, int rows, ObjectNode result) {
        SplittableRandom random = new SplittableRandom(2);
        List<int[]> prompts = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            prompts.add(random.ints(PROMPT, 0, model.config().vocabSize()).toArray());
        }
        List<Long> times = new ArrayList<>();
        List<Long> work = new ArrayList<>();
        long start = System.nanoTime();
        long startWork = processTime();
        new Generator(model).generate(prompts, Sampling.greedy(NEW_TOKENS, Set.of()), (row, id) -> {
            if (row == 0) {
                times.add(System.nanoTime());
                work.add(processTime());
            }
        });
        result.put("prompt_tokens", PROMPT);
        result.put("new_tokens", NEW_TOKENS);
        result.put("first_token_seconds", (times.get(0) - start) / 1e9);
        double decoding = (times.get(NEW_TOKENS - 1) - times.get(0)) / 1e9;
        result.put("tokens_per_second", rows * (NEW_TOKENS - 1) / decoding);
        // of all threads: what others on the machine take makes it no longer
        result.put("first_token_cpu_seconds", (work.get(0) - startWork) / 1e9);
        result.put("cpu_seconds_a_token", (work.get(NEW_TOKENS - 1) - work.get(0)) / 1e9 / (rows * (NEW_TOKENS - 1)));
    }

    /** Bytes a second of the fastest of a few sums over a large tensor. */
    private static double bandwidth() {
        double fastest = Double.MAX_VALUE;
        try (TensorScope scope = new TensorScope()) {
            Tensor large = Tensors.zeros(torch.ScalarType.Float, Native.cpu(), READ_BYTES / 4)
                    .fill_(new Scalar(1));
            for (int i = 0; i < READS; i++) {
                long start = System.nanoTime();
                torch.sum(large);
                fastest = Math.min(fastest, seconds(start));
            }
        }
        return READ_BYTES / fastest;
    }

    private static long processTime() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
