package dev.stride.cli;

import dev.stride.config.UserException;
import dev.stride.distributed.RankLost;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The program {@code stride}: one class a verb. */
@Command(
        name = "stride",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "VERB",
        description = "Learning-rate-first fine-tuning of ChatGLM3 on the JVM.",
        footer = {
            "",
            "Example: stride train --model chatglm3-6b --data rows.jsonl --val held-out.jsonl --out runs/first"
        })
public final class Main {
    private Main() {}

    /** Runs one verb and exits with its status. */
    public static void main(String[] args) {
        Console console = Console.ofProcess();
        System.exit(commandLine(console).execute(args));
    }

    /** The whole command line, for main and for tests. */
    static CommandLine commandLine(Console console) {
        CommandLine line = new CommandLine(new Main());
        verbs(console).forEach(verb -> line.addSubcommand(command(verb)));
        line.setUsageHelpAutoWidth(true);
        line.setExecutionExceptionHandler((error, command, parsed) -> explain(console, error));
        line.setParameterExceptionHandler((error, given) -> {
            console.say("stride: " + error.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(error, console.err());
            console.say(error.getCommandLine().getCommandSpec().qualifiedName() + " --help shows what it takes");
            return ExitStatus.WRONG_REQUEST;
        });
        return line;
    }

    static CommandLine command(Verb verb) {
        CommandLine command = new CommandLine(verb);
        if (!verb.knobs().isEmpty()) {
            KnobOptions.addTo(command.getCommandSpec(), verb.knobs());
        }
        command.getCommandSpec().mixinStandardHelpOptions(true);
        command.setStopAtPositional(verb.takesCommand());
        verb.verbs().forEach(child -> command.addSubcommand(command(child)));
        return command;
    }

    static List<Verb> verbs(Console console) {
        return List.of(
                new DemoVerb(console),
                new PlanVerb(console),
                new TrainVerb(console),
                new LaunchVerb(console),
                new SweepVerb(console),
                new FindVerb(console),
                new EvalVerb(console),
                new GenerateVerb(console),
                new ChatVerb(console, System.in, System.console() != null),
                new ReportVerb(console),
                new ServeVerb(console),
                new RateVerb(console),
                new MergeVerb(console),
                new ConvertVerb(console),
                new DataVerb(console),
                new DoctorVerb(console),
                new BenchVerb(console),
                new SamplesVerb(console),
                new TrialVerb(console, System.in));
    }

    private static int explain(Console console, Exception error) throws Exception {
        if (error instanceof UserException) {
            console.say("stride: " + error.getMessage());
            return ExitStatus.WRONG_REQUEST;
        }
        if (error instanceof java.io.UncheckedIOException) {
            console.say("stride: " + error.getMessage());
            return ExitStatus.FAILED;
        }
        if (error instanceof RankLost) {
            console.say("stride: " + error.getMessage() + ". The last checkpoint is whole: --resume goes on from it");
            return ExitStatus.FAILED;
        }
        throw error;
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"stride " + (version == null ? "(not packaged)" : version)};
        }
    }
}
