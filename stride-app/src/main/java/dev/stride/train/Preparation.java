package dev.stride.train;

import dev.stride.checkpoint.Adapter;
import dev.stride.checkpoint.AdapterConfig;
import dev.stride.config.DeviceChoice;
import dev.stride.config.LoraConfig;
import dev.stride.config.ModelFamily;
import dev.stride.config.PrecisionChoice;
import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.data.DataLoader;
import dev.stride.data.LoaderSettings;
import dev.stride.data.TokenizedData;
import dev.stride.distributed.RankEnv;
import dev.stride.model.ChatGlmConfig;
import dev.stride.recipe.DataFacts;
import dev.stride.recipe.MachineFacts;
import dev.stride.recipe.ModelFacts;
import dev.stride.recipe.Planner;
import dev.stride.recipe.RunPlan;
import dev.stride.tokenizer.Family;
import dev.stride.tokenizer.TokenRow;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.tokenizer.Tokenizer;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Everything about a run that is known before its weights are loaded: the checked configuration, the rows as tokens, and
 * the plan.
 *
 * @param config what was asked, with the recipe's values filled in
 * @param model the base model's shape
 * @param data how rows are read
 * @param train the training rows
 * @param validation the validation rows, if there are any
 * @param plan every derived number with its reason
 */
