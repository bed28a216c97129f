package dev.stride.checkpoint;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The layout of a LoRA adapter on disk, which is PEFT's: {@code adapter_config.json} and {@code
 * adapter_model.safetensors}, whose tensors are named {@code base_model.model.<module>.lora_A.weight}, [rank, in], and
 * {@code base_model.model.<module>.lora_B.weight}, [out, rank].
 */
public final class AdapterFiles {
    /** The settings. */
    public static final String CONFIG = "adapter_config.json";
    /** The tensors. */
    public static final String SAFETENSORS = "adapter_model.safetensors";
    /** The tensors, as older versions of PEFT wrote them. */
    public static final String TORCH = "adapter_model.bin";

    private static final String PREFIX = "base_model.model.";

    /** A state dict that was saved without PEFT's own function names the adapter too; it is called "default" there. */
    private static final Pattern NAME =
            Pattern.compile(Pattern.quote(PREFIX) + "(.+)\\.lora_([AB])(\\.default)?\\.weight");

    private AdapterFiles() {}

    /** One of the two factors of an adapter. */
    public enum Factor {
        /** [rank, in]. */
        A,
        /** [out, rank]. */
        B
    }

    /**
     * What a tensor of an adapter belongs to.
     *
     * @param module the linear's name in the base model, for example {@code
     *     transformer.encoder.layers.0.self_attention.query_key_value}
     * @param factor which of the two it is
     */
    public record Place(String module, Factor factor) {
        /** The tensor's name in the file. */
        public String tensorName() {
            return PREFIX + module + ".lora_" + factor + ".weight";
        }
    }

    /** The place of a tensor by its name in the file; empty when it is no LoRA factor. */
    public static Optional<Place> place(String tensorName) {
        Matcher name = NAME.matcher(tensorName);
        return name.matches() ? Optional.of(new Place(name.group(1), Factor.valueOf(name.group(2)))) : Optional.empty();
    }

    /** Bytes that {@link #write} writes. */
    public static long fileBytes(AdapterConfig config, List<? extends TensorSource> tensors) {
        return SafetensorsWriter.fileBytes(tensors) + config.text().length();
    }

    /**
     * Writes both files.
     *
     * @param tensors both factors of every module, under {@link Place#tensorName}
     * @throws IllegalArgumentException when a name is another, a factor is missing or a shape does not fit the rank
     */
    public static void write(FileTarget folder, AdapterConfig config, List<? extends TensorSource> tensors)
            throws IOException {
        Map<String, TensorSource> byName = new TreeMap<>();
        for (TensorSource tensor : tensors) {
            byName.put(tensor.name(), tensor);
        }
        for (TensorSource tensor : tensors) {
            check(tensor, byName, config);
        }
        try (WritableByteChannel channel = folder.create(SAFETENSORS)) {
            SafetensorsWriter.write(channel, SafetensorsWriter.alphabetical(tensors));
        }
        try (WritableByteChannel channel = folder.create(CONFIG)) {
            channel.write(StandardCharsets.UTF_8.encode(config.text()));
        }
    }

    private static void check(TensorSource tensor, Map<String, TensorSource> byName, AdapterConfig config) {
        Place place = place(tensor.name())
                .filter(found -> found.tensorName().equals(tensor.name()))
                .orElseThrow(() -> new IllegalArgumentException(tensor.name() + " is no LoRA factor's name"));
        Factor partner = place.factor() == Factor.A ? Factor.B : Factor.A;
        if (!byName.containsKey(new Place(place.module(), partner).tensorName())) {
            throw new IllegalArgumentException(place.module() + " has no factor " + partner);
        }
        if (!config.targets(place.module())) {
            throw new IllegalArgumentException(place.module() + " is none of " + config.targetModules());
        }
        long[] shape = tensor.shape();
        if (shape.length != 2 || shape[place.factor() == Factor.A ? 0 : 1] != config.rank()) {
            throw new IllegalArgumentException(
                    tensor.name() + " " + Shapes.text(shape) + " does not fit rank " + config.rank());
        }
    }
}
