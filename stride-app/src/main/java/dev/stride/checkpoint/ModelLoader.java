package dev.stride.checkpoint;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Quantisation;
import dev.stride.model.QuantisedWeight;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Loads the weights of a checkpoint folder into a model: files are mapped and copied one tensor at a time. */
public final class ModelLoader {
    /** A buffer that old checkpoints carry; its values are not used. */
    private static final String UNUSED_BUFFER = "rotary_pos_emb.inv_freq";

    private ModelLoader() {}

    /**
     * A model with the weights of a folder.
     *
     * @param masters hold the weights as float32 because they will train; otherwise in {@code precision}
     * @param progress is told tensors done and tensors in all
     * @throws UserException with every tensor that is missing, extra or of another shape
     */
    public static ChatGlmModel load(
            Path folder,
            ChatGlmConfig config,
            Precision precision,
            boolean masters,
            Device device,
            BiConsumer<Integer, Integer> progress) {
        torch.ScalarType type = masters ? torch.ScalarType.Float : precision.scalarType();
        Set<String> names = ChatGlmModel.shapes(config).keySet();
        Quantisation quantisation = config.quantisation();
        Map<String, Tensor> weights = new LinkedHashMap<>();
        Map<String, QuantisedWeight> quantised = new LinkedHashMap<>();
        try (WeightReader reader = WeightReader.open(folder)) {
            check(reader, config);
            int done = 0;
            for (String name : names) {
                if (quantisation != null && names.contains(name + ChatGlmModel.SCALE)) {
                    quantised.put(name, quantised(reader, name, quantisation, precision, device));
                } else if (!name.endsWith(ChatGlmModel.SCALE)) {
                    weights.put(
                            name,
                            TensorScope.outlive(() -> Tensors.onto(TensorBytes.copy(reader.read(name), type), device)));
                }
                progress.accept(++done, names.size());
            }
        } catch (RuntimeException e) {
            weights.values().forEach(TensorScope::free);
            quantised.values().forEach(QuantisedWeight::close);
            throw e;
        }
        return new ChatGlmModel(config, weights, quantised, precision, device);
    }

    private static QuantisedWeight quantised(
            WeightReader reader, String name, Quantisation quantisation, Precision precision, Device device) {
        try (TensorScope scope = new TensorScope()) {
            return QuantisedWeight.of(quantisation, codes(reader, name), precision == Precision.BF16, device);
        }
    }

    /** The codes and scales of a quantised weight, copied; they belong to the innermost scope. */
    public static Quantisation.Codes codes(WeightReader reader, String name) {
        return new Quantisation.Codes(
                TensorBytes.copy(reader.read(name), torch.ScalarType.Char),
                TensorBytes.copy(reader.read(name + ChatGlmModel.SCALE), torch.ScalarType.Half));
    }

    /**
     * Compares the tensors of a checkpoint with those of a model.
     *
     * @throws UserException with every tensor that is missing, extra, of another shape or not of the kind that config.json says
     */
    public static void check(WeightReader reader, ChatGlmConfig config) {
        reader.check(ChatGlmModel.shapes(config), name -> name.endsWith(UNUSED_BUFFER));
        List<Problem> problems = new ArrayList<>();
        for (String name : ChatGlmModel.linearWeights(config)) {
            DType type = reader.info(name).dtype();
            if (config.quantisation() == null ? !type.isFloating() : type != DType.I8) {
                problems.add(Problem.of(
                        name,
                        type.torchName(),
                        config.quantisation() == null
                                ? "floating-point numbers, since config.json names no " + ChatGlmConfig.QUANTIZATION_BIT
                                : "int8, since config.json says " + ChatGlmConfig.QUANTIZATION_BIT + " "
                                        + config.quantisation().bits()));
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException(
                    "The weights in " + reader.location() + " and config.json do not belong together", problems);
        }
    }
}
