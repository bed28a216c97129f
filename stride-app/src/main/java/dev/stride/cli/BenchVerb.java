package dev.stride.cli;

import picocli.CommandLine.Command;

@Command(name = "bench", description = "wip")
final class BenchVerb implements Verb {
    private final Console console;

    BenchVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.say("wip");
        return 1;
    }
}
