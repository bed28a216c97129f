package dev.stride.cli;

import dev.stride.config.Numbers;
import dev.stride.config.RunConfig;
import dev.stride.recipe.RunPlan;
import dev.stride.report.PlannedRatesChart;
import dev.stride.report.RatePoint;
import dev.stride.train.Preparation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "plan",
        description = "Shows what a run would do, each number with its reason, without loading weights.",
        footer = {"", "Example: stride plan --model samples/model --data samples/dialogue/train.jsonl --task dialogue"})
final class PlanVerb implements Verb {
    private static final long MOST_POINTS = 1500;

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print the plan as one JSON document.")
    private boolean json;

    @Option(names = "--png", paramLabel = "FILE", description = "Draw the planned rate of every group into a PNG file.")
    private @Nullable Path png;

    PlanVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        return TrainVerb.KNOBS;
    }

    @Override
    public Integer call() {
        RunConfig config = KnobOptions.read(spec.commandLine().getParseResult());
        Preparation preparation = Preparation.of(config, 1, config.plan().ranks());
        if (png != null) {
            RunPlan plan = preparation.plan();
            PlannedRatesChart.write(
                    png,
                    "planned rate: peak " + Numbers.text(plan.peak()) + ", "
                            + plan.schedule().shape(),
                    lines(plan));
        }
        if (json) {
            console.print(Json.text(preparation.plan().toJson()));
        } else {
            console.print(preparation.plan().toText());
            Examples.printFirst(console.out(), preparation);
        }
        return ExitStatus.DONE;
    }

    /** The planned rate of every group, with enough points for the width of a picture. */
    private static List<PlannedRatesChart.Line> lines(RunPlan plan) {
        Map<String, List<RatePoint>> lines = new LinkedHashMap<>();
        long steps = plan.schedule().steps();
        long every = Math.max(1, steps / MOST_POINTS);
        for (long step = 1; step <= steps; step++) {
            if ((step - 1) % every == 0 || step == plan.schedule().warmup() || step == steps) {
                long at = step;
                plan.rates(step)
                        .forEach((group, rate) -> lines.computeIfAbsent(group, name -> new ArrayList<>())
                                .add(new RatePoint(at, rate)));
            }
        }
        return lines.entrySet().stream()
                .map(line -> new PlannedRatesChart.Line(line.getKey(), line.getValue()))
                .toList();
    }
}
