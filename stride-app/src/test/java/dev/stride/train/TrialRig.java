package dev.stride.train;

import dev.stride.checkpoint.ModelLoader;
import dev.stride.config.LoraConfig;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.FullTuning;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.peft.TuningMethod;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.torch.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;

/** A prepared run's model and what trains of it, and a look at every tensor. */
record TrialRig(Preparation preparation, ChatGlmModel model, TuningMethod tuning) implements AutoCloseable {
    static TrialRig of(Preparation preparation) {
        LoraConfig lora = preparation.config().tuning() instanceof LoraConfig shape ? shape : null;
        ChatGlmModel model = ModelLoader.load(
                preparation.modelFolder(),
                ChatGlmConfig.read(preparation.modelFolder()),
                Precision.FP32,
                lora == null,
                Native.cpu(),
                (done, total) -> {});
        TuningMethod tuning = lora == null
                ? new FullTuning(model)
                : new LoraTuning(
                        model, new LoraSettings(lora.rank(), lora.alpha(), lora.dropout(), lora.targets(), false), 3);
        return new TrialRig(preparation, model, tuning);
    }

    /** Every tensor of the model and of what trains, by name. */
    Map<String, float[]> values() {
        Map<String, float[]> values = new LinkedHashMap<>();
        model.weights().forEach((name, tensor) -> values.put(name, Tensors.floats(tensor)));
        tuning.parameters()
                .forEach(parameter -> values.put("trains " + parameter.name(), Tensors.floats(parameter.tensor())));
        return values;
    }

    @Override
    public void close() {
        tuning.close();
        model.close();
    }
}