public record Preparation(
        RunConfig config,
        ChatGlmConfig model,
        TrainingData data,
        TrainingData.Rows train,
        TrainingData.@Nullable Rows validation,
        RunPlan plan,
        int sharers,
        int ranks) {
    private static final int SHOWN = 5;

    /**
     * Reads the data and plans the run.
     *
     * @throws UserException with all problems of the configuration, of the model's folder, or of the rows
     */
    public static Preparation of(RunConfig given) {
        return of(given, 1, 1);
    }

    /**
     * The same for one of several processes that train together.
     *
     * @param sharers of them on this machine
     * @param ranks all of them
     * @throws UserException as {@link #of(RunConfig)}
     */
    public static Preparation of(RunConfig given, int sharers, int ranks) {
        RunConfig config = Planner.withRecipe(withInitAdapter(given.requireForTraining()));
        Path folder = Objects.requireNonNull(config.model().path());
        ChatGlmConfig model = modelConfig(folder, config.model().family());
        requireTrainable(folder, model);
        Tokenizer tokenizer = tokenizer(folder, model);
        TrainingData data = new TrainingData(config.data(), tokenizer);
        TrainingData.Rows train = data.train();
        TrainingData.Rows validation = data.validation(train);
        RunPlan plan = Planner.plan(
                config,
                facts(train.tokens(), config),
                facts(model),
                machine(config.train().device()).sharedBy(sharers, ranks));
        return new Preparation(
                plan.config(), model, data, train, validation, withUntrained(plan, train.tokens()), sharers, ranks);
    }

    /**
     * The same rows under another configuration; what is read anew is only what the configuration has otherwise.
     *
     * @throws UserException as {@link #of}
     */
    public Preparation again(RunConfig given) {
        RunConfig filled = Planner.withRecipe(withInitAdapter(given.requireForTraining()));
        boolean sameRows = filled.data().equals(config.data())
                && Objects.equals(filled.model().path(), config.model().path())
                && filled.model().family() == config.model().family();
        if (!sameRows) {
            return of(given, sharers, ranks);
        }
        RunPlan again = Planner.plan(
                filled,
                facts(train.tokens(), filled),
                facts(model),
                machine(filled.train().device()).sharedBy(sharers, ranks));
        return new Preparation(
                again.config(), model, data, train, validation, withUntrained(again, train.tokens()), sharers, ranks);
    }

    /** Rows that no update will hold are said, and where the first of them stand. */
    private static RunPlan withUntrained(RunPlan plan, TokenizedData rows) {
        List<String> untrained = rows.untrainedSources();
        if (untrained.isEmpty()) {
            return plan;
        }
        String shown = String.join(", ", untrained.subList(0, Math.min(SHOWN, untrained.size())));
        return plan.withWarning(untrained.size() + " of " + rows.size()
                + " rows have no token to train and are left out: " + shown
                + (untrained.size() > SHOWN ? ", ..." : "")
                + ". Their answer is empty, marked as not trained, or was cut off.");
    }

    /** The shape of the adapter that training starts from; a given shape must be the same. */
    private static RunConfig withInitAdapter(RunConfig config) {
        Path folder = config.model().initAdapter();
        if (folder == null) {
            return config;
        }
        AdapterConfig adapter = Adapter.config(folder);
        Map<String, String> shape = new LinkedHashMap<>();
        shape.put("lora.rank", Integer.toString(adapter.rank()));
        shape.put("lora.alpha", Double.toString(adapter.alpha()));
        shape.put("lora.targets", String.join(",", adapter.targetModules()));
        shape.put("lora.rslora", adapter.rankStabilized() ? "on" : "off");
        RunConfig filled = config.withRecipe("of the adapter " + folder, shape);
        List<Problem> problems = new ArrayList<>();
        if (filled.tuning() instanceof LoraConfig lora) {
            if (lora.rank() != adapter.rank()) {
                problems.add(Problem.of("lora.rank", Integer.toString(lora.rank()), "the adapter's " + adapter.rank()));
            }
            if (lora.alpha() != adapter.alpha()) {
                problems.add(
                        Problem.of("lora.alpha", Double.toString(lora.alpha()), "the adapter's " + adapter.alpha()));
            }
            if (lora.rankStabilised() != adapter.rankStabilized()) {
                problems.add(Problem.of(
                        "lora.rslora",
                        Boolean.toString(lora.rankStabilised()),
                        "the adapter's " + adapter.rankStabilized()));
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException("training goes on from an adapter in the shape that it has: " + folder, problems);
        }
        return filled;
    }

    /** The model's folder. */
    public Path modelFolder() {
        return Objects.requireNonNull(config.model().path());
    }

    /** The type of products, as planned. */
    public Precision precision() {
        return precision(plan.precision().value());
    }

    /** The first training row as token, id and label, at most so many tokens of it. */
    public List<TokenRow> firstExample() {
        return TokenRow.of(train.tokens().get(0), data.tokenizer());
    }

    /** How rows become updates: by rows where a micro-batch was given, else by tokens. */
    LoaderSettings loaderSettings() {
        return loaderSettings(RankEnv.ALONE);
    }

    /** The same for one rank of several: its share of every update's rows. */
    LoaderSettings loaderSettings(RankEnv rank) {
        Integer microBatch = config.train().microBatch();
        return new LoaderSettings(
                plan.batch().value(),
                microBatch == null ? 0 : microBatch,
                microBatch == null ? plan.passTokens().value() : 0,
                config.data().packing(),
                config.data().shuffle(),
                config.train().seed(),
                rank.rank(),
                rank.world());
    }

    private static void requireTrainable(Path folder, ChatGlmConfig model) {
        if (model.quantisation() != null) {
            throw new UserException("model.path: " + folder + " is quantised ("
                    + model.quantisation().words()
                    + "); a quantised base does not train yet. Use the checkpoint that it was"
                    + " made from, or widen it: stride convert --dtype float16 --model " + folder + " --out DIR");
        }
    }

    /** The shape of a model's folder, with the family that was named. */
    public static ChatGlmConfig modelConfig(Path folder, ModelFamily family) {
        ChatGlmConfig config = ChatGlmConfig.read(folder);
        return switch (family) {
            case AUTO -> config;
            case CHATGLM2 -> config.withRotaryRule(ChatGlmConfig.RotaryRule.MODEL_TYPE);
            case CHATGLM3 -> config.withRotaryRule(ChatGlmConfig.RotaryRule.FLOAT32);
        };
    }

    /** The vocabulary of a model's folder. */
    public static Tokenizer tokenizer(Path folder, ChatGlmConfig model) {
        Family family = model.rotaryRule() == ChatGlmConfig.RotaryRule.MODEL_TYPE ? Family.CHATGLM2 : Family.CHATGLM3;
        Tokenizer tokenizer = TrainingData.tokenizer(folder, family);
        if (tokenizer.size() > model.vocabSize()) {
            throw new UserException(
                    folder + ": tokenizer.model and config.json do not belong together: the vocabulary has "
                            + tokenizer.size() + " tokens but the embedding only " + model.vocabSize()
                            + " rows (padded_vocab_size)");
        }
        return tokenizer;
    }

    /** What the machine has. */
    public static MachineFacts machine(DeviceChoice choice) {
        boolean cuda = choice.kind() != DeviceChoice.Kind.CPU && Native.cudaAvailable();
        if (choice.kind() == DeviceChoice.Kind.CUDA && !cuda) {
            throw new UserException("train.device: " + choice
                    + "; but no CUDA device answers. Build with -Pcuda on a machine with an NVIDIA driver, or use"
                    + " --device cpu; stride doctor says what was found");
        }
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        int cores = Runtime.getRuntime().availableProcessors();
        if (!cuda) {
            boolean bf16 = Native.productsIn(Precision.BF16, Native.cpu()) == Precision.BF16;
            return new MachineFacts("cpu", false, system.getTotalMemorySize(), cores, bf16);
        }
        Native.CudaCard card = Native.cudaCard(choice.index());
        String name = "cuda:" + choice.index() + ", " + card.name() + " with capability " + card.capability();
        return new MachineFacts(name, true, card.memoryBytes(), cores, card.bf16());
    }

    /** libtorch's type for a planned one. */
    static Precision precision(PrecisionChoice choice) {
        return switch (choice) {
            case FP32 -> Precision.FP32;
            case BF16 -> Precision.BF16;
            case FP16 -> Precision.FP16;
            case AUTO -> throw new IllegalArgumentException("a plan names its precision");
        };
    }

    private static DataFacts facts(TokenizedData data, RunConfig config) {
        int batch = Objects.requireNonNull(config.train().batch());
        DataLoader loader = new DataLoader(
                data, LoaderSettings.rows(batch, batch, config.train().seed()));
        double tokens = 0;
        double trained = 0;
        int longest = 0;
        for (TokenizedData.Share share : data.shares()) {
            for (int i = share.first(); i < share.first() + share.rows(); i++) {
                TokenizedExample row = data.get(i);
                if (data.isTrainable(i)) {
                    tokens += share.weight() * row.length();
                    trained += share.weight() * row.numTrainedTokens();
                    longest = Math.max(longest, row.length());
                }
            }
        }
        return new DataFacts(loader.rowsPerEpoch(), Math.round(tokens), Math.round(trained), longest, data.rowsCut());
    }

    private static ModelFacts facts(ChatGlmConfig model) {
        return new ModelFacts(
                model.numLayers(),
                model.hiddenSize(),
                model.ffnHiddenSize(),
                model.numHeads(),
                model.headSize(),
                model.numGroups(),
                model.vocabSize(),
                model.numParameters(),
                model.qkvBias(),
                model.tiedOutput());
    }
}
