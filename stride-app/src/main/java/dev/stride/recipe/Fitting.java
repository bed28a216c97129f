package dev.stride.recipe;

import dev.stride.config.FullConfig;
import dev.stride.config.LoraConfig;
import dev.stride.config.Method;
import dev.stride.config.Numbers;
import dev.stride.config.PrecisionChoice;
import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.TuningConfig;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds a precision and a size of the forward pass that the machine holds, or says what would. */
final class Fitting {
    /** A forward pass beyond this is no faster. */
    private static final int MOST_TOKENS_CPU = 4096;

    private static final int MOST_TOKENS_CUDA = 16_384;
    /** What is chosen freely stays below this share of the memory where it can: the estimate is one. */
    private static final double ROOMY = 0.8;

    private static final LoraConfig SMALLEST_LORA = new LoraConfig(8, 32, 0.1, List.of("query_key_value"), false);

    private final RunConfig config;
    private final ModelFacts model;
    private final MachineFacts machine;
    private final int batch;
    private final int longest;

    /**
     * What was found.
     *
     * @param precision never AUTO
     * @param tokens of one forward pass
     * @param memory the estimate with both
     */
    record Fit(Reasoned<PrecisionChoice> precision, Reasoned<Integer> tokens, MemoryEstimate memory) {}

    Fitting(RunConfig config, ModelFacts model, MachineFacts machine, int batch, int longest) {
        this.config = config;
        this.model = model;
        this.machine = machine;
        this.batch = batch;
        this.longest = longest;
    }

    /**
     * The first precision that fits, with the largest forward pass that fits; one that leaves a fifth of the memory free
     * is taken before one that does not.
     *
     * @throws UserException if none does, naming changes that would
     */
    Fit find() {
        List<Reasoned<PrecisionChoice>> precisions = precisions();
        List<Reasoned<Integer>> sizes = sizes();
        for (double share : new double[] {ROOMY, 1}) {
            for (Reasoned<PrecisionChoice> precision : precisions) {
                for (Reasoned<Integer> size : sizes) {
                    MemoryEstimate memory = estimate(
                            config.tuning(), precision.value(), config.train().recompute(), size.value());
                    if (memory.total() <= share * machine.memoryBytes()) {
                        return new Fit(precision, size, memory);
                    }
                }
            }
        }
        throw refusal(
                precisions.get(precisions.size() - 1).value(),
                sizes.get(sizes.size() - 1).value());
    }

    private List<Reasoned<PrecisionChoice>> precisions() {
        PrecisionChoice given = config.train().precision();
        if (given == PrecisionChoice.FP16 && !machine.cuda()) {
            throw new UserException(
                    "the plan does not fit the machine",
                    List.of(new Problem(
                            "train.precision",
                            "fp16 on " + machine.device(),
                            "fp32 or bf16; fp16 needs CUDA",
                            config.origin("train.precision").text(),
                            "")));
        }
        if (given != PrecisionChoice.AUTO) {
            return List.of(new Reasoned<>(given, "given (" + config.origin("train.precision") + ")"));
        }
        Reasoned<PrecisionChoice> single = new Reasoned<>(PrecisionChoice.FP32, "it fits, and nothing is rounded");
        if (machine.cuda()) {
            return machine.bf16()
                    ? List.of(new Reasoned<>(PrecisionChoice.BF16, "the card has bf16; what trains stays in fp32"))
                    : List.of(
                            single,
                            new Reasoned<>(
                                    PrecisionChoice.FP16,
                                    "the card has no bf16 and fp32 does not fit well; the loss is scaled"));
        }
        return List.of(
                single, new Reasoned<>(PrecisionChoice.BF16, "fp32 does not fit well; what trains stays in fp32"));
    }

    /** Sizes of a forward pass to try, largest first. */
    private List<Reasoned<Integer>> sizes() {
        Integer rows = config.train().microBatch();
        if (rows != null) {
            long tokens = Math.min(Integer.MAX_VALUE, (long) Math.min(rows, batch) * longest);
            return List.of(new Reasoned<>(
                    (int) tokens,
                    rows + " rows (" + config.origin("train.micro_batch") + ") of at most " + longest + " tokens"));
        }
        Integer given = config.train().tokenBudget();
        if (given != null) {
            if (given < longest) {
                throw new UserException(
                        "the plan does not fit the data",
                        List.of(new Problem(
                                "train.token_budget",
                                given.toString(),
                                "at least " + longest + ", the longest row",
                                config.origin("train.token_budget").text(),
                                "")));
            }
            return List.of(new Reasoned<>(given, "given (" + config.origin("train.token_budget") + ")"));
        }
        int most = machine.cuda() ? MOST_TOKENS_CUDA : MOST_TOKENS_CPU;
        long update = (long) batch * longest;
        List<Reasoned<Integer>> sizes = new ArrayList<>();
        if (update <= most) {
            sizes.add(new Reasoned<>((int) update, "a whole update in one pass"));
        }
        for (int size = most; size > longest; size /= 2) {
            if (size < update) {
                sizes.add(new Reasoned<>(
                        size,
                        size == most ? "enough to keep the device busy" : "the largest power of two that fits well"));
            }
        }
        if (longest < update || sizes.isEmpty()) {
            sizes.add(new Reasoned<>(longest, "the longest row; more does not fit well"));
        }
        return sizes;
    }

