package dev.stride.train;

import dev.stride.data.Batch;
import dev.stride.distributed.Meeting;
import dev.stride.distributed.RankEnv;
import dev.stride.distributed.Ranks;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.FullTuning;
import dev.stride.peft.Parameter;
import dev.stride.recipe.RateGroup;
import dev.stride.torch.AdamW;
import dev.stride.torch.Native;
import dev.stride.torch.NoGrad;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.bytedeco.pytorch.Tensor;

/**
 * One rank of {@link ZeroMemoryTest}, a process of its own: {@code on|off fixed|scaled}. Tunes 30 million parameters fully for a few
 * updates; prints bytes of moments, of trained weights, of resident memory at the peak above what was there before the
 * model, seconds of the last update, and a checksum of the weights.
 */
final class ZeroMemoryProbe {
    private static final int UPDATES = 4;
    private static final int ROW = 16;

    private ZeroMemoryProbe() {}

    public static void main(String[] arguments) {
        Native.threads(1);
        boolean zero = arguments[0].equals("on");
        boolean scaled = arguments[1].equals("scaled");
        RankEnv env = RankEnv.of(System.getenv());
        Duration patience = Duration.ofSeconds(60);
        try (Ranks ranks = env.isAlone()
                ? Ranks.ALONE
                : new Meeting(env, patience)
                        .join(
                                Map.of("zero", arguments[0] + arguments[1]),
                                patience,
                                patience,
                                sentence -> Runtime.getRuntime().halt(1))) {
            ChatGlmConfig small = new ChatGlmConfig(
                    1, 512, 1376, 8, 64, 2, 64, 1024, 1e-5, 1, 0.5, ChatGlmConfig.RotaryRule.FLOAT32, true, false, 2);
            train(small, ranks, zero, scaled); // what libtorch and Java allocate once
            train(StepBenchmark.thirtyMillion(), ranks, zero, scaled).forEach(System.out::println);
            ranks.done();
        }
    }

    private static List<String> train(ChatGlmConfig config, Ranks ranks, boolean zero, boolean scaled) {
        if (!Native.forgetPeak()) {
            throw new IllegalStateException("the peak of resident memory cannot be reset");
        }
        long before = Native.memory().peak();
        StepBenchmark rows = new StepBenchmark(config, Precision.FP32);
        try (ChatGlmModel model = rows.randomModel(false);
                FullTuning tuning = new FullTuning(model);
                AdamW optimizer = new AdamW(0.9, 0.999, 1e-8);
                Passes passes = RankedPasses.of(new SoloPasses(model, tuning, false), ranks)) {
            List<Parameter> parameters = tuning.parameters();
            LossScale scale = scaled ? LossScale.dynamic() : LossScale.none();
            TrainStep step = new TrainStep(
                    passes,
                    tuning,
                    optimizer,
                    MomentShares.of(parameters, ranks, zero),
                    new TrainStep.Settings(0.1, 1, false, 1),
                    scale,
                    List.of(group(TrainStep.DECAY, parameters, true), group(TrainStep.NO_DECAY, parameters, false)));
            int world = ranks.env().world();
            int[] lengths = new int[UPDATES * world];
            java.util.Arrays.fill(lengths, ROW);
            var examples = rows.examples(lengths);
            long start = 0;
            for (int i = 0; i < UPDATES; i++) {
                start = System.nanoTime();
                Batch own = Batch.packed(
                        List.of(examples.get(i * world + ranks.env().rank())));
                TrainStep.Gradients gradients =
                        step.gradients(List.of(own), (long) world * own.numTrainedTokens(), i + 1);
                step.update(Map.of(TrainStep.DECAY, 1e-3, TrainStep.NO_DECAY, 1e-3), gradients.gradientNorm());
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            long peak = Native.memory().peak() - before;
            long trained = parameters.stream()
                    .mapToLong(parameter -> parameter.tensor().nbytes())
                    .sum();
            return new ArrayList<>(List.of(
                    "moments " + optimizer.momentBytes(),
                    "trained " + trained,
                    "peak " + peak,
                    "millis " + Math.round(1000 * seconds),
                    "checksum " + checksum(parameters)));
        }
    }

    private static RateGroup group(String name, List<Parameter> parameters, boolean decays) {
        return new RateGroup(
                name,
                decays,
                List.of(),
                parameters.stream()
                        .filter(parameter -> parameter.decays() == decays)
                        .map(Parameter::name)
                        .toList());
    }

    private static long checksum(List<Parameter> parameters) {
        CRC32 sum = new CRC32();
        for (Parameter parameter : parameters) {
            try (TensorScope scope = new TensorScope();
                    NoGrad off = new NoGrad()) {
                Tensor plain = parameter.tensor().detach().contiguous();
                sum.update(Tensors.bytes(plain).asByteBuffer());
            }
        }
        return sum.getValue();
    }
}
