package dev.stride.chat;

import dev.stride.model.ChatGlmModel;
import dev.stride.model.KvPool;
import dev.stride.model.Sampling;
import dev.stride.model.TinyModel;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.peft.Parameter;
import dev.stride.tokenizer.SmallVocabulary;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;

/** Engines over the golden tiny model, whose first 320 ids are bytes and short pieces, and what to ask them. */
public final class EngineRig {
    static final String BASE = "tiny";
    static final String ONE = "tiny:one";
    static final String TWO = "tiny:two";
    static final List<String> NAMES = List.of(BASE, ONE, TWO);

    private EngineRig() {}

    /** An engine with a base and two adapters. */
    static ChatEngine open(EngineSettings settings) {
        ChatGlmModel model = TinyModel.open();
        Map<String, LoraTuning> adapters = new LinkedHashMap<>();
        adapters.put("one", adapter(model, 1, "query_key_value", "dense_4h_to_h"));
        adapters.put("two", adapter(model, 2, "query_key_value", "dense"));
        return ChatEngine.start(List.of(new LoadedModel(BASE, model, SmallVocabulary.tokenizer(), adapters)), settings);
    }

    static EngineSettings settings(int answers, int places) {
        return new EngineSettings(answers, 10_000, 16, places * KvPool.bytesPerPlace(TinyModel.config()));
    }

    /** An adapter whose B is not zero, so that it adds something. */
    static LoraTuning adapter(ChatGlmModel model, long seed, String... targets) {
        return adapter(model, seed, 0.3, targets);
    }

    /** The same with values of this spread. */
    public static LoraTuning adapter(ChatGlmModel model, long seed, double spread, String... targets) {
        LoraTuning tuning = LoraTuning.detached(model, new LoraSettings(4, 8, 0, List.of(targets), false), seed);
        Random random = new Random(seed);
        for (Parameter parameter : tuning.parameters()) {
            Tensor tensor = parameter.tensor();
            float[] values = new float[Math.toIntExact(tensor.numel())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (spread * random.nextGaussian());
            }
            try (TensorScope scope = new TensorScope();
                    NoGrad off = new NoGrad()) {
                tensor.copy_(Tensors.of(values, tensor.shape()));
            }
        }
        return tuning;
    }

    /** Prompts of random ids and mixed lengths, from 1 token on. */
    static List<int[]> prompts(int count, int longest, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            prompts.add(random.ints(1 + random.nextInt(longest), 3, 320).toArray());
        }
        return prompts;
    }

    static ChatRequest greedy(String model, int[] prompt, int tokens) {
        return ChatRequest.of(model, prompt, Sampling.greedy(tokens, Set.of()));
    }

    static ChatRequest sampled(String model, int[] prompt, int tokens, long seed) {
        return ChatRequest.of(model, prompt, new Sampling(1.2, 50, 0.95, tokens, Set.of(), seed));
    }

    /** The new tokens of each request, all asked at once. */
    static List<int[]> together(ChatEngine engine, List<ChatRequest> requests) throws InterruptedException {
        List<ChatAnswer> answers = new ArrayList<>();
        for (ChatRequest request : requests) {
            answers.add(engine.submit(request));
        }
        List<int[]> ids = new ArrayList<>();
        for (ChatAnswer answer : answers) {
            ChatEnd end = answer.await();
            if (end.reason() == ChatEnd.Reason.FAILED) {
                throw new AssertionError(end.message());
            }
            ids.add(end.newIds());
        }
        return ids;
    }

    /** The new tokens of each request, asked one after the other of an engine that remembers nothing. */
    static List<int[]> alone(List<ChatRequest> requests) throws InterruptedException {
        List<int[]> ids = new ArrayList<>();
        for (ChatRequest request : requests) {
            int places =
                    Math.max(16, request.promptIds().length + request.sampling().maxNewTokens());
            try (ChatEngine engine = open(settings(1, places))) {
                ids.addAll(together(engine, List.of(request)));
            }
        }
        return ids;
    }
}
