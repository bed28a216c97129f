package dev.stride.cli;

import picocli.CommandLine.Command;

@Command(name = "samples", description = "wip")
final class SamplesVerb implements Verb {
    private final Console console;

    SamplesVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.say("wip");
        return 1;
    }
}
