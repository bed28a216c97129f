package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.ConfigReader;
import dev.stride.data.Batch;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.LoraSettings;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.torch.Precision;
import dev.stride.train.BaseModel;
import dev.stride.train.Preparation;
import dev.stride.train.SharedBaseBenchmark;
import dev.stride.train.SharedRuns;
import dev.stride.train.StepBenchmark;
import dev.stride.train.TrainCallback;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Updates of four LoRA adapters of rank 8 over one base, together and one after the other. */
final class SharedBaseBench {
    private static final int MEMBERS = 4;
    private static final LoraSettings LORA = new LoraSettings(
            8, 16, 0, List.of("query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"), false);
    /** Tokens of a pass that a plan gives the CPU at most. */
    private static final int PASS_TOKENS = 4096;

    private final Console console;
    private final boolean quiet;
    private final int rounds;
    private final ArrayNode all = Json.mapper().createArrayNode();

    /**
     * A benchmark.
     *
     * @param quiet print no table
     * @param rounds of each case, together and alone in turns
     */
    SharedBaseBench(Console console, boolean quiet, int rounds) {
        this.console = console;
        this.quiet = quiet;
        this.rounds = rounds;
    }

    /** Measures all cases: the bundled checkpoint on its dialogues, and 30 million random parameters. */
    ArrayNode run(Path samples) {
        say(String.format(
                "%-16s %6s %8s %9s %9s %8s %9s %9s %8s",
                "model", "rows", "tokens", "joint s", "alone s", "faster", "joint CPU", "alone CPU", "faster"));
        for (int batch : new int[] {1, 8, 64}) {
            bundled(samples, batch);
        }
        StepBenchmark random = new StepBenchmark(StepBenchmark.thirtyMillion(), Precision.FP32);
        List<TokenizedExample> examples = random.examples(StepBenchmark.advertiseGenLengths());
        try (ChatGlmModel model = random.randomModel(true)) {
            for (int batch : new int[] {1, 8}) {
                List<List<Batch>> joint =
                        SharedBaseBenchmark.updates(examples, batch, PASS_TOKENS / MEMBERS, 1);
                List<List<Batch>> alone = SharedBaseBenchmark.updates(examples, batch, PASS_TOKENS, 1);
                add("random 30 M", batch, new SharedBaseBenchmark(model, LORA, MEMBERS).run(joint, alone, rounds));
            }
        }
        return all;
    }

    private void bundled(Path samples, int batch) {
        Preparation alone = prepare(samples, batch, Map.of());
        String budget = Integer.toString(SharedRuns.tokenBudget(alone, MEMBERS));
        Preparation joint = prepare(samples, batch, Map.of("--token-budget", budget));
        int updates = Math.max(1, 16 / batch);
        try (BaseModel base = BaseModel.load(alone, TrainCallback.NONE)) {
            add(
                    "bundled",
                    batch,
                    new SharedBaseBenchmark(base.model(), LORA, MEMBERS)
                            .run(
                                    SharedBaseBenchmark.updates(joint, updates),
                                    SharedBaseBenchmark.updates(alone, updates),
                                    rounds));
        }
    }

    private static Preparation prepare(Path samples, int batch, Map<String, String> more) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("--model", samples.resolve("model").toString());
        values.put("--data", samples.resolve("dialogue/train.jsonl").toString());
        values.put("--task", "dialogue");
        values.put("--method", "lora");
        values.put("--lr", "1e-3");
        values.put("--precision", "fp32");
        values.put("--device", "cpu");
        values.put("--batch", Integer.toString(batch));
        values.putAll(more);
        Map<String, List<String>> flags = new LinkedHashMap<>();
        values.forEach((flag, value) -> flags.put(flag, List.of(value)));
        return Preparation.of(ConfigReader.read(null, flags, List.of()));
    }

    private void add(String model, int batch, SharedBaseBenchmark.Result result) {
        ObjectNode item = all.addObject();
        item.put("model", model);
        item.put("members", MEMBERS);
        item.put("rows", batch);
        item.put("tokens", result.tokens());
        item.put("joint_passes", result.jointPasses());
        item.put("alone_passes", MEMBERS * result.soloPasses());
        item.put("joint_seconds", result.joint().seconds());
        item.put("alone_seconds", result.solo().seconds());
        item.put("joint_cpu_seconds", result.joint().cpuSeconds());
        item.put("alone_cpu_seconds", result.solo().cpuSeconds());
        say(String.format(
                Locale.ROOT,
                "%-16s %6d %8d %9.3f %9.3f %7.2fx %9.3f %9.3f %7.2fx",
                model,
                batch,
                result.tokens(),
                result.joint().seconds(),
                result.solo().seconds(),
                result.solo().seconds() / result.joint().seconds(),
                result.joint().cpuSeconds(),
                result.solo().cpuSeconds(),
                result.solo().cpuSeconds() / result.joint().cpuSeconds()));
    }

    private void say(String line) {
        if (!quiet) {
            console.print(line);
        }
    }
}
