package dev.stride.cli;

import dev.stride.checkpoint.AdapterFiles;
import dev.stride.checkpoint.CheckpointStore;
import dev.stride.checkpoint.ModelLoader;
import dev.stride.config.PrecisionChoice;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.LoraTuning;
import dev.stride.recipe.MachineFacts;
import dev.stride.tokenizer.Tokenizer;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.train.AdapterLoader;
import dev.stride.train.Preparation;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A model that is only read: base weights, perhaps with an adapter, and its vocabulary. */
final class OpenModel implements AutoCloseable {
    private final ChatGlmModel model;
    private final Tokenizer tokenizer;
    private final @Nullable LoraTuning adapter;

    private OpenModel(ChatGlmModel model, Tokenizer tokenizer, @Nullable LoraTuning adapter) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.adapter = adapter;
    }

    /** Opens what {@code --model} and {@code --adapter} name, in the precision asked for. */
    static OpenModel open(RunConfig config) {
        Path folder = config.model().path();
        if (folder == null) {
            throw new UserException("model.path: missing; name a checkpoint folder with --model");
        }
        return open(config, folder, config.model().adapter());
    }

    /** Opens a model's folder, perhaps with an adapter, under a configuration that may name others. */
    static OpenModel open(RunConfig config, Path folder, @Nullable Path adapter) {
        return open(config, folder, adapter, null);
    }

    /**
     * The same in a precision that is known already.
     *
     * @param known null for that of the configuration
     */
    static OpenModel open(RunConfig config, Path folder, @Nullable Path adapter, @Nullable PrecisionChoice known) {
        Native.threads(config.train().threads() == null ? 0 : config.train().threads());
        ChatGlmConfig shape = Preparation.modelConfig(folder, config.model().family());
        Tokenizer tokenizer = Preparation.tokenizer(folder, shape);
        MachineFacts machine = Preparation.machine(config.train().device());
        ChatGlmModel model = ModelLoader.load(
                folder,
                shape,
                precision(known == null ? config.train().precision() : known, shape, machine),
                false,
                machine.cuda() ? Native.cuda(config.train().device().index()) : Native.cpu(),
                (done, total) -> {});
        try {
            return new OpenModel(
                    model, tokenizer, adapter == null ? null : AdapterLoader.load(model, adapterFolder(adapter)));
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    ChatGlmModel model() {
        return model;
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    @Nullable
    LoraTuning adapter() {
        return adapter;
    }

    /** An adapter's folder, or the newest checkpoint of a run's folder. */
    static Path adapterFolder(Path given) {
        if (Files.isRegularFile(given.resolve(AdapterFiles.CONFIG))
                || !Files.isDirectory(given.resolve("checkpoints"))) {
            return given;
        }
        return CheckpointStore.view(given.resolve("checkpoints"))
                .latest()
                .orElseThrow(() -> new UserException(
                        "model.adapter: " + given + " is a run without a whole checkpoint; name an adapter's folder"))
                .folder();
    }

    /** float32 where it fits in half of the memory, else bf16; a quantised model in bf16, whose products have kernels. */
    private static Precision precision(PrecisionChoice choice, ChatGlmConfig shape, MachineFacts machine) {
        return switch (choice) {
            case FP32 -> Precision.FP32;
            case BF16 -> Precision.BF16;
            case FP16 -> {
                if (!machine.cuda()) {
                    throw new UserException("train.precision: fp16; allowed on a CPU: fp32, bf16");
                }
                yield Precision.FP16;
            }
            case AUTO ->
                shape.quantisation() == null && shape.numParameters() * 4 <= machine.memoryBytes() / 2
                        ? Precision.FP32
                        : Precision.BF16;
        };
    }

    @Override
    public void close() {
        if (adapter != null) {
            adapter.close();
        }
        model.close();
    }
}
