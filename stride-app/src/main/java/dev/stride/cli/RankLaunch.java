package dev.stride.cli;

import dev.stride.config.RunConfig;
import dev.stride.distributed.Launcher;
import dev.stride.experiment.RunStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.ParseResult;

/** Starts {@code stride train} as several processes, which share every update. */
final class RankLaunch {
    /** What the processes are told of by their environment, or which is the launcher's own matter. */
    private static final Set<String> OWN = Set.of(RankOptions.PROCESSES, RankOptions.RESTARTS, RankOptions.PORT);
    /** What a run that goes on is told again. */
    private static final Set<String> AGAIN = Set.of("--json", "--serve", RankOptions.TIMEOUT);

    /** Ranks that wait in a call of libtorch do not hear a signal; after this they are ended. */
    static final Duration GRACE = Duration.ofSeconds(10);

    private RankLaunch() {}

    /**
     * Runs all processes to their ends.
     *
     * @param train what {@code train} was given
     * @param folder of the run
     */
    static int run(Console console, RankOptions options, ParseResult train, RunConfig asked, Path folder) {
        boolean resumes = asked.output().resume() != null;
        List<String> given = train.originalArgs();
        given = given.isEmpty() || !given.get(0).equals("train") ? given : given.subList(1, given.size());
        List<String> first = new ArrayList<>(without(given, OWN));
        if (!resumes && asked.output().dir() == null) {
            first.addAll(List.of("--out", folder.toString()));
        }
        List<String> again = new ArrayList<>(List.of("--resume", folder.toString()));
        again.addAll(only(given, AGAIN));
        Interrupt interrupt = Interrupt.install(console);
        int processes = options.processes(asked);
        Launcher.Settings settings = new Launcher.Settings(
                processes, options.maxRestarts(), GRACE, options.port(), Map.of("STRIDE_TERMINAL", "0"), "");
        console.say("stride: " + processes + " processes train together");
        int status = new Launcher(settings, console.out(), console.err(), interrupt).run(attempt -> {
            boolean begun = Files.isRegularFile(folder.resolve(RunStore.CONFIG));
            List<String> command = new ArrayList<>(List.of(ThisProgram.java()));
            command.addAll(ThisProgram.arguments("train"));
            command.addAll(attempt > 0 && begun ? again : first);
            return command;
        });
        return status > ExitStatus.INTERRUPTED ? ExitStatus.FAILED : status; // a rank that a signal ended
    }

    private static List<String> without(List<String> arguments, Set<String> options) {
        List<String> left = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String name = arguments.get(i).split("=", 2)[0];
            if (!options.contains(name)) {
                left.add(arguments.get(i));
            } else if (name.equals(arguments.get(i))) {
                i++; // its value
            }
        }
        return left;
    }

    private static List<String> only(List<String> arguments, Set<String> options) {
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            if (options.contains(arguments.get(i).split("=", 2)[0])) {
                kept.add(arguments.get(i));
                if (i + 1 < arguments.size() && !arguments.get(i + 1).startsWith("-")) {
                    kept.add(arguments.get(++i)); // its value
                }
            }
        }
        return kept;
    }
}
