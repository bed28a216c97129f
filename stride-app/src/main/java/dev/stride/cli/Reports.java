package dev.stride.cli;

import java.nio.file.Path;

/** wip. */
final class Reports {
    private Reports() {}

    static void write(Path folder, Console console) {}
}
