package dev.stride.distributed;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which process of a training this one is, as its launcher said through the environment.
 *
 * <p>Read are, the first that is there: the variables of torchrun and of Kubeflow's PyTorchJob ({@code RANK, WORLD_SIZE,
 * LOCAL_RANK, MASTER_ADDR, MASTER_PORT}), Slurm's ({@code SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID}; the master is the
 * first node of {@code SLURM_STEP_NODELIST} or {@code SLURM_JOB_NODELIST}, its port follows from {@code SLURM_JOB_ID}), Open MPI's ({@code
 * OMPI_COMM_WORLD_RANK, _SIZE, _LOCAL_RANK}) and those of a Kubernetes Indexed Job ({@code JOB_COMPLETION_INDEX}). What a
 * launcher does not say is taken from {@code WORLD_SIZE}, {@code MASTER_ADDR} and {@code MASTER_PORT}, which win over what
 * is derived.
 *
 * @param rank of this process, from 0
 * @param world number of processes
 * @param localRank of this process on its machine, from 0; the number of its device
 * @param masterAddress a name or address of the machine of rank 0, as all ranks reach it
 * @param masterPort where rank 0 listens, 1 to 65,535
 * @param launcher who said so, for messages: {@code torchrun}, {@code Slurm}, {@code Open MPI}, {@code Kubernetes}; {@code
 *     none} for a process that is alone
 */
public record RankEnv(int rank, int world, int localRank, String masterAddress, int masterPort, String launcher) {
    /** A process that is alone. */
    public static final RankEnv ALONE = new RankEnv(0, 1, 0, "127.0.0.1", 29_500, "none");

    /** Where rank 0 listens unless something says otherwise; torchrun's own choice. */
    static final int DEFAULT_PORT = 29_500;

    private static final int MAX_PORT = 65_535;
    /** Ports derived from a job's number begin here and stay below the ephemeral ones of Linux. */
    private static final int FIRST_JOB_PORT = 20_000;

    private static final int JOB_PORTS = 10_000;

    public RankEnv {
        if (world < 1 || rank < 0 || rank >= world || localRank < 0) {
            throw new IllegalArgumentException("rank " + rank + " of " + world + ", local rank " + localRank);
        }
    }

    /** Whether there is nobody else. */
    public boolean isAlone() {
        return world == 1;
    }

    /** Whether this process writes the run's folder. */
    public boolean isFirst() {
        return rank == 0;
    }

    /**
     * What an environment says.
     *
     * @return {@link #ALONE} where no launcher has set anything
     * @throws UserException naming every variable that is missing or wrong
     */
    public static RankEnv of(Map<String, String> environment) {
        if (environment.containsKey("RANK")) {
            Reader reader = new Reader(environment, "torchrun");
            reader.oneForEachPod();
            return reader.read("RANK", "WORLD_SIZE", "LOCAL_RANK", environment.get("MASTER_ADDR"), DEFAULT_PORT);
        }
        if (environment.containsKey("SLURM_PROCID")) {
            String nodes =
                    environment.getOrDefault("SLURM_STEP_NODELIST", environment.getOrDefault("SLURM_JOB_NODELIST", ""));
            return new Reader(environment, "Slurm")
                    .read("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", firstNode(nodes), jobPort(environment));
        }
        if (environment.containsKey("OMPI_COMM_WORLD_RANK")) {
            return new Reader(environment, "Open MPI")
                    .read(
                            "OMPI_COMM_WORLD_RANK",
                            "OMPI_COMM_WORLD_SIZE",
                            "OMPI_COMM_WORLD_LOCAL_RANK",
                            null,
                            DEFAULT_PORT);
        }
        if (environment.containsKey("JOB_COMPLETION_INDEX") && environment.containsKey("WORLD_SIZE")) {
            return new Reader(environment, "Kubernetes")
                    .read("JOB_COMPLETION_INDEX", "WORLD_SIZE", null, null, DEFAULT_PORT);
        }
        return ALONE;
    }

    /** The variables that tell a child process the same, for every launcher alike. */
    public Map<String, String> toEnvironment() {
        return Map.of(
                "RANK", Integer.toString(rank),
                "WORLD_SIZE", Integer.toString(world),
                "LOCAL_RANK", Integer.toString(localRank),
                "MASTER_ADDR", masterAddress,
                "MASTER_PORT", Integer.toString(masterPort));
    }

