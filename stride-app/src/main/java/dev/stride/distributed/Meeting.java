package dev.stride.distributed;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.torch.TensorScope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.StringVector;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;

/**
 * Where the ranks of a training find each other: a store of words that rank 0 keeps (libtorch's TCPStore). Before anything
 * is trained each rank says what it is about to do, and all compare: other settings, another model, another version of the
 * program or another number of ranks end the training here, with one message on every rank.
 */
public final class Meeting {
    private static final int LOOK_MILLIS = 100;
    private static final String WORLD = "ranks in all";
    private static final String HOST = "host";
    /** How long rank 0 keeps the store after a refusal, so that all others read why. */
    private static final int LINGER_MILLIS = 2_000;

    private final RankEnv env;
    private final Duration patience;

    /**
     * A meeting.
     *
     * @param patience how long a rank waits for the others to come
     */
    public Meeting(RankEnv env, Duration patience) {
        this.env = env;
        this.patience = patience;
    }

    /**
     * Meets the other ranks and joins them.
     *
     * @param facts that must be the same on all ranks, by name, for example {@code version} or {@code settings}
     * @param longest that one rank may wait for another later on
     * @param silence after which a rank that shows no sign of life is lost
     * @param lost is told of a rank that is lost, in a sentence, from a thread of its own; the ranks cannot go on
     * @throws UserException where rank 0 cannot be reached, its port is taken, ranks do not come, or facts differ
     */
    public Ranks join(Map<String, String> facts, Duration longest, Duration silence, Consumer<String> lost) {
        if (env.isAlone()) {
            return Ranks.ALONE;
        }
        TCPStore store = open(env.isFirst());
        Map<String, String> all = new LinkedHashMap<>();
        all.put(WORLD, Integer.toString(env.world()));
        all.putAll(facts);
        try {
            all.forEach((name, value) -> store.set(key(env.rank(), name), value));
            store.set(key(env.rank(), HOST), host());
            awaitAll(store);
            refuse(differences(store, all.keySet()));
        } catch (UserException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UserException(env + " met rank 0 at " + env.masterAddress()
                    + ", which then went away; its output says why (" + firstLine(e) + ")");
        }
        List<String> hosts = new ArrayList<>();
        for (int rank = 0; rank < env.world(); rank++) {
            hosts.add(said(store, rank, HOST));
        }
        Ranks ranks = Ranks.join(env, store, ownAddress(), longest);
        String here = hosts.get(env.rank());
        int machineRanks = (int) hosts.stream().filter(here::equals).count();
        ranks.watch(new Heartbeat(env, hosts, silence, client(), lost), machineRanks);
        return ranks;
    }

    /** Another connection to rank 0, for another thread. */
    private TCPStore client() {
        return open(false);
    }

    private TCPStore open(boolean server) {
        TCPStoreOptions options = new TCPStoreOptions()
                .port((short) env.masterPort())
                .isServer(server)
                .numWorkers(new SizeTPointer(1).put(env.world()))
                .waitWorkers(false)
                .timeout(new Milliseconds(patience.toMillis()));
        try {
            return new TCPStore(env.masterAddress(), options);
        } catch (RuntimeException e) {
            String where = env.masterAddress() + ", port " + env.masterPort();
            throw new UserException(
                    server
                            ? env + " cannot listen on " + where + ": " + firstLine(e)
                                    + ". Give another port by MASTER_PORT or --master-port, to all ranks alike"
                            : env + " cannot reach rank 0 at " + where + " within " + patience.toSeconds() + " s: "
                                    + firstLine(e) + ". Is rank 0 running, and are MASTER_ADDR and MASTER_PORT right?");
        }
    }

    /** Waits until every rank has said all its facts, the host last. */
    private void awaitAll(TCPStore store) {
        long end = System.nanoTime() + patience.toNanos();
        List<Integer> missing = missing(store);
        while (!missing.isEmpty()) {
            refuse(differences(store, Set.of(WORLD))); // else some would wait for ranks that will never come
            if (System.nanoTime() > end) {
                throw new UserException(env + " waited " + patience.toSeconds() + " s, and of " + env.world()
                        + " ranks these did not come: " + missing
                        + ". Look at their output, or start as many as WORLD_SIZE"
                        + " says");
            }
            pause(LOOK_MILLIS);
            missing = missing(store);
        }
    }

    private List<Integer> missing(TCPStore store) {
        List<Integer> missing = new ArrayList<>();
        for (int rank = 0; rank < env.world(); rank++) {
            if (!has(store, key(rank, HOST))) {
                missing.add(rank);
            }
        }
        return missing;
    }

    /** What ranks that have come say otherwise than rank 0. */
    private List<Problem> differences(TCPStore store, Set<String> names) {
        List<Problem> problems = new ArrayList<>();
        for (String name : names) {
            for (int rank = 1; rank < env.world() && has(store, key(0, HOST)); rank++) {
                String first = said(store, 0, name);
                if (has(store, key(rank, HOST)) && !said(store, rank, name).equals(first)) {
                    problems.add(Problem.of(
                            name + " of rank " + rank + " on " + said(store, rank, HOST),
                            said(store, rank, name),
                            first + ", as on rank 0 on " + said(store, 0, HOST)));
                }
            }
        }
        return problems;
    }

    private void refuse(List<Problem> problems) {
        if (problems.isEmpty()) {
            return;
        }
        if (env.isFirst()) {
            pause(LINGER_MILLIS);
        }
        throw new UserException("the ranks do not agree on what to train", problems);
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserException("interrupted while the ranks met");
        }
    }

    private static String said(TCPStore store, int rank, String name) {
        return has(store, key(rank, name)) ? store.get_to_str(key(rank, name)) : "nothing";
    }

    private static boolean has(TCPStore store, String key) {
        try (TensorScope scope = new TensorScope()) {
            return store.check(new StringVector(key));
        }
    }

    private static String key(int rank, String name) {
        return "stride/" + rank + "/" + name;
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            return "a machine without a name";
        }
    }

    /** The address of the interface over which this machine reaches rank 0: the one on which the others reach it. */
    private String ownAddress() {
        if (env.isFirst()) {
            return env.masterAddress();
        }
        try (Socket probe = new Socket()) {
            probe.connect(new InetSocketAddress(env.masterAddress(), env.masterPort()), (int) patience.toMillis());
            return probe.getLocalAddress().getHostAddress();
        } catch (IOException e) {
            throw new UserException(env + " lost rank 0 at " + env.masterAddress() + ": " + e.getMessage());
        }
    }

    private static String firstLine(RuntimeException e) {
        return Objects.requireNonNullElse(e.getMessage(), e.toString())
                .lines()
                .findFirst()
                .orElse("no reason given");
    }
}
