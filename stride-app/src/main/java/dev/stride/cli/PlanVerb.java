package dev.stride.cli;

import dev.stride.train.Preparation;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "plan",
        description = "Shows what a run would do, each number with its reason, without loading weights.",
        footer = {"", "Example: stride plan --model samples/model --data samples/dialogue/train.jsonl --task dialogue"})
final class PlanVerb implements Verb {
    private final Console console;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print the plan as one JSON document.")
    private boolean json;

    PlanVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        return TrainVerb.KNOBS;
    }

    @Override
    public Integer call() {
        Preparation preparation =
                Preparation.of(KnobOptions.read(spec.commandLine().getParseResult()));
        if (json) {
            console.print(Json.text(preparation.plan().toJson()));
        } else {
            console.print(preparation.plan().toText());
            Examples.printFirst(console.out(), preparation);
        }
        return ExitStatus.DONE;
    }
}