    /** For example {@code rank 1 of 4}. */
    @Override
    public String toString() {
        return "rank " + rank + " of " + world;
    }

    /**
     * The first node of a list as Slurm writes it: {@code gpu[3-5,9],login1} begins with {@code gpu3}, {@code n[001-003]}
     * with {@code n001}.
     *
     * @return null where there is none
     */
    static @Nullable String firstNode(String list) {
        int bracket = list.indexOf('[');
        int comma = list.indexOf(',');
        if (bracket < 0 || (comma >= 0 && comma < bracket)) {
            String first = comma < 0 ? list : list.substring(0, comma);
            return first.isBlank() ? null : first.strip();
        }
        int end = bracket + 1;
        while (end < list.length() && Character.isDigit(list.charAt(end))) {
            end++;
        }
        int closing = list.indexOf(']', end);
        int next = closing < 0 ? -1 : list.indexOf(',', closing);
        String behind = closing < 0 ? "" : list.substring(closing + 1, next < 0 ? list.length() : next);
        return end == bracket + 1 ? null : list.substring(0, bracket) + list.substring(bracket + 1, end) + behind;
    }

    /** All tasks of a job find the same port without asking; two jobs on one machine seldom the same. */
    private static int jobPort(Map<String, String> environment) {
        String job = environment.getOrDefault("SLURM_JOB_ID", "");
        return job.matches("\\d{1,18}") ? FIRST_JOB_PORT + (int) (Long.parseLong(job) % JOB_PORTS) : DEFAULT_PORT;
    }

    /** Reads one launcher's variables and gathers what is wrong with them. */
    private static final class Reader {
        private final Map<String, String> environment;
        private final String launcher;
        private final List<Problem> problems = new ArrayList<>();

        Reader(Map<String, String> environment, String launcher) {
            this.environment = environment;
            this.launcher = launcher;
        }

        /**
         * A PyTorchJob counts as many processes for each pod as it names, and leaves it to torchrun to start them; a word,
         * {@code auto} where nothing is said, it counts as one.
         */
        void oneForEachPod() {
            String perPod = environment.getOrDefault("PET_NPROC_PER_NODE", "1").strip();
            if (perPod.matches("\\d+") && !perPod.equals("1") && !environment.containsKey("LOCAL_WORLD_SIZE")) {
                problems.add(Problem.of(
                        "PET_NPROC_PER_NODE",
                        perPod,
                        "1: a pod of this PyTorchJob starts one process; set nprocPerNode: \"1\" and as many replicas"
                                + " as devices"));
            }
        }

        RankEnv read(String rankName, String worldName, @Nullable String localName, @Nullable String master, int port) {
            int world = number(worldName, null, 1, Integer.MAX_VALUE, "the number of processes");
            int rank = number(rankName, null, 0, Math.max(0, world - 1), "below " + worldName + ", counted from 0");
            int local = localName == null ? 0 : number(localName, 0, 0, Integer.MAX_VALUE, "counted from 0");
            String given = environment.getOrDefault("MASTER_ADDR", "");
            String address = given.isBlank() ? master : given.strip();
            if (address == null || address.isBlank()) {
                if (world > 1) {
                    problems.add(Problem.of("MASTER_ADDR", "nothing", "the address of the machine of rank 0"));
                }
                address = ALONE.masterAddress();
            }
            int masterPort = number("MASTER_PORT", port, 1, MAX_PORT, "a port");
            if (!problems.isEmpty()) {
                throw new UserException(
                        "the environment of " + launcher + " does not say which process this is", problems);
            }
            return new RankEnv(rank, world, local, address, masterPort, launcher);
        }

        private int number(String name, @Nullable Integer otherwise, int least, int most, String what) {
            String text = environment.getOrDefault(name, "").strip();
            if (text.isEmpty() && otherwise != null) {
                return otherwise;
            }
            String allowed = String.format(Locale.ROOT, "a whole number from %d (%s)", least, what);
            try {
                int value = Integer.parseInt(text);
                if (value >= least && value <= most) {
                    return value;
                }
            } catch (NumberFormatException e) {
                // said below, like a number that is out of range
            }
            problems.add(Problem.of(name, text.isEmpty() ? "nothing" : text, allowed));
            return least;
        }
    }
}