    private MemoryEstimate estimate(TuningConfig tuning, PrecisionChoice precision, boolean recompute, long tokens) {
        return estimate(tuning, precision, recompute, tokens, config.train().zero());
    }

    private MemoryEstimate estimate(
            TuningConfig tuning, PrecisionChoice precision, boolean recompute, long tokens, boolean zero) {
        boolean generates = !config.data().val().isEmpty() && config.eval().generateRows() > 0;
        int holders = zero ? machine.ranks() : 1;
        return new MemoryModel(model, tuning, precision, recompute, holders)
                .estimate(
                        tokens,
                        generates
                                ? Math.min(config.eval().batch(), config.eval().generateRows())
                                : 0,
                        config.data().maxInputLength() + config.eval().maxNewTokens());
    }

    private UserException refusal(PrecisionChoice precision, int tokens) {
        TuningConfig tuning = config.tuning();
        boolean recompute = config.train().recompute();
        MemoryEstimate needed = estimate(tuning, precision, recompute, tokens);
        List<String> fitting = new ArrayList<>();
        PrecisionChoice half = precision == PrecisionChoice.FP32 ? PrecisionChoice.BF16 : precision;
        String halfFlag = half == precision ? "" : " --precision bf16";
        boolean full = tuning.method() == Method.FULL;
        offer(fitting, "--token-budget " + longest, tuning, precision, recompute, tokens > longest);
        offer(fitting, "--recompute on", tuning, precision, true, !recompute);
        offerZero(fitting, precision);
        offer(fitting, "--precision bf16", tuning, half, recompute, half != precision);
        offer(fitting, "--precision bf16 --recompute on", tuning, half, true, half != precision && !recompute);
        offer(fitting, "--method lora", SMALLEST_LORA, precision, recompute, full);
        offer(fitting, "--method lora" + halfFlag, SMALLEST_LORA, half, recompute, full && half != precision);
        offer(fitting, "--method lora" + halfFlag + " --recompute on", SMALLEST_LORA, half, true, full);
        String advice = fitting.isEmpty()
                ? "No smaller plan fits either: " + smallest() + " is the least that this model needs here."
                : "These fit: " + String.join("; ", fitting) + ".";
        return new UserException(
                "the plan does not fit the machine",
                List.of(new Problem(
                        "memory",
                        "method " + tuning.method().word() + " in " + precision.word() + " with "
                                + Numbers.count(tokens) + " tokens a pass needs about "
                                + Numbers.bytes(needed.total()) + " (" + largest(needed) + ")",
                        "at most the " + Numbers.bytes(machine.memoryBytes()) + " of " + machine.device(),
                        "",
                        advice)));
    }

    private void offer(
            List<String> fitting,
            String flags,
            TuningConfig tuning,
            PrecisionChoice precision,
            boolean recompute,
            boolean isChange) {
        long needed = estimate(tuning, precision, recompute, longest).total();
        if (isChange && needed <= machine.memoryBytes()) {
            fitting.add(flags + " (" + Numbers.bytes(needed) + ")");
        }
    }

    /** Of several processes each may have its share of the moments. */
    private void offerZero(List<String> fitting, PrecisionChoice precision) {
        boolean recompute = config.train().recompute();
        long needed =
                estimate(config.tuning(), precision, recompute, longest, true).total();
        if (machine.ranks() > 1 && !config.train().zero() && needed <= machine.memoryBytes()) {
            fitting.add("--zero on (" + Numbers.bytes(needed) + ")");
        }
    }

    private String smallest() {
        TuningConfig tuning = config.tuning() instanceof FullConfig ? SMALLEST_LORA : config.tuning();
        return Numbers.bytes(
                estimate(tuning, PrecisionChoice.BF16, true, longest).total());
    }

    private static String largest(MemoryEstimate memory) {
        @Nullable MemoryPart largest = null;
        for (MemoryPart part : memory.parts()) {
            if (largest == null || part.bytes() > largest.bytes()) {
                largest = part;
            }
        }
        return largest == null ? "" : largest.name() + " alone " + Numbers.bytes(largest.bytes());
    }
}
