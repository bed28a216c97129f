package dev.stride.cli;

import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.distributed.ClusterFiles;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "launch",
        description =
                "Starts a training as several processes of this machine, or prints the file with which a cluster starts"
                        + " it on many.",
        footer = {
            "",
            "Example: stride launch --nproc 2 train --model samples/model --data samples/dialogue/train.jsonl"
                    + " --task dialogue --lr 1e-3 --epochs 1 --out runs/two"
        })
final class LaunchVerb implements Verb {
    private final Console console;

    @Mixin
    private final RankOptions ranks = new RankOptions();

    @Option(names = "--nodes", paramLabel = "N", defaultValue = "1", description = "Machines; for the printed files.")
    private int nodes = 1;

    @Option(names = "--print-slurm", description = "Print a batch file for Slurm's sbatch and start nothing.")
    private boolean slurm;

    @Option(names = "--print-k8s", description = "Print a Kubernetes Indexed Job and its Service and start nothing.")
    private boolean kubernetes;

    @Option(
            names = "--image",
            paramLabel = "IMAGE",
            description = "The container image of the Kubernetes Job, in which stride is on the PATH.")
    private @Nullable String image;

    @Parameters(arity = "0..*", paramLabel = "train ...", description = "The verb train and all that it is given.")
    private List<String> command = List.of();

    LaunchVerb(Console console) {
        this.console = console;
    }

    @Override
    public boolean takesCommand() {
        return true;
    }

    @Override
    public Integer call() {
        ranks.check();
        if (command.isEmpty() || !command.get(0).equals("train")) {
            throw new UserException("launch: " + (command.isEmpty() ? "nothing" : "'" + command.get(0) + "'")
                    + " is to be started; allowed: train and what it is given, as in"
                    + " stride launch --nproc 2 train --model ...");
        }
        List<String> given = command.subList(1, command.size());
        CommandLine.ParseResult parsed = Main.commandLine(console)
                .parseArgs(command.toArray(String[]::new))
                .subcommand();
        RunConfig asked = KnobOptions.read(parsed);
        ClusterFiles.Job job = new ClusterFiles.Job(nodes, ranks.processes(asked), given);
        if (slurm) {
            console.print(ClusterFiles.slurm(job));
            return ExitStatus.DONE;
        }
        if (kubernetes) {
            if (image == null) {
                throw new UserException(
                        "--print-k8s needs --image, the container image in which stride is on the PATH");
            }
            console.print(ClusterFiles.kubernetes(job, image));
            return ExitStatus.DONE;
        }
        Path resumed = asked.output().resume();
        return RankLaunch.run(console, ranks, parsed, asked, resumed != null ? resumed : TrainVerb.folder(asked));
    }
}
