package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatAnswer;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.ChatEngine;
import dev.stride.chat.ChatRequest;
import dev.stride.chat.EngineSettings;
import dev.stride.config.ConfigReader;
import dev.stride.config.RunConfig;
import dev.stride.model.Generator;
import dev.stride.model.Sampling;
import dev.stride.train.TrainingData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Tokens per second of several answers at a time on the bundled checkpoint, and of the static batch that eval uses. */
final class ChatBench {
    private static final int NEW_TOKENS = 128;
    private static final List<Integer> TOGETHER = List.of(1, 2, 4, 8, 16);

    private final Console console;
    private final boolean quiet;
    private final int rounds;
    private final ArrayNode all = Json.mapper().createArrayNode();

    ChatBench(Console console, boolean quiet, int rounds) {
        this.console = console;
        this.quiet = quiet;
        this.rounds = rounds;
    }

    /** Measures all cases; the best of the rounds of each counts. */
    ArrayNode run(Path samples) {
        RunConfig config = ConfigReader.read(
                null,
                Map.of(
                        "--model", List.of(samples.resolve("model").toString()),
                        "--data", List.of(samples.resolve("dialogue/test.jsonl").toString()),
                        "--precision", List.of("fp32"),
                        "--device", List.of("cpu")),
                List.of());
        say(String.format("%9s %14s %14s %12s %12s", "answers", "tokens/s", "ms a token", "first ms", "static tok/s"));
        List<int[]> prompts;
        List<Double> fixed = new ArrayList<>();
        try (OpenModel open = OpenModel.open(config)) {
            TrainingData data = new TrainingData(config.data(), open.tokenizer());
            prompts = data.train().examples().examples().stream()
                    .map(data::prompt)
                    .toList();
            Generator generator = new Generator(open.model());
            for (int together : TOGETHER) {
                fixed.add(best(() -> {
                    List<int[]> ids =
                            generator.generate(prompts.subList(0, together), Sampling.greedy(NEW_TOKENS, Set.of()));
                    return ids.stream().mapToInt(row -> row.length).sum();
                }));
            }
        }
        ChatSource source = ChatSource.of(samples.resolve("model"));
        EngineSettings settings = new EngineSettings(16, 64, EngineSettings.PASS_TOKENS, 64L << 20);
        try (ChatEngine engine = ChatEngine.start(List.of(source.load(config)), settings)) {
            for (int i = 0; i < TOGETHER.size(); i++) {
                measure(engine, source.name(), prompts, TOGETHER.get(i), fixed.get(i));
            }
        }
        return all;
    }

    private void measure(ChatEngine engine, String model, List<int[]> prompts, int together, double fixed) {
        List<Double> firsts = new ArrayList<>();
        int[] round = {0};
        double perSecond = best(() -> {
            List<ChatAnswer> answers = new ArrayList<>();
            for (int i = 0; i < together; i++) {
                int[] prompt = prompts.get((round[0]++) % prompts.size());
                answers.add(engine.submit(ChatRequest.of(model, prompt, Sampling.greedy(NEW_TOKENS, Set.of()))));
            }
            int tokens = 0;
            for (ChatAnswer answer : answers) {
                ChatEnd end = await(answer);
                tokens += end.newTokens();
                firsts.add(end.firstToken().toNanos() / 1e6);
            }
            return tokens;
        });
        double first = firsts.stream().sorted().toList().get(firsts.size() / 2);
        ObjectNode item = all.addObject();
        item.put("answers", together);
        item.put("new_tokens_each", NEW_TOKENS);
        item.put("tokens_per_second", perSecond);
        item.put("median_first_token_ms", first);
        item.put("static_batch_tokens_per_second", fixed);
        say(String.format(
                Locale.ROOT,
                "%9d %14.0f %14.2f %12.1f %12.0f",
                together,
                perSecond,
                1000 * together / perSecond,
                first,
                fixed));
    }

    /** Work that says how many tokens it made. */
    private interface Work {
        int tokens();
    }

    /** Tokens per second of the fastest round, after one that does not count. */
    private double best(Work work) {
        double best = 0;
        for (int round = 0; round <= rounds; round++) {
            long start = System.nanoTime();
            int tokens = work.tokens();
            double perSecond = tokens / ((System.nanoTime() - start) / 1e9);
            best = round == 0 ? 0 : Math.max(best, perSecond);
        }
        return best;
    }

    private static ChatEnd await(ChatAnswer answer) {
        try {
            return answer.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        }
    }

    private void say(String line) {
        if (!quiet) {
            console.print(line);
        }
    }
}
