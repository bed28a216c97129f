package dev.stride.cli;

import picocli.CommandLine.Command;

@Command(name = "merge", description = "wip")
final class MergeVerb implements Verb {
    private final Console console;

    MergeVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.say("wip");
        return 1;
    }
}
