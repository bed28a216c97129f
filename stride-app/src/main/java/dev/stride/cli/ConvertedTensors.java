package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.ModelLoader;
import dev.stride.checkpoint.TensorSource;
import dev.stride.checkpoint.WeightReader;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Quantisation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a checkpoint's tensors, and of its config.json.
 *
 * @param tensors all of the new ones, each computed when it is written
 * @param config changes the keys that say how the linears are held
 */
record ConvertedTensors(List<TensorSource> tensors, Consumer<ObjectNode> config) {
    /** Each in another type; null leaves it as it is. Whole numbers stay. */
    static ConvertedTensors cast(WeightReader reader, @Nullable DType target) {
        return new ConvertedTensors(
                reader.names().stream().map(name -> cast(reader, name, target)).toList(), config -> {});
    }

    /** The linears of the blocks in codes, the other tensors cast. */
    static ConvertedTensors quantised(
            WeightReader reader, ChatGlmConfig shape, Quantisation quantisation, @Nullable DType target) {
        ModelLoader.check(reader, shape);
        Set<String> linears = new HashSet<>(ChatGlmModel.linearWeights(shape));
        List<TensorSource> tensors = new ArrayList<>();
        for (String name : reader.names()) {
            if (linears.contains(name)) {
                tensors.add(new CodesTensor(reader, name, quantisation, false));
                tensors.add(new CodesTensor(reader, name, quantisation, true));
            } else {
                tensors.add(cast(reader, name, target));
            }
        }
        return new ConvertedTensors(tensors, config -> {
            config.put(ChatGlmConfig.QUANTIZATION_BIT, quantisation.bits());
            if (quantisation.group() == Quantisation.ROW) {
                config.remove(ChatGlmConfig.QUANTIZATION_GROUP);
            } else {
                config.put(ChatGlmConfig.QUANTIZATION_GROUP, quantisation.group());
            }
        });
    }

    /** The matrices that the codes of a quantised checkpoint stand for, and the other tensors, in a type. */
    static ConvertedTensors widened(WeightReader reader, ChatGlmConfig shape, Quantisation quantisation, DType target) {
        ModelLoader.check(reader, shape);
        Map<String, long[]> matrices = ChatGlmModel.shapes(shape.withQuantisation(null));
        List<TensorSource> tensors = new ArrayList<>();
        for (String name : reader.names()) {
            if (reader.contains(name + ChatGlmModel.SCALE)) {
                tensors.add(new CodesTensor.Widened(
                        reader, name, Objects.requireNonNull(matrices.get(name)), quantisation, target));
            } else if (!name.endsWith(ChatGlmModel.SCALE)) {
                tensors.add(cast(reader, name, target));
            }
        }
        return new ConvertedTensors(tensors, config -> {
            config.remove(ChatGlmConfig.QUANTIZATION_BIT);
            config.remove(ChatGlmConfig.QUANTIZATION_GROUP);
        });
    }

    private static TensorSource cast(WeightReader reader, String name, @Nullable DType target) {
        TensorSource tensor = reader.source(name);
        return target == null || tensor.dtype() == target || !tensor.dtype().isFloating()
                ? tensor
                : new CastTensor(reader, name, target);
    }
}
