package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.AtomicFolder;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.ModelLoader;
import dev.stride.checkpoint.SafetensorsWriter;
import dev.stride.checkpoint.TensorBytes;
import dev.stride.checkpoint.TensorSource;
import dev.stride.data.Batch;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Generator;
import dev.stride.model.Sampling;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.torch.AdamW;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.train.LossScale;
import dev.stride.train.SharedBaseBenchmark;
import dev.stride.train.TrainStep;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** ChatGLM3-6B's true shape with random weights: does one LoRA step and a short generation fit, and how long are they. */
final class RealSizeBench {
    private static final int TOKENS = 256;
    private static final int NEW_TOKENS = 16;
    private static final int MEMBERS = 4;
    private static final LoraSettings LORA = new LoraSettings(8, 32, 0, List.of("query_key_value"), false);
    private static final long SHARD_BYTES = 1_950_000_000L;

    /** The values of ChatGLM3-6B's config.json. */
    private static final ChatGlmConfig SHAPE = new ChatGlmConfig(
            28, 4096, 13696, 32, 128, 2, 65024, 8192, 1e-5, 1, 0.5, ChatGlmConfig.RotaryRule.FLOAT32, true, false, 2);

    private final Console console;

    RealSizeBench(Console console) {
        this.console = console;
    }

    ObjectNode run(Path folder) {
        ObjectNode result = Json.object();
        result.put("parameters", SHAPE.numParameters());
        if (!Files.isRegularFile(folder.resolve("config.json"))) {
            long start = System.nanoTime();
            write(folder);
            result.put("write_seconds", seconds(start));
        }
        long start = System.nanoTime();
        try (ChatGlmModel model =
                ModelLoader.load(folder, SHAPE, Precision.BF16, false, Native.cpu(), (done, total) -> {
                    if (done % 50 == 0) {
                        console.say("loaded " + done + " of " + total + " tensors");
                    }
                })) {
            result.put("load_seconds", seconds(start));
            result.put("resident_after_load_bytes", Native.residentBytes());
            step(model, result);
            generate(model, result);
            result.put("peak_resident_bytes", Native.memory().peak());
            members(model, result);
        }
        return result;
    }

    private void step(ChatGlmModel model, ObjectNode result) {
        Batch batch = batch(TOKENS);
        try (LoraTuning tuning = new LoraTuning(model, LORA, 1);
                AdamW optimizer = new AdamW(0.9, 0.999, 1e-8)) {
            TrainStep step =
                    new TrainStep(model, tuning, optimizer, new TrainStep.Settings(0.1, 1, true, 1), LossScale.none());
            for (int i = 1; i <= 2; i++) {
                long start = System.nanoTime();
                TrainStep.Gradients gradients = step.gradients(List.of(batch), batch.numTrainedTokens(), i);
                step.update(Map.of(TrainStep.DECAY, 1e-4), gradients.gradientNorm());
                console.say("step " + i + ": loss " + gradients.loss() + ", " + seconds(start) + " s");
                result.put("step_" + i + "_seconds", seconds(start));
                result.put("step_" + i + "_loss", gradients.loss());
            }
        }
    }

    /** Two updates of one member, then of four together, with as many tokens in a pass: what the others add. */
    private void members(ChatGlmModel model, ObjectNode result) {
        ObjectNode shared = result.putObject("shared_base");
        shared.put("members", MEMBERS);
        shared.put("member_bytes", new SharedBaseBenchmark(model, LORA, MEMBERS, true).memberBytes());
        shared.put("pass_tokens", TOKENS);
        if (!Native.forgetPeak()) {
            shared.put("peaks", "not told by this system");
            return;
        }
        measure(shared, "none", () -> {});
        measure(shared, "one", () -> new SharedBaseBenchmark(model, LORA, 1, true).alone(updates(TOKENS)));
        Native.forgetPeak();
        measure(
                shared,
                "all",
                () -> new SharedBaseBenchmark(model, LORA, MEMBERS, true).together(updates(TOKENS / MEMBERS)));
    }

    private void measure(ObjectNode shared, String name, Runnable work) {
        long start = System.nanoTime();
        work.run();
        console.say(name + ": " + seconds(start) + " s");
        shared.put(name + "_seconds", seconds(start));
        shared.put(name + "_peak_resident_bytes", Native.memory().peak());
    }

    /** The second has the gradients beside the moments. */
    private static List<List<Batch>> updates(int tokens) {
        return List.of(List.of(batch(tokens)), List.of(batch(tokens)));
    }

    private static Batch batch(int tokens) {
        int[] ids = new SplittableRandom(1).ints(tokens, 0, SHAPE.vocabSize()).toArray();
        return Batch.packed(List.of(new TokenizedExample(ids, ids.clone())));
    }

    private static void generate(ChatGlmModel model, ObjectNode result) {
        int[] prompt = new SplittableRandom(2).ints(32, 0, SHAPE.vocabSize()).toArray();
        long[] times = new long[NEW_TOKENS + 1];
        times[0] = System.nanoTime();
        int[] count = {0};
        new Generator(model)
                .generate(
                        List.of(prompt),
                        Sampling.greedy(NEW_TOKENS, Set.of()),
                        (row, id) -> times[++count[0]] = System.nanoTime());
        result.put("first_token_seconds", (times[1] - times[0]) / 1e9);
        result.put("tokens_per_second", (NEW_TOKENS - 1) / ((times[NEW_TOKENS] - times[1]) / 1e9));
    }

    /** Writes the checkpoint, one tensor at a time. */
    void write(Path folder) {
        List<TensorSource> tensors = new ArrayList<>();
        ChatGlmModel.shapes(SHAPE).forEach((name, shape) -> tensors.add(new RandomTensor(name, shape)));
        AtomicFolder.write(folder, SafetensorsWriter.fileBytes(tensors), target -> {
            target.writeText("config.json", Json.text(config()));
            console.say("writing " + SafetensorsWriter.fileBytes(tensors) + " bytes of random weights");
            SafetensorsWriter.writeModel(target, tensors, SHARD_BYTES);
        });
    }

    private static ObjectNode config() {
        ObjectNode config = SampleCheckpoint.config(SHAPE, "float16");
        config.put("_name_or_path", "random/chatglm3-6b-shape");
        return config;
    }

    /** Weights of one tensor, drawn when they are written: a 6B model is never in memory whole. */
    private record RandomTensor(String name, long[] shape) implements TensorSource {
        @Override
        public DType dtype() {
            return DType.F16;
        }

        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            try (TensorScope scope = new TensorScope()) {
                Tensor values = shape.length == 1 && !name.endsWith("bias")
                        ? torch.ones(shape)
                        : torch.randn(shape).mul(new Scalar(0.02));
                TensorBytes.of(name, values.to(torch.ScalarType.Half)).writeTo(channel);
            }
        }
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
