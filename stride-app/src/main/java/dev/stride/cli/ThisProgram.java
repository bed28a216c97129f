package dev.stride.cli;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/** This program, started again as this process was. */
final class ThisProgram {
    private ThisProgram() {}

    /** The Java that runs this process. */
    static String java() {
        return System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
    }

    /** What Java is given, up to the verb. */
    static List<String> arguments(String verb) {
        List<String> arguments =
                new ArrayList<>(ManagementFactory.getRuntimeMXBean().getInputArguments());
        arguments.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), verb));
        return arguments;
    }
}
