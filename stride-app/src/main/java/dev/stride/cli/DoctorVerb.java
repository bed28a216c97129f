package dev.stride.cli;

import picocli.CommandLine.Command;

@Command(name = "doctor", description = "wip")
final class DoctorVerb implements Verb {
    private final Console console;

    DoctorVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        console.say("wip");
        return 1;
    }
}
