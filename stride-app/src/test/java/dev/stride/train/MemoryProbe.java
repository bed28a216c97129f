package dev.stride.train;

import dev.stride.SmallCheckpoint;
import dev.stride.checkpoint.ModelLoader;
import dev.stride.data.Batch;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.torch.AdamW;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The child process of {@link NativeMemoryTest}: trains, and says how much memory that took; one number a line. */
final class MemoryProbe {
    static final int WARM_UP = 50;
    static final int STEPS = 200;
    static final int TOKENS = 4400;

    private MemoryProbe() {}

    public static void main(String[] arguments) throws IOException {
        Native.threads(1);
        Path parent = Path.of(arguments[0]);
        Path model = SmallCheckpoint.PLAIN.writeBelow(parent);
        Path rows = SmallCheckpoint.rows(parent.resolve("rows.jsonl"), 64, 15);
        for (String method : List.of("full", "lora")) {
            System.out.println(method + " " + growth(model, rows, parent.resolve(method), method));
        }
        for (int vocabulary : new int[] {2_000, 40_000}) {
            System.out.println(vocabulary + " "
                    + peak(SmallCheckpoint.PLAIN.withVocabulary(vocabulary).writeBelow(parent), vocabulary));
        }
    }

    /** Bytes by which 200 updates after a warm-up let the process grow. */
    private static long growth(Path model, Path rows, Path run, String method) {
        List<String> words = List.of(
                "--model",
                model.toString(),
                "--data",
                rows.toString(),
                "--method",
                method,
                "--steps",
                Integer.toString(WARM_UP + STEPS),
                "--batch",
                "6",
                "--micro-batch",
                "3",
                "--save-every",
                "100000",
                "--threads",
                "1");
        long[] resident = new long[2];
        try (TrainingRun training = new TrainingRun(Runs.prepare(words), TrainCallback.NONE)) {
            training.train(
                    run,
                    new TrainCallback() {
                        @Override
                        public void event(RunEvent event) {
                            if (event instanceof StepEvent && event.step() == WARM_UP) {
                                resident[0] = Native.residentBytes();
                            } else if (event instanceof StepEvent && event.step() == WARM_UP + STEPS) {
                                resident[1] = Native.residentBytes();
                            }
                        }
                    },
                    () -> false);
        }
        return resident[1] - resident[0];
    }

    /** Bytes that a LoRA update takes at its peak above what stood before it. */
    private static long peak(Path folder, int vocabulary) throws IOException {
        ChatGlmConfig config = ChatGlmConfig.read(folder);
        try (ChatGlmModel model =
                        ModelLoader.load(folder, config, Precision.FP32, false, Native.cpu(), (done, total) -> {});
                LoraTuning lora =
                        new LoraTuning(model, new LoraSettings(4, 8, 0, List.of("query_key_value"), false), 1);
                AdamW optimizer = new AdamW(0.9, 0.999, 1e-8)) {
            TrainStep step =
                    new TrainStep(model, lora, optimizer, new TrainStep.Settings(0.1, 1, false, 1), LossScale.none());
            Batch batch = batch(vocabulary);
            step.gradients(List.of(batch), batch.numTrainedTokens(), 1); // libtorch's own first-time allocations
            step.discard();
            Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // the peak is now what is resident now
            long before = Native.residentBytes();
            TrainStep.Gradients gradients = step.gradients(List.of(batch), batch.numTrainedTokens(), 2);
            step.update(Map.of(TrainStep.DECAY, 1e-3), gradients.gradientNorm());
            return highWaterMark() - before;
        }
    }

    private static long highWaterMark() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmHWM:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        throw new IOException("no VmHWM in /proc/self/status");
    }

    private static Batch batch(int vocabulary) {
        List<TokenizedExample> rows = new ArrayList<>();
        for (int row = 0; row < TOKENS / 110; row++) {
            int[] ids = new int[110];
            int first = row;
            Arrays.setAll(ids, i -> (first * 31 + i * 17) % vocabulary);
            rows.add(new TokenizedExample(ids, ids));
        }
        return Batch.packed(rows);
    }
}
