package dev.stride.model;

import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The ChatGLM transformer over named weights: token ids in, hidden states and logits out.
 *
 * <p>Tokens of a pass are one flat row, [tokens, hidden]; an {@link Attention} knows which of them belong together.
 * The model owns its weights and frees them on close.
 */
public final class ChatGlmModel implements AutoCloseable {
    private static final String EMBEDDING = "transformer.embedding.word_embeddings.weight";
    private static final String FINAL_NORM = "transformer.encoder.final_layernorm.weight";
    private static final String WEIGHT = ".weight";

    /** Behind the name of a quantised weight it is the name of its scales. */
    public static final String SCALE = "_scale";

    private static final String OUTPUT = "transformer.output_layer.weight";

    private final ChatGlmConfig config;
    private final Precision precision;
    private final torch.ScalarType computeType;
    private final Device device;
    private final Map<String, Tensor> weights;
    private final Map<String, QuantisedWeight> quantised;
    private final List<Layer> layers = new ArrayList<>();
    private final Norm finalNorm;
    private final Rotary rotary;

    /**
     * A model over weights under their published names.
     *
     * @param weights exactly the names of {@link #shapes}; float32 for what will train, else in {@code precision}. The
     *     model owns them from here on.
     */
    public ChatGlmModel(ChatGlmConfig config, Map<String, Tensor> weights, Precision precision, Device device) {
        this(config, weights, Map.of(), precision, device);
    }

    /**
     * The same with some linears quantised.
     *
     * @param quantised by the name of the weight, which is then not among {@code weights}; the model owns them too
     */
    public ChatGlmModel(
            ChatGlmConfig config,
            Map<String, Tensor> weights,
            Map<String, QuantisedWeight> quantised,
            Precision precision,
            Device device) {
        this.config = config;
        this.precision = precision;
        this.device = device;
        this.computeType = Native.productsIn(precision, device).scalarType();
        this.weights = new LinkedHashMap<>(weights);
        this.quantised = Map.copyOf(quantised);
        for (int i = 0; i < config.numLayers(); i++) {
            layers.add(layer(i));
        }
        this.finalNorm = new Norm(weight(FINAL_NORM), config.epsilon());
        this.rotary = new Rotary(config, precision.scalarType(), device);
    }

