package dev.stride.cli;

import picocli.CommandLine.Command;

@Command(name = "convert", description = "wip")
final class ConvertVerb implements Verb {
    private final Console console;

    ConvertVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.say("wip");
        return 1;
    }
}
