package dev.stride.checkpoint;

import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
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
     * @throws dev.stride.config.UserException with every tensor that is missing, extra or of another shape
     */
    public static ChatGlmModel load(
            Path folder,
            ChatGlmConfig config,
            Precision precision,
            boolean masters,
            Device device,
            BiConsumer<Integer, Integer> progress) {
        Map<String, long[]> shapes = ChatGlmModel.shapes(config);
        torch.ScalarType type = masters ? torch.ScalarType.Float : precision.scalarType();
        Map<String, Tensor> weights = new LinkedHashMap<>();
        try (WeightReader reader = WeightReader.open(folder)) {
            check(reader, config);
            for (String name : shapes.keySet()) {
                weights.put(
                        name,
                        TensorScope.outlive(() -> Tensors.onto(TensorBytes.copy(reader.read(name), type), device)));
                progress.accept(weights.size(), shapes.size());
            }
        } catch (RuntimeException e) {
            weights.values().forEach(TensorScope::free);
            throw e;
        }
        return new ChatGlmModel(config, weights, precision, device);
    }

    /**
     * Compares the tensors of a checkpoint with those of a model.
     *
     * @throws dev.stride.config.UserException with every tensor that is missing, extra or of another shape
     */
    public static void check(WeightReader reader, ChatGlmConfig config) {
        reader.check(ChatGlmModel.shapes(config), name -> name.endsWith(UNUSED_BUFFER));
    }
}