    /**
     * Every weight's name and shape on disk, in the order of the forward pass (modeling_chatglm.py). A quantised linear has
     * codes in place of its weight, and their scales.
     */
    public static Map<String, long[]> shapes(ChatGlmConfig config) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        long hidden = config.hiddenSize();
        shapes.put(EMBEDDING, new long[] {config.vocabSize(), hidden});
        for (int i = 0; i < config.numLayers(); i++) {
            String layer = layerName(i);
            shapes.put(layer + "input_layernorm.weight", new long[] {hidden});
            putLinear(shapes, config, layer + "self_attention.query_key_value", config.qkvSize(), hidden);
            if (config.qkvBias()) {
                shapes.put(layer + "self_attention.query_key_value.bias", new long[] {config.qkvSize()});
            }
            long heads = (long) config.numHeads() * config.headSize();
            putLinear(shapes, config, layer + "self_attention.dense", hidden, heads);
            shapes.put(layer + "post_attention_layernorm.weight", new long[] {hidden});
            putLinear(shapes, config, layer + "mlp.dense_h_to_4h", 2L * config.ffnHiddenSize(), hidden);
            putLinear(shapes, config, layer + "mlp.dense_4h_to_h", hidden, config.ffnHiddenSize());
        }
        shapes.put(FINAL_NORM, new long[] {hidden});
        if (!config.tiedOutput()) {
            shapes.put(OUTPUT, new long[] {config.vocabSize(), hidden});
        }
        return shapes;
    }

    private static void putLinear(Map<String, long[]> shapes, ChatGlmConfig config, String name, long out, long in) {
        Quantisation quantisation = config.quantisation();
        if (quantisation == null) {
            shapes.put(name + WEIGHT, new long[] {out, in});
            return;
        }
        shapes.put(name + WEIGHT, quantisation.codesShape(out, in));
        shapes.put(name + WEIGHT + SCALE, quantisation.scalesShape(out, in));
    }

    /** The names of the weights of all linears of the blocks: those that quantising changes. */
    public static List<String> linearWeights(ChatGlmConfig config) {
        return shapes(config.withQuantisation(null)).entrySet().stream()
                .filter(entry -> entry.getKey().contains(".layers.") && entry.getValue().length == 2)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The model's shape. */
    public ChatGlmConfig config() {
        return config;
    }

    /** The type of a frozen weight, and of the products where the device has such products. */
    public Precision precision() {
        return precision;
    }

    /** Where the weights are. */
    public Device device() {
        return device;
    }

    /** All weights that are floating-point numbers, by their published names. */
    public Map<String, Tensor> weights() {
        return Collections.unmodifiableMap(weights);
    }

    /** Bytes of all weights as they are held, codes and scales of quantised ones too. */
    public long weightBytes() {
        List<String> counted = linearWeights(config); // each linear counts itself
        long dense = weights.entrySet().stream()
                .filter(weight ->
                        !counted.contains(weight.getKey()) && !weight.getKey().endsWith(SCALE))
                .mapToLong(weight -> weight.getValue().nbytes())
                .sum();
        return dense + linears().stream().mapToLong(Linear::bytes).sum();
    }

    /** The four linears of every block, in order. */
    public List<Linear> linears() {
        return layers.stream().flatMap(layer -> Arrays.stream(layer.linears())).toList();
    }

    /** The matrix that turns hidden states into logits: [vocabulary, hidden]. */
    public Tensor outputWeight() {
        return config.tiedOutput() ? weight(EMBEDDING) : weight(OUTPUT);
    }

    /**
     * A forward pass over packed segments that can be run backward.
     *
     * @param recompute keep only each block's input and run the block again on the way back
     */
    public Pass pass(int[] inputIds, int[] segmentLengths, boolean recompute) {
        return new Pass(this, inputIds, new PackedAttention(segmentLengths), recompute);
    }

    /** Logits in float32 of every token of unpadded segments: [tokens, vocabulary]. For tests and small inputs. */
    public Tensor logits(int[] inputIds, int[] segmentLengths) {
        return logits(hidden(inputIds, segmentLengths));
    }

    /** Hidden states of unpadded segments after the final norm: [tokens, hidden]. */
    public Tensor hidden(int[] inputIds, int[] segmentLengths) {
        return hidden(inputIds, new PackedAttention(segmentLengths));
    }

    /** Hidden states after the final norm: [tokens, hidden]. */
    Tensor hidden(int[] inputIds, Attention attention) {
        Tensor x = embed(inputIds);
        Tensor rotations = rotary.at(attention.positions());
        for (Layer layer : layers) {
            try (TensorScope scope = new TensorScope()) {
                x = scope.handUp(layer.forward(x, rotations, attention));
            }
        }
        return finalNorm.forward(x);
    }

    /** Logits in float32 of hidden states: [tokens, vocabulary]. */
    Tensor logits(Tensor hidden) {
        torch.ScalarType type = OutputHead.productType(outputWeight(), hidden);
        Tensor product = torch.linear(Tensors.as(hidden, type), Tensors.as(outputWeight(), type));
        return Tensors.as(product, torch.ScalarType.Float);
    }

    Tensor embed(int[] inputIds) {
        return embed(Tensors.indices(inputIds, device));
    }

    /** Hidden states of token ids: [tokens] to [tokens, hidden]. */
    Tensor embed(Tensor inputIds) {
        return Tensors.as(torch.embedding(weight(EMBEDDING), inputIds), computeType);
    }

    Norm finalNorm() {
        return finalNorm;
    }

    List<Layer> layers() {
        return layers;
    }

    Rotary rotary() {
        return rotary;
    }

    @Override
    public void close() {
        weights.values().forEach(TensorScope::free);
        quantised.values().forEach(QuantisedWeight::close);
        rotary.close();
    }

    private Layer layer(int index) {
        String name = layerName(index);
        return new Layer(
                config,
                index,
                weight(name + "input_layernorm.weight"),
                linear(name + "self_attention.query_key_value", config.qkvBias()),
                linear(name + "self_attention.dense", false),
                weight(name + "post_attention_layernorm.weight"),
                linear(name + "mlp.dense_h_to_4h", false),
                linear(name + "mlp.dense_4h_to_h", false));
    }

    private Linear linear(String name, boolean bias) {
        @Nullable Tensor biasTensor = bias ? weight(name + ".bias") : null;
        QuantisedWeight codes = quantised.get(name + WEIGHT);
        Weight held = codes == null ? new DenseWeight(weight(name + WEIGHT)) : codes;
        return new Linear(name, held, biasTensor);
    }

    private Tensor weight(String name) {
        Tensor weight = weights.get(name);
        if (weight == null) {
            throw new IllegalArgumentException("no weight named " + name);
        }
        return weight;
    }

    private static String layerName(int index) {
        return "transformer.encoder.layers." + index + ".";
    }
}
