package dev.stride.cli;

import picocli.CommandLine.Command;

@Command(name = "data", description = "wip")
final class DataVerb implements Verb {
    private final Console console;

    DataVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.say("wip");
        return 1;
    }
}
