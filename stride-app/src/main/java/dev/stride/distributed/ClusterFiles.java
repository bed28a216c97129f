package dev.stride.distributed;

import dev.stride.config.ShellWords;
import java.util.List;
import java.util.stream.Collectors;

/** The files with which a cluster starts a training on many machines; each process finds itself by {@link RankEnv}. */
public final class ClusterFiles {
    private ClusterFiles() {}

    /**
     * A training.
     *
     * @param nodes machines
     * @param perNode processes of each, one for each device
     * @param arguments of {@code stride train}
     */
    public record Job(int nodes, int perNode, List<String> arguments) {
        public Job {
            arguments = List.copyOf(arguments);
        }

        int world() {
            return nodes * perNode;
        }
    }

    /** A batch file for Slurm's {@code sbatch}; the folder of {@code stride} must be on all machines. */
    public static String slurm(Job job) {
        return String.join(
                "\n",
                "#!/bin/bash",
                "#SBATCH --job-name=stride",
                "#SBATCH --nodes=" + job.nodes(),
                "#SBATCH --ntasks-per-node=" + job.perNode(),
                "# one CUDA device for each task; without such devices leave this line out",
                "#SBATCH --gpus-per-task=1",
                "#SBATCH --output=stride-%j.log",
                "set -euo pipefail",
                "# every task reads its rank from Slurm; --kill-on-bad-exit ends the others when one fails",
                "srun --kill-on-bad-exit=1 stride train " + ShellWords.of(job.arguments()));
    }

    /** An Indexed Job, one pod for each process, and the headless Service by which they find the first. */
    public static String kubernetes(Job job, String image) {
        String arguments = job.arguments().stream()
                .map(argument -> "            - " + quoted(argument) + "\n")
                .collect(Collectors.joining());
        return "apiVersion: v1\n"
                + "kind: Service\n"
                + "metadata:\n"
                + "  name: stride\n"
                + "spec:\n"
                + "  clusterIP: None\n"
                + "  publishNotReadyAddresses: true\n"
                + "  selector:\n"
                + "    job-name: stride\n"
                + "---\n"
                + "apiVersion: batch/v1\n"
                + "kind: Job\n"
                + "metadata:\n"
                + "  name: stride\n"
                + "spec:\n"
                + "  completionMode: Indexed\n"
                + "  completions: " + job.world() + "\n"
                + "  parallelism: " + job.world() + "\n"
                + "  backoffLimit: 0\n"
                + "  template:\n"
                + "    spec:\n"
                + "      subdomain: stride\n"
                + "      restartPolicy: Never\n"
                + "      containers:\n"
                + "        - name: stride\n"
                + "          image: " + quoted(image) + "\n"
                + "          command:\n"
                + "            - stride\n"
                + "            - train\n"
                + arguments
                + "          env:\n"
                + "            - name: WORLD_SIZE\n"
                + "              value: \"" + job.world() + "\"\n"
                + "            - name: MASTER_ADDR\n"
                + "              value: stride-0.stride\n"
                + "            - name: MASTER_PORT\n"
                + "              value: \"" + RankEnv.DEFAULT_PORT + "\"\n"
                + "          # models, rows and --out lie on a volume that all pods mount; name it here";
    }

    /** A YAML text in double quotes. */
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
            } else if (c < 0x20) {
                quoted.append(String.format("\\x%02x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append('"').toString();
    }
}
