package dev.stride.train;

import dev.stride.checkpoint.ModelLoader;
import dev.stride.config.LoraConfig;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.model.ChatGlmModel;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.Device;

/**
 * The weights of a base model in memory, as a run needs them. Frozen ones serve any number of LoRA runs, one after the
 * other or together, as long as those ask for the same folder, precision and device. It owns the weights.
 */
public final class BaseModel implements AutoCloseable {
    private final Path folder;
    private final String family;
    private final Precision precision;
    private final String device;
    private final boolean frozen;
    private final ChatGlmModel model;

    private BaseModel(Preparation preparation, ChatGlmModel model) {
        this.folder = preparation.modelFolder();
        this.family = family(preparation);
        this.precision = preparation.precision();
        this.device = deviceName(preparation);
        this.frozen = isLora(preparation);
        this.model = model;
    }

    /** Loads what a run asks for: frozen in the run's precision for LoRA, else as float32 masters. */
    public static BaseModel load(Preparation preparation, TrainCallback callback) {
        Native.threads(threads(preparation));
        ChatGlmModel model = ModelLoader.load(
                preparation.modelFolder(),
                preparation.model(),
                preparation.precision(),
                !isLora(preparation),
                device(preparation),
                (done, total) -> callback.progress("loading the model", done, total));
        return new BaseModel(preparation, model);
    }

    /** The model, for as long as this is open. */
    public ChatGlmModel model() {
        return model;
    }

    /**
     * Checks that a run can borrow this base.
     *
     * @throws UserException with all reasons why it cannot
     */
    void requireFits(Preparation preparation) {
        List<Problem> problems = misfits(preparation);
        if (!problems.isEmpty()) {
            throw new UserException("the run cannot use the model that is loaded", problems);
        }
    }

    /** Everything in which a run asks for another base than this. */
    List<Problem> misfits(Preparation preparation) {
        List<Problem> problems = new ArrayList<>();
        if (!isLora(preparation) || !frozen) {
            problems.add(Problem.of("method", isLora(preparation) ? "lora, beside one that is not" : "full", "lora"));
        }
        // a run that goes on names by its absolute path what it began with by a relative one
        if (!placed(preparation.modelFolder()).equals(placed(folder))) {
            compare(problems, "model.path", preparation.modelFolder().toString(), folder.toString());
        }
        compare(problems, "model.family", family(preparation), family);
        compare(problems, "train.precision", word(preparation.precision()), word(precision));
        compare(problems, "train.device", deviceName(preparation), device);
        return problems;
    }

    /** The threads that a run asks for; 0 where it leaves them to libtorch. */
    static int threads(Preparation preparation) {
        Integer threads = preparation.config().train().threads();
        int cores = preparation.plan().machine().cores();
        boolean shared = cores < Runtime.getRuntime().availableProcessors();
        return threads != null ? threads : shared ? cores : 0;
    }

    private static Path placed(Path path) {
        return path.toAbsolutePath().normalize();
    }

    private static void compare(List<Problem> problems, String where, String given, String loaded) {
        if (!given.equals(loaded)) {
            problems.add(Problem.of(where, given, loaded + ", which is loaded"));
        }
    }

    private static boolean isLora(Preparation preparation) {
        return preparation.config().tuning() instanceof LoraConfig;
    }

    private static String family(Preparation preparation) {
        return preparation.model().rotaryRule().name().toLowerCase(Locale.ROOT);
    }

    private static String word(Precision precision) {
        return precision.name().toLowerCase(Locale.ROOT);
    }

    private static String deviceName(Preparation preparation) {
        return preparation.plan().machine().cuda()
                ? "cuda:" + preparation.config().train().device().index()
                : "cpu";
    }

    private static Device device(Preparation preparation) {
        return preparation.plan().machine().cuda()
                ? Native.cuda(preparation.config().train().device().index())
                : Native.cpu();
    }

    @Override
    public void close() {
        model.close();
    }
}
