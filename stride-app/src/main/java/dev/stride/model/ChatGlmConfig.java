package dev.stride.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The shape of a ChatGLM model, read from its {@code config.json}; no value is assumed (configuration_chatglm.py).
 *
 * @param numLayers blocks
 * @param hiddenSize width of the residual stream
 * @param ffnHiddenSize width of the gated layer, of one half
 * @param numHeads query heads
 * @param headSize channels of a head ({@code kv_channels}); heads x head size may differ from the hidden size
 * @param numGroups key and value heads; each serves numHeads / numGroups query heads in a row
 * @param vocabSize rows of the embedding ({@code padded_vocab_size})
 * @param seqLength positions that the rotary table covers
 * @param epsilon added to the mean square in RMSNorm
 * @param ropeRatio multiplies the rotary base 10000
 * @param rotaryFraction share of a head's channels that rotate: 0.5 in ChatGLM
 * @param rotaryRule in which type the table's angles are computed
 * @param qkvBias whether query_key_value has a bias
 * @param tiedOutput whether the output layer is the embedding
 * @param eosTokenId id that ends a text
 * @param quantisation how the blocks' linears are held in whole numbers; null where they are floating-point numbers
 */
public record ChatGlmConfig(
        int numLayers,
        int hiddenSize,
        int ffnHiddenSize,
        int numHeads,
        int headSize,
        int numGroups,
        int vocabSize,
        int seqLength,
        double epsilon,
        double ropeRatio,
        double rotaryFraction,
        RotaryRule rotaryRule,
        boolean qkvBias,
        boolean tiedOutput,
        int eosTokenId,
        @Nullable Quantisation quantisation) {

    /** The keys of config.json that say how linears are quantised; the second is this program's own (docs/guide.md). */
    public static final String QUANTIZATION_BIT = "quantization_bit";

    public static final String QUANTIZATION_GROUP = "quantization_group";

    /** In which type the angles of the rotary table are computed; each family has its own (modeling_chatglm.py, RotaryEmbedding). */
    public enum RotaryRule {
        /** ChatGLM3: angles in float32, whatever the model's type. */
        FLOAT32,
        /** ChatGLM2: frequencies and positions in the model's own type. */
        MODEL_TYPE
    }

    public ChatGlmConfig {
        if (numHeads % numGroups != 0) {
            throw new UserException("config.json: num_attention_heads " + numHeads
                    + " is not a multiple of multi_query_group_num " + numGroups);
        }
    }

    /** A shape whose linears are floating-point numbers. */
    public ChatGlmConfig(
            int numLayers,
            int hiddenSize,
            int ffnHiddenSize,
            int numHeads,
            int headSize,
            int numGroups,
            int vocabSize,
            int seqLength,
            double epsilon,
            double ropeRatio,
            double rotaryFraction,
            RotaryRule rotaryRule,
            boolean qkvBias,
            boolean tiedOutput,
            int eosTokenId) {
        this(
                numLayers,
                hiddenSize,
                ffnHiddenSize,
                numHeads,
                headSize,
                numGroups,
                vocabSize,
                seqLength,
                epsilon,
                ropeRatio,
                rotaryFraction,
                rotaryRule,
                qkvBias,
                tiedOutput,
                eosTokenId,
                null);
    }

    /** Reads {@code config.json} of a checkpoint folder; all problems at once. */
    public static ChatGlmConfig read(Path folder) {
        Path file = folder.resolve("config.json");
        if (!Files.isRegularFile(file)) {
            throw new UserException(
                    file + ": not found; a checkpoint folder holds config.json, the weights and" + " tokenizer.model");
        }
        JsonNode json;
        try {
            json = new com.fasterxml.jackson.databind.ObjectMapper().readTree(file.toFile());
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new UserException(file + ": not valid JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": " + e.getMessage(), e);
        }
        return new Reader(file, json).config();
    }

    /** The same shape with another family's rotary rule. */
    public ChatGlmConfig withRotaryRule(RotaryRule rule) {
        return with(rule, quantisation);
    }

    /** The same shape with linears held otherwise. */
    public ChatGlmConfig withQuantisation(@Nullable Quantisation other) {
        return with(rotaryRule, other);
    }

    private ChatGlmConfig with(RotaryRule rule, @Nullable Quantisation held) {
        return new ChatGlmConfig(
                numLayers,
                hiddenSize,
                ffnHiddenSize,
                numHeads,
                headSize,
                numGroups,
                vocabSize,
                seqLength,
                epsilon,
                ropeRatio,
                rotaryFraction,
                rule,
                qkvBias,
                tiedOutput,
                eosTokenId,
                held);
    }

    /** Query heads that share one key and value head. */
    public int headsPerGroup() {
        return numHeads / numGroups;
    }

    /** Rows of query_key_value: all query heads, then the key heads, then the value heads. */
    public int qkvSize() {
        return (numHeads + 2 * numGroups) * headSize;
    }

    /** Channels of a head that rotate. */
    public int rotarySize() {
        return (int) Math.round(headSize * rotaryFraction);
    }

    /** All parameters, the output layer counted once where it is tied. */
    public long numParameters() {
        long perLayer = 2L * hiddenSize
                + (long) qkvSize() * hiddenSize
                + (qkvBias ? qkvSize() : 0)
                + (long) hiddenSize * numHeads * headSize
                + 3L * ffnHiddenSize * hiddenSize;
        return (tiedOutput ? 1L : 2L) * vocabSize * hiddenSize + numLayers * perLayer + hiddenSize;
    }

    private static final class Reader {
        private final Path file;
        private final JsonNode json;
        private final List<Problem> problems = new ArrayList<>();

        Reader(Path file, JsonNode json) {
            this.file = file;
            this.json = json;
        }

        ChatGlmConfig config() {
            text("model_type", "chatglm");
            flag("rmsnorm", true);
            flag("post_layer_norm", true);
            flag("original_rope", true);
            flag("add_bias_linear", false);
            optionalFlag("apply_residual_connection_post_layernorm", false);
            optionalFlag("fp32_residual_connection", false);
            int heads = integer("num_attention_heads");
            boolean grouped = bool("multi_query_attention");
            int groups = grouped ? integer("multi_query_group_num") : heads;
            int layers = integer("num_layers");
            int hidden = integer("hidden_size");
            int ffn = integer("ffn_hidden_size");
            int headSize = integer("kv_channels");
            int vocab = integer("padded_vocab_size");
            int seqLength = integer("seq_length");
            double epsilon = number("layernorm_epsilon");
            boolean bias = bool("add_qkv_bias");
            boolean tied = json.path("tie_word_embeddings").asBoolean(false);
            int eos = integer("eos_token_id");
            Quantisation held = quantisation();
            double ratio = json.has("rope_ratio") ? number("rope_ratio") : 1.0;
            if (problems.isEmpty() && (heads < 1 || groups < 1 || heads % groups != 0)) {
                problem("multi_query_group_num", "a divisor of num_attention_heads " + heads);
            }
            if (problems.isEmpty() && held != null) {
                for (long in : new long[] {hidden, (long) heads * headSize, ffn}) {
                    if (!held.fits(in)) {
                        problem(
                                held.group() == Quantisation.ROW ? QUANTIZATION_BIT : QUANTIZATION_GROUP,
                                "what cuts rows of " + in + " inputs into even parts");
                    }
                }
            }
            if (!problems.isEmpty()) {
                throw new UserException(file + " does not describe a ChatGLM2 or ChatGLM3 model", problems);
            }
            return new ChatGlmConfig(
                    layers,
                    hidden,
                    ffn,
                    heads,
                    headSize,
                    groups,
                    vocab,
                    seqLength,
                    epsilon,
                    ratio,
                    0.5,
                    isChatGlm2(seqLength) ? RotaryRule.MODEL_TYPE : RotaryRule.FLOAT32,
                    bias,
                    tied,
                    eos,
                    held);
        }

        /** None where the key is 0 or missing; a group of 0 or none is a scale for each row. */
        private @Nullable Quantisation quantisation() {
            int bits = json.path(QUANTIZATION_BIT).asInt(0);
            JsonNode group = json.path(QUANTIZATION_GROUP);
            if (bits != 0 && bits != 4 && bits != 8) {
                problem(QUANTIZATION_BIT, "4, 8, or 0 for weights that are not quantised");
                return null;
            }
            boolean whole = group.isMissingNode() || group.isNull() || group.isInt();
            if (!whole || group.asInt(0) < 0 || group.asInt(0) % 2 != 0 || (bits == 0 && group.asInt(0) != 0)) {
                problem(QUANTIZATION_GROUP, "an even number of inputs that share a scale, with " + QUANTIZATION_BIT);
                return null;
            }
            return bits == 0 ? null : new Quantisation(bits, group.asInt(0));
        }

        /**
         * ChatGLM2-6B has the same keys as ChatGLM3-6B; it is known by its name, or by a context of 32768 without the
         * rope_ratio that ChatGLM3-6B-32k has.
         */
        private boolean isChatGlm2(int seqLength) {
            String name = json.path("_name_or_path").asText("").toLowerCase(java.util.Locale.ROOT);
            if (name.contains("chatglm2")) {
                return true;
            }
            return !name.contains("chatglm3") && seqLength == 32768 && !json.has("rope_ratio");
        }

        private void problem(String key, String allowed) {
            JsonNode value = json.path(key);
            problems.add(Problem.of(key, value.isMissingNode() ? "missing" : value.toString(), allowed));
        }

        private int integer(String key) {
            if (!json.path(key).isInt() || json.path(key).asInt() < 1) {
                problem(key, "a whole number of at least 1");
                return 1;
            }
            return json.path(key).asInt();
        }

        private double number(String key) {
            if (!json.path(key).isNumber() || !(json.path(key).asDouble() > 0)) {
                problem(key, "a number above 0");
                return 1;
            }
            return json.path(key).asDouble();
        }

        private boolean bool(String key) {
            if (!json.path(key).isBoolean()) {
                problem(key, "true or false");
            }
            return json.path(key).asBoolean();
        }

        private void text(String key, String expected) {
            if (!expected.equals(json.path(key).asText())) {
                problem(key, expected);
            }
        }

        private void flag(String key, boolean expected) {
            if (!json.path(key).isBoolean() || json.path(key).asBoolean() != expected) {
                problem(key, Boolean.toString(expected));
            }
        }

        private void optionalFlag(String key, boolean expected) {
            if (json.has(key)) {
                flag(key, expected);
            }
        }
    }
}
