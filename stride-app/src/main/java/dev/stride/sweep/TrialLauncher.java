package dev.stride.sweep;

import dev.stride.config.UserException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Runs trials of a sweep somewhere else than in this process, each as a process of its own, or as several that train it
 * together, which work on the trial's folder. The folder is all that they and the sweep have in common: the sweep sees in
 * it how the trial gets on. It lies on a file system that this machine and those have at the same path, or is kept in step
 * through a {@link Share}.
 */
public interface TrialLauncher extends AutoCloseable {
    /** How many trials run at a time, at least 1. */
    int slots();

    /**
     * Starts a trial, or puts it behind those that were started before; returns at once.
     *
     * @param name of the trial
     * @param folder of its run on this machine
     * @param order what its process reads from its standard input as the first line; the input stays open while it is
     *     wanted, and its end means that nobody is there any more
     */
    Launched start(String name, Path folder, String order);

    /** Ends what still runs. */
    @Override
    void close();

    /** A trial that was started. */
    interface Launched {
        /** How it came to an end; null while it runs or waits. */
        @Nullable
        Outcome outcome();

        /** Ends this trial and no other; its process is asked to save first. It may live on for a moment. */
        void cancel();
    }

    /**
     * The end of a trial's process.
     *
     * @param status what it exited with; null where that is not known
     * @param said its last words, or what kept it from being run; may be empty
     */
    record Outcome(@Nullable Integer status, String said) {}

    /**
     * The program of a trial's process. It is started by the Java of the machine that it runs on.
     *
     * @param arguments of Java: options, the class path, the main class and what that is given
     * @param environment variables besides those of the machine
     * @param folder in which it works
     */
    record Program(List<String> arguments, Map<String, String> environment, Path folder) {
        public Program {
            arguments = List.copyOf(arguments);
            environment = Map.copyOf(environment);
        }
    }

    /**
     * A place that all machines reach, for machines without a common file system. A trial's process is then told by
     * {@code --folder} where on its own machine it writes, and what it writes comes to the sweep's machine by that place.
     *
     * @param address of a folder, as a URI
     * @param sweep the sweep's folder on this machine
     */
    record Share(String address, Path sweep) {}

    /** Opens launchers for addresses of a kind; found on the class path. */
    interface Provider {
        /** Whether an address is of its kind. */
        boolean takes(String address);

        /**
         * Opens a launcher.
         *
         * @param ranks processes of each trial; they find each other by torchrun's variables
         * @param share null where the sweep's folder is at the same path on all machines
         * @throws UserException if there is nobody at the address, or the share cannot be used
         */
        TrialLauncher open(String address, Program program, int ranks, @Nullable Share share);
    }

    /**
     * The launcher of an address.
     *
     * @param ranks processes of each trial
     * @param share null where the sweep's folder is at the same path on all machines
     * @throws UserException if no launcher is installed, or none takes the address
     */
    static TrialLauncher open(String address, Program program, int ranks, @Nullable Share share) {
        List<Provider> providers = ServiceLoader.load(Provider.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        if (providers.isEmpty()) {
            throw new UserException("--on " + address + ": the annex that runs trials on Spark is not built;"
                    + " mvn -B -q -Pquick,spark -DskipTests package in Stride's folder builds it (docs/spark.md)");
        }
        return providers.stream()
                .filter(provider -> provider.takes(address))
                .findFirst()
                .orElseThrow(() -> new UserException("--on " + address
                        + ": no such place for trials; allowed: spark://HOST:PORT, or local[N] for N at a time on this"
                        + " machine"))
                .open(address, program, ranks, share);
    }
}
