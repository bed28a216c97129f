package dev.stride.distributed;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.torch.TensorScope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    /** The machine for people: its name, and its address where that is not the loopback's. */
    private static final String HOST = "host";
    /** What is the same for all processes of a machine, and for none of another. */
    private static final String MACHINE = "machine";
    /** The address at which a rank reached rank 0. */
    private static final String FIRST_AT = "address of rank 0";

    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
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
        awaitName();
        TCPStore store = open(env.isFirst());
        Map<String, String> all = new LinkedHashMap<>();
        all.put(WORLD, Integer.toString(env.world()));
        all.putAll(facts);
        Address own;
        String machine = machine();
        try {
            all.forEach((name, value) -> store.set(key(env.rank(), name), value));
            own = ownAddress();
            store.set(key(env.rank(), FIRST_AT), own.ofFirst());
            store.set(key(env.rank(), MACHINE), machine);
            store.set(key(env.rank(), HOST), isLoopback(own.here()) ? host() : host() + " (" + own.here() + ")");
            awaitAll(store);
            refuse(differences(store, all.keySet()));
        } catch (UserException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new UserException(env + " met rank 0 at " + env.masterAddress()
                    + ", which then went away; its output says why (" + firstLine(e) + ")");
        }
        List<String> hosts = all(store, HOST);
        int machineRanks =
                (int) all(store, MACHINE).stream().filter(machine::equals).count();
        Ranks ranks = Ranks.join(env, store, reachable(own, all(store, FIRST_AT)), longest);
        ranks.watch(new Heartbeat(env, hosts, silence, client(), lost), machineRanks);
        return ranks;
    }

    private List<String> all(TCPStore store, String name) {
        List<String> all = new ArrayList<>();
        for (int rank = 0; rank < env.world(); rank++) {
            all.add(said(store, rank, name));
        }
        return all;
    }

    /**
     * The address to listen on. A name of a machine may mean its loopback interface on the machine itself (Debian writes
     * it so): then what the ranks of other machines reach it by is taken.
     */
    private static String reachable(Address own, List<String> first) {
        if (!isLoopback(own.here())) {
            return own.here();
        }
        return first.stream()
                .filter(address -> !isLoopback(address))
                .findFirst()
                .orElse(own.here());
    }

    /** A cluster may make the name of rank 0's machine known only some time after that machine has started. */
    private void awaitName() {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                InetAddress.getByName(env.masterAddress());
                return;
            } catch (UnknownHostException e) {
                if (System.nanoTime() > end) {
                    throw new UserException(env + " finds no address for " + env.masterAddress()
                            + ", the machine of rank 0 (as " + env.launcher() + " names it; waited "
                            + patience.toSeconds() + " s). Give a name or address that all ranks know by MASTER_ADDR");
                }
                pause(LOOK_MILLIS);
            }
        }
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
        return heard(store, key(rank, name), "nothing");
    }

    /** What was said under a key; a store waits for one that nobody has said. */
    static String heard(TCPStore store, String key, String ifAbsent) {
        return has(store, key) ? store.get_to_str(key) : ifAbsent;
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

    /** The same after a change of its name, and other for a copy of the machine that has the same name. */
    private static String machine() {
        try {
            return host() + " " + Files.readString(BOOT).strip();
        } catch (IOException e) {
            return host(); // not Linux
        }
    }

    /**
     * Addresses of this process.
     *
     * @param here of the interface over which it reaches rank 0
     * @param ofFirst rank 0's, as this one reaches it
     */
    private record Address(String here, String ofFirst) {}

    private Address ownAddress() {
        try {
            InetAddress first = InetAddress.getByName(env.masterAddress());
            if (env.isFirst()) {
                return new Address(first.getHostAddress(), first.getHostAddress());
            }
            try (Socket probe = new Socket()) {
                probe.connect(new InetSocketAddress(first, env.masterPort()), (int) patience.toMillis());
                return new Address(probe.getLocalAddress().getHostAddress(), first.getHostAddress());
            }
        } catch (IOException e) {
            throw new UserException(env + " lost rank 0 at " + env.masterAddress() + ": " + e.getMessage());
        }
    }

    private static boolean isLoopback(String address) {
        return address.startsWith("127.") || address.equals("::1") || address.equals("0:0:0:0:0:0:0:1");
    }

    private static String firstLine(RuntimeException e) {
        return Objects.requireNonNullElse(e.getMessage(), e.toString())
                .lines()
                .findFirst()
                .orElse("no reason given")
                .replaceAll("\\.$", "");
    }
}
