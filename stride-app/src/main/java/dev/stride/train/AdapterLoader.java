package dev.stride.train;

import dev.stride.checkpoint.Adapter;
import dev.stride.checkpoint.AdapterConfig;
import dev.stride.checkpoint.AdapterFiles;
import dev.stride.checkpoint.AdapterFiles.Place;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Linear;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts an adapter from disk on a model. */
public final class AdapterLoader {
    private AdapterLoader() {}

    /**
     * The adapter of a folder, beside the linears of a model.
     *
     * @throws dev.stride.config.UserException with everything in which the adapter does not fit the model
     */
    public static LoraTuning load(ChatGlmModel model, Path folder) {
        return load(model, folder, 0);
    }

    /** The same with a dropout for training; the one that the adapter's file names is that of the run that made it. */
    static LoraTuning load(ChatGlmModel model, Path folder, double dropout) {
        return load(model, folder, dropout, LoraTuning::new);
    }

    /**
     * The adapter of a folder, for a {@link dev.stride.peft.LoraGroup}: the model's linears do not know of it.
     *
     * @throws dev.stride.config.UserException with everything in which the adapter does not fit the model
     */
    public static LoraTuning detached(ChatGlmModel model, Path folder) {
        return detached(model, folder, 0);
    }

    /** The same with a dropout for training. */
    static LoraTuning detached(ChatGlmModel model, Path folder, double dropout) {
        return load(model, folder, dropout, LoraTuning::detached);
    }

    /** Makes an adapter of a shape and a seed. */
    private interface Maker {
        LoraTuning make(ChatGlmModel model, LoraSettings settings, long seed);
    }

    private static LoraTuning load(ChatGlmModel model, Path folder, double dropout, Maker maker) {
        AdapterConfig config = Adapter.config(folder);
        LoraSettings settings = new LoraSettings(
                config.rank(), config.alpha(), dropout, targets(model, config), config.rankStabilized());
        LoraTuning lora = maker.make(model, settings, 0);
        try {
            check(model, folder);
            fill(lora, folder);
            return lora;
        } catch (RuntimeException e) {
            lora.close();
            throw e;
        }
    }

    /** Overwrites A and B of an adapter with those of a folder. */
    static void fill(LoraTuning lora, Path folder) {
        try (Adapter adapter = Adapter.open(folder)) {
            lora.tensors().forEach((name, tensor) -> {
                Place place = AdapterFiles.place("base_model.model." + name).orElseThrow();
                Saver.fill(tensor, adapter.read(place.module(), place.factor()));
            });
        }
    }

    private static void check(ChatGlmModel model, Path folder) {
        Map<String, long[]> linears = new LinkedHashMap<>();
        for (Linear linear : model.linears()) {
            linears.put(linear.name(), linear.shape());
        }
        try (Adapter adapter = Adapter.open(folder)) {
            adapter.check(linears);
        }
    }

    private static List<String> targets(ChatGlmModel model, AdapterConfig config) {
        List<String> targets = new ArrayList<>();
        for (Linear linear : model.linears()) {
            String last = linear.name().substring(linear.name().lastIndexOf('.') + 1);
            if (config.targets(linear.name()) && !targets.contains(last)) {
                targets.add(last);
            }
        }
        return targets;
    }
}
