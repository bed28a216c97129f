package dev.stride.cli;

import dev.stride.config.ConfigReader;
import dev.stride.config.UserException;
import dev.stride.report.SweepData;
import dev.stride.search.SweepResult;
import dev.stride.sweep.Sweep;
import dev.stride.sweep.SweepPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description = "Fine-tunes the bundled small checkpoint at three learning rates and says which one to use.",
        footer = {"", "Example: stride demo"})
final class DemoVerb implements Verb {
    private static final String RATES = "3e-3,1e-2,3e-2";

    private final Console console;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where the runs and the report go. Default: runs/demo-TIME.")
    private @Nullable Path out;

    @Option(names = "--short", description = "A fraction of the data: a check that everything works, not a comparison.")
    private boolean brief;

    DemoVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Path folder = out != null ? out : Path.of("runs", "demo-" + TrainVerb.timeName());
        SweepPlan plan = SweepPlan.of(ConfigReader.read(null, settings(samples()), List.of()));
        Interrupt interrupt = Interrupt.install(console);
        console.err().println(plan.baseline().plan().toText());
        Examples.printFirst(console.err(), plan.baseline());
        SweepResult result;
        try (SweepDisplay display =
                new SweepDisplay(console, plan.asked().train().logEvery())) {
            result = Sweep.start(plan, folder, display, interrupt);
        }
        SweepData data = SweepVerb.write(folder, result, console);
        if (interrupt.getAsBoolean()) {
            console.say("interrupted; stride sweep --resume " + folder + " goes on");
            return ExitStatus.INTERRUPTED;
        }
        console.print("");
        SweepPage.print(data, console);
        console.print("");
        console.print("report: " + folder.resolve(Reports.PAGE).toAbsolutePath().normalize());
        return ExitStatus.DONE;
    }

    private Map<String, List<String>> settings(Path samples) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("--model", samples.resolve("model").toString());
        values.put("--data", samples.resolve("dialogue/train.jsonl").toString());
        values.put("--val", samples.resolve("dialogue/validation.jsonl").toString());
        values.put("--task", "dialogue");
        values.put("--method", "lora");
        values.put("--lora-rank", "8");
        values.put("--lora-alpha", "16");
        values.put("--lora-dropout", "0");
        values.put("--lora-targets", "all");
        values.put("--lrs", RATES);
        // three whole curves are what a demo is for
        values.put("--grow", "off");
        values.put("--prune", "off");
        values.put("--batch", "16");
        values.put("--epochs", brief ? "1" : "2");
        values.put("--max-new-tokens", "64");
        values.put("--val-generate", brief ? "4" : "30");
        values.put("--eval-batch", "40");
        values.put("--log-every", "20");
        values.put("--seed", "1");
        if (brief) {
            values.put("--limit", "160");
            values.put("--val-limit", "20");
        } else {
            values.put("--eval-every", "32");
        }
        Map<String, List<String>> flags = new LinkedHashMap<>();
        values.forEach((flag, value) -> flags.put(flag, List.of(value)));
        return flags;
    }

    /** The samples beside the program: the launcher says where the project is. */
    private static Path samples() {
        String home = System.getenv("STRIDE_HOME");
        Path samples = Path.of(home == null ? "" : home).resolve("samples");
        if (!Files.isDirectory(samples.resolve("model"))) {
            throw new UserException("the bundled samples are not at " + samples.toAbsolutePath()
                    + "; run the demo with the launcher ./stride of the project");
        }
        return samples;
    }
}
