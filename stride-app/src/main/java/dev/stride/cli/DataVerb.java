package dev.stride.cli;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "data",
        synopsisSubcommandLabel = "check",
        description = "Looks at data files.",
        footer = {"", "Example: stride data check samples/dialogue/train.jsonl --model samples/model"})
final class DataVerb implements Verb {
    private final Console console;

    @Spec
    private CommandSpec spec;

    DataVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<Verb> verbs() {
        return List.of(new DataCheckVerb(console));
    }

    @Override
    public Integer call() {
        throw new CommandLine.ParameterException(
                spec.commandLine(),
                "data needs to know what to do; allowed: " + spec.subcommands().keySet());
    }
}
