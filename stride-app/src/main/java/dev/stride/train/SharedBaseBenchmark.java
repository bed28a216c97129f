package dev.stride.train;

import com.sun.management.OperatingSystemMXBean;
import dev.stride.data.Batch;
import dev.stride.data.DataLoader;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.peft.Parameter;
import dev.stride.recipe.RateGroup;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.torch.AdamW;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;

/**
 * Measures updates of several LoRA adapters over one base, together and one after the other, in turns: what a run asks of
 * the base in both cases, without validation, saving and logging.
 */
public final class SharedBaseBenchmark {
    private static final Map<String, Double> RATES = Map.of(TrainStep.DECAY, 1e-4);

    private final ChatGlmModel model;
    private final LoraSettings settings;
    private final int members;
    private final boolean recompute;

    /** A benchmark of adapters of one shape; the model is frozen. */
    public SharedBaseBenchmark(ChatGlmModel model, LoraSettings settings, int members) {
        this(model, settings, members, false);
    }

    /**
     * A benchmark of adapters of one shape; the model is frozen.
     *
     * @param recompute the blocks' activations in the backward pass, as a run does where memory is short
     */
    public SharedBaseBenchmark(ChatGlmModel model, LoraSettings settings, int members, boolean recompute) {
        this.model = model;
        this.settings = settings;
        this.members = members;
        this.recompute = recompute;
    }

    /**
     * One update of all members.
     *
     * @param seconds by the clock
     * @param cpuSeconds of all of the process's threads; says more where others use the machine
     */
    public record Time(double seconds, double cpuSeconds) {}

    /**
     * What was measured; medians.
     *
     * @param tokens of one update of one member
     * @param jointPasses forward passes of an update of all members together
     * @param soloPasses forward passes of an update of one member alone
     */
    public record Result(Time joint, Time solo, long tokens, int jointPasses, int soloPasses) {}

    /**
     * The micro-batches of the first updates of a run.
     *
     * @param rows trained by each update
     * @param tokenBudget of a pass
     */
    public static List<List<Batch>> updates(List<TokenizedExample> examples, int rows, int tokenBudget, int count) {
        List<List<Batch>> updates = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < count; i++) {
            List<Batch> batches = new ArrayList<>();
            List<TokenizedExample> held = new ArrayList<>();
            int tokens = 0;
            for (int row = 0; row < rows; row++) {
                TokenizedExample example = examples.get(next++ % examples.size());
                if (!held.isEmpty() && tokens + example.length() > tokenBudget) {
                    batches.add(Batch.packed(held));
                    held = new ArrayList<>();
                    tokens = 0;
                }
                held.add(example);
                tokens += example.length();
            }
            batches.add(Batch.packed(held));
            updates.add(batches);
        }
        return updates;
    }

    /** The updates that a prepared run begins with, as its loader makes them. */
    public static List<List<Batch>> updates(Preparation preparation, int count) {
        DataLoader loader = new DataLoader(preparation.train().tokens(), preparation.loaderSettings());
        List<List<Batch>> updates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            updates.add(loader.next().microBatches());
        }
        return updates;
    }

    /**
     * Measures in turns: one round together, one round alone, and so on.
     *
     * @param joint updates of a member that trains with others; its micro-batches are small enough for all of them
     * @param solo the same updates as a run alone has them
     * @param rounds measured of each, after one that warms up
     */
    public Result run(List<List<Batch>> joint, List<List<Batch>> solo, int rounds) {
        List<Time> together = new ArrayList<>();
        List<Time> alone = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            Time first = timed(joint.size(), () -> together(joint));
            Time second = timed(solo.size(), () -> alone(solo));
            if (round > 0) {
                together.add(first);
                alone.add(second);
            }
        }
        long tokens =
                solo.stream().flatMap(List::stream).mapToLong(Batch::numTokens).sum();
        return new Result(
                median(together),
                median(alone),
                tokens / solo.size(),
                joint.get(0).size(),
                solo.get(0).size());
    }

    /** Weights, gradients and two moments of one member in float32, in bytes. */
    public long memberBytes() {
        try (LoraTuning tuning = LoraTuning.detached(model, settings, 1)) {
            return tuning.parameters().stream()
                    .mapToLong(
                            parameter -> 4L * Float.BYTES * parameter.tensor().numel())
                    .sum();
        }
    }

    /** Updates of all members together, from fresh adapters on. */
    public void together(List<List<Batch>> updates) {
        List<LoraTuning> tunings = new ArrayList<>();
        for (int i = 0; i < members; i++) {
            tunings.add(LoraTuning.detached(model, settings, i + 1L));
        }
        try (SharedBase shared = new SharedBase(model, tunings, recompute)) {
            List<FutureTask<Void>> lives = new ArrayList<>();
            for (int i = 0; i < members; i++) {
                SharedBase.Seat seat = shared.seats().get(i);
                LoraTuning tuning = tunings.get(i);
                lives.add(new FutureTask<>(() -> seat.attend(() -> train(seat, tuning, updates)), null));
            }
            lives.forEach(life -> new Thread(life).start());
            lives.forEach(SharedBase::await);
        }
        tunings.forEach(LoraTuning::close);
    }

    /** The same updates of one member after the other. */
    public void alone(List<List<Batch>> updates) {
        for (int i = 0; i < members; i++) {
            try (LoraTuning tuning = new LoraTuning(model, settings, i + 1L)) {
                train(new SoloPasses(model, tuning, recompute), tuning, updates);
            }
        }
    }

    private static void train(Passes passes, LoraTuning tuning, List<List<Batch>> updates) {
        List<String> names = tuning.parameters().stream().map(Parameter::name).toList();
        try (AdamW optimizer = new AdamW(0.9, 0.999, 1e-8)) {
            TrainStep step = new TrainStep(
                    passes,
                    tuning,
                    optimizer,
                    MomentShares.WHOLE,
                    new TrainStep.Settings(0.1, 1, false, 1),
                    LossScale.none(),
                    List.of(new RateGroup(TrainStep.DECAY, true, List.of(), names)));
            long number = 0;
            for (List<Batch> update : updates) {
                long trained =
                        update.stream().mapToLong(Batch::numTrainedTokens).sum();
                step.update(RATES, step.gradients(update, trained, ++number).gradientNorm());
            }
        }
    }

    private static Time timed(int updates, Runnable work) {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long cpu = system.getProcessCpuTime();
        long start = System.nanoTime();
        work.run();
        return new Time(
                (System.nanoTime() - start) / 1e9 / updates, (system.getProcessCpuTime() - cpu) / 1e9 / updates);
    }

    private static Time median(List<Time> times) {
        return new Time(
                middle(times.stream().map(Time::seconds).sorted().toList()),
                middle(times.stream().map(Time::cpuSeconds).sorted().toList()));
    }

    private static double middle(List<Double> sorted) {
        return sorted.get(sorted.size() / 2);
    }
}
