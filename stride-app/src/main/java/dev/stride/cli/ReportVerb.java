package dev.stride.cli;

import picocli.CommandLine.Command;

@Command(name = "report", description = "wip")
final class ReportVerb implements Verb {
    private final Console console;

    ReportVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.say("wip");
        return 1;
    }
}
