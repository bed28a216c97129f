package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.checkpoint.AtomicFolder;
import dev.stride.checkpoint.SafetensorsWriter;
import dev.stride.checkpoint.TensorBytes;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.tokenizer.BpeTrainer;
import dev.stride.tokenizer.Family;
import dev.stride.tokenizer.SentencePieceModel;
import dev.stride.tokenizer.Tokenizer;
import dev.stride.torch.Native;
import dev.stride.torch.TensorScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** An untrained small checkpoint in the published layout: its own vocabulary, and random weights. */
final class SampleCheckpoint {
    private static final int PIECES = 3000;
    private static final int LAYERS = 4;
    private static final int HIDDEN = 192;
    private static final int FFN = 512;
    private static final int HEADS = 6;
    private static final int HEAD = 32;
    private static final int GROUPS = 2;
    private static final int CONTEXT = 2048;
    private static final double DEVIATION = 0.02;

    private SampleCheckpoint() {}

    /** Trains the vocabulary on texts and draws the weights. */
    static void write(Path folder, List<String> texts, long seed) {
        SentencePieceModel vocabulary = BpeTrainer.ofSize(PIECES).train(texts);
        int tokens = Tokenizer.of(vocabulary, Family.CHATGLM3).size();
        int padded = (tokens + 63) / 64 * 64;
        ChatGlmConfig shape = shape(padded);
        try (TensorScope scope = new TensorScope()) {
            List<TensorBytes> tensors = weights(shape, seed);
            Path vocabularyFile = Files.createTempFile("vocabulary", ".model");
            vocabulary.write(vocabularyFile);
            AtomicFolder.write(folder, SafetensorsWriter.fileBytes(tensors) * 2, target -> {
                target.writeText("config.json", Json.text(config(shape, "float32")));
                target.writeText("tokenizer_config.json", "{\"tokenizer_class\": \"ChatGLMTokenizer\"}\n");
                target.copy(vocabularyFile, "tokenizer.model");
                SafetensorsWriter.writeModel(target, tensors, 1L << 30);
            });
            Files.delete(vocabularyFile);
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": " + e.getMessage(), e);
        }
    }

    private static List<TensorBytes> weights(ChatGlmConfig shape, long seed) {
        Native.seed(seed);
        List<TensorBytes> tensors = new ArrayList<>();
        ChatGlmModel.shapes(shape).forEach((name, dims) -> {
            Tensor weight;
            if (dims.length == 1) {
                weight = name.endsWith("bias") ? torch.zeros(dims) : torch.ones(dims);
            } else {
                // what adds to the residual stream starts smaller, one over the root of the number of additions
                boolean adds = name.endsWith("dense.weight") || name.endsWith("dense_4h_to_h.weight");
                double deviation = adds ? DEVIATION / Math.sqrt(2 * LAYERS) : DEVIATION;
                weight = torch.randn(dims).mul(new Scalar(deviation));
            }
            tensors.add(TensorBytes.of(name, weight));
        });
        return tensors;
    }

    /** The published keys of a shape's config.json. */
    static ObjectNode config(ChatGlmConfig shape, String type) {
        ObjectNode config = Json.object();
        config.put("_name_or_path", "stride/chatglm3-sample");
        config.put("model_type", "chatglm");
        config.putArray("architectures").add("ChatGLMModel");
        config.put("num_layers", shape.numLayers());
        config.put("hidden_size", shape.hiddenSize());
        config.put("ffn_hidden_size", shape.ffnHiddenSize());
        config.put("num_attention_heads", shape.numHeads());
        config.put("kv_channels", shape.headSize());
        config.put("multi_query_attention", true);
        config.put("multi_query_group_num", shape.numGroups());
        config.put("padded_vocab_size", shape.vocabSize());
        config.put("seq_length", shape.seqLength());
        config.put("layernorm_epsilon", shape.epsilon());
        config.put("rmsnorm", true);
        config.put("post_layer_norm", true);
        config.put("original_rope", true);
        config.put("add_qkv_bias", shape.qkvBias());
        config.put("add_bias_linear", false);
        config.put("apply_query_key_layer_scaling", true);
        config.put("apply_residual_connection_post_layernorm", false);
        config.put("attention_softmax_in_fp32", true);
        config.put("fp32_residual_connection", false);
        config.put("attention_dropout", 0.0);
        config.put("hidden_dropout", 0.0);
        config.put("bias_dropout_fusion", true);
        config.put("tie_word_embeddings", shape.tiedOutput());
        config.put("use_cache", true);
        config.put("eos_token_id", shape.eosTokenId());
        config.put("pad_token_id", 0);
        config.put("torch_dtype", type);
        return config;
    }

    private static ChatGlmConfig shape(int vocabulary) {
        return new ChatGlmConfig(
                LAYERS,
                HIDDEN,
                FFN,
                HEADS,
                HEAD,
                GROUPS,
                vocabulary,
                CONTEXT,
                1e-5,
                1,
                0.5,
                ChatGlmConfig.RotaryRule.FLOAT32,
                true,
                false,
                2);
    }
}
