package dev.stride.examples;

import dev.stride.config.ConfigReader;
import dev.stride.config.RunConfig;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.StepEvent;
import dev.stride.train.Preparation;
import dev.stride.train.TrainCallback;
import dev.stride.train.TrainingRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Fine-tunes a checkpoint from Java and leaves an adapter: what {@code stride train} does, without a command line. */
final class FineTuneExample {
    private FineTuneExample() {}

    /** Trains LoRA on a file of conversations; gives the folder of the adapter, in PEFT's layout. */
    static Path fineTune(Path model, Path rows, Path run) {
        Map<String, List<String>> settings = Map.of(
                "--model", List.of(model.toString()),
                "--data", List.of(rows.toString()),
                "--method", List.of("lora"),
                "--lr", List.of("2e-3"),
                "--batch", List.of("4"),
                "--epochs", List.of("2"));
        RunConfig config = ConfigReader.read(null, settings, List.of());
        Preparation preparation = Preparation.of(config);
        System.out.println(preparation.plan().toText());
        TrainCallback watch = new TrainCallback() {
            @Override
            public void event(RunEvent event) {
                if (event instanceof StepEvent step) {
                    System.out.printf("step %d: loss %.4f, rate %s%n", step.step(), step.loss(), step.lr());
                }
            }
        };
        try (TrainingRun training = new TrainingRun(preparation, watch)) {
            RunResult result = training.train(run, watch, () -> false);
            return run.resolve(String.format("checkpoints/step-%06d", result.steps()));
        }
    }
}
