package dev.stride.cli;

import picocli.CommandLine.Command;

@Command(name = "demo", description = "wip")
final class DemoVerb implements Verb {
    private final Console console;

    DemoVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.say("wip");
        return 1;
    }
}
