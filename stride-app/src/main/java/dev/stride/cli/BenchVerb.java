package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.train.StepBenchmark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "bench",
        description = "Measures training steps against the matrix-product ceiling of this machine, in one run.",
        footer = {"", "Example: stride bench   (bench/README.md has figures)"})
final class BenchVerb implements Verb {
    private final Console console;

    @Option(names = "--json", description = "Print one JSON list.")
    private boolean json;

    @Option(names = "--repeats", defaultValue = "5", description = "Updates measured in each case. Default: 5.")
    private int repeats;

    @Option(names = "--threads", defaultValue = "0", description = "Threads of libtorch; 0 for its own choice.")
    private int threads;

    @Option(
            names = "--real-size",
            paramLabel = "DIR",
            description = "Instead: write a random checkpoint of ChatGLM3-6B's size there (12.5 GB) unless it is there,"
                    + " and run one LoRA step of 256 tokens and a generation of 16 in bf16.")
    private @Nullable Path realSize;

    @Option(
            names = "--answer",
            paramLabel = "DIR",
            description =
                    "Instead: how fast the checkpoint in DIR continues a prompt of 128 tokens by 32, beside the limit"
                            + " of memory bandwidth.")
    private @Nullable Path answer;

    @Option(names = "--rows", defaultValue = "1", description = "With --answer: prompts at once. Default: 1.")
    private int rows;

    @Option(
            names = "--shared-base",
            paramLabel = "DIR",
            description =
                    "Instead: four LoRA adapters over one base, together and one after the other, with the samples of"
                            + " the project in DIR.")
    private @Nullable Path sharedBase;

    @Option(
            names = "--chat",
            paramLabel = "DIR",
            description =
                    "Instead: tokens per second of 1 to 16 answers at a time, with the samples of the project in DIR.")
    private @Nullable Path chat;

    BenchVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Native.threads(threads);
        if (realSize != null) {
            console.print(Json.text(new RealSizeBench(console).run(realSize)));
            return ExitStatus.DONE;
        }
        if (answer != null) {
            if (!Files.isRegularFile(answer.resolve("config.json"))) {
                new RealSizeBench(console).write(answer);
            }
            console.print(Json.text(AnswerBench.run(answer, rows)));
            return ExitStatus.DONE;
        }
        if (sharedBase != null) {
            ArrayNode measured = new SharedBaseBench(console, json, repeats).run(sharedBase);
            if (json) {
                console.print(Json.text(measured));
            }
            return ExitStatus.DONE;
        }
        if (chat != null) {
            ArrayNode measured = new ChatBench(console, json, repeats).run(chat);
            if (json) {
                console.print(Json.text(measured));
            }
            return ExitStatus.DONE;
        }
        ArrayNode all = Json.mapper().createArrayNode();
        int[] even = new int[8];
        Arrays.fill(even, 128);
        if (!json) {
            console.print(String.format(
                    "%-10s %-5s %-5s %-7s %9s %10s %14s %8s %9s",
                    "rows", "type", "what", "layout", "ms/step", "tokens/s", "ceiling GF/s", "share", "peak MB"));
        }
        for (Precision precision : new Precision[] {Precision.FP32, Precision.BF16}) {
            for (boolean lora : new boolean[] {false, true}) {
                measure(all, "8 x 128", precision, lora, true, even);
                for (boolean packed : new boolean[] {true, false}) {
                    measure(all, "AdGen 16", precision, lora, packed, StepBenchmark.advertiseGenLengths());
                }
            }
        }
        if (json) {
            console.print(Json.text(all));
        }
        return ExitStatus.DONE;
    }

    private void measure(ArrayNode all, String rows, Precision precision, boolean lora, boolean packed, int[] lengths) {
        StepBenchmark.Result result = new StepBenchmark(StepBenchmark.thirtyMillion(), precision)
                .run(lora, packed, lengths, false, 2, repeats);
        String type = precision.name().toLowerCase(Locale.ROOT);
        ObjectNode item = all.addObject();
        item.put("rows", rows);
        item.put("precision", type);
        item.put("method", lora ? "lora" : "full");
        item.put("layout", packed ? "packed" : "padded");
        item.put("step_seconds", result.stepSeconds());
        item.put("tokens_per_second", result.tokens() / result.stepSeconds());
        item.put("ceiling_gflops", result.ceilingGflops());
        item.put("share_of_ceiling", result.productShare());
        item.put("peak_bytes", result.peakBytes());
        if (!json) {
            console.print(String.format(
                    Locale.ROOT,
                    "%-10s %-5s %-5s %-7s %9.0f %10.0f %14.0f %7.1f%% %9d",
                    rows,
                    type,
                    lora ? "lora" : "full",
                    packed ? "packed" : "padded",
                    result.stepSeconds() * 1000,
                    result.tokens() / result.stepSeconds(),
                    result.ceilingGflops(),
                    100 * result.productShare(),
                    result.peakBytes() >> 20));
        }
    }
}
