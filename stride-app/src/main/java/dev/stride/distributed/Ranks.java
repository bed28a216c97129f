package dev.stride.distributed;

import dev.stride.config.UserException;
import dev.stride.torch.Native;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.AllreduceOptions;
import org.bytedeco.pytorch.BroadcastOptions;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Work;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch_gloo;
import org.jspecify.annotations.Nullable;

/**
 * The processes of one training, as one of them sees them: adds numbers and gradients up over all ranks, through libtorch's
 * own Gloo. All ranks must make the same calls in the same order; each call returns when all have made it, and all get the
 * same bits. Used by one thread at a time.
 *
 * <p>A process that is alone has {@link #ALONE}, whose sums are what was given.
 */
public final class Ranks implements AutoCloseable {
    /** A process that is alone. */
    public static final Ranks ALONE = new Ranks(RankEnv.ALONE, null, null);

    /** Bytes of gradients that are added up in one call: enough to fill the wire, little beside a model. */
    private static final long BUCKET_BYTES = 64L << 20;

    private final RankEnv env;
    private final @Nullable Store store;
    private final @Nullable ProcessGroupGloo group;
    private @Nullable Heartbeat heartbeat;
    private int onThisMachine = 1;

    private Ranks(RankEnv env, @Nullable Store store, @Nullable ProcessGroupGloo group) {
        this.env = env;
        this.store = store;
        this.group = group;
    }

    /**
     * Joins the other ranks, who have met at a store.
     *
     * @param address of this machine, which the others reach
     * @param longest that one rank may wait for another in a call
     */
    static Ranks join(RankEnv env, Store store, String address, Duration longest) {
        Loader.load(torch_gloo.class);
        ProcessGroupGloo.Options options = ProcessGroupGloo.Options.create(new Milliseconds(longest.toMillis()));
        options.devices(new GlooDeviceVector(ProcessGroupGloo.createDeviceForHostname(address)));
        options.threads(2);
        return new Ranks(env, store, new ProcessGroupGloo(store, env.rank(), env.world(), options));
    }

    /**
     * Looks after the other ranks until this is closed.
     *
     * @param machineRanks of them that are on this machine
     */
    void watch(Heartbeat watcher, int machineRanks) {
        onThisMachine = machineRanks;
        heartbeat = watcher;
        watcher.start();
    }

    /** Who this process is. */
    public RankEnv env() {
        return env;
    }

    /** The sums of numbers over all ranks, in float64. */
    public double[] sum(double... values) {
        ProcessGroupGloo gloo = group;
        if (gloo == null) {
            return values;
        }
        try (TensorScope scope = new TensorScope()) {
            Tensor tensor = Tensor.create(values, values.length); // [values]
            await(gloo.allreduce(new TensorVector(tensor), new AllreduceOptions()), "the sum of numbers");
            double[] sums = new double[values.length];
            new DoublePointer(tensor.data_ptr()).get(sums);
            return sums;
        }
    }

    /** A text that rank 0 has, on all ranks; what others give is not looked at. */
    public String tell(String text) {
        if (env.isAlone()) {
            return text;
        }
        byte[] bytes = env.isFirst() ? text.getBytes(StandardCharsets.UTF_8) : new byte[0];
        double[] numbers = new double[(int) sum(bytes.length)[0]];
        if (numbers.length == 0) {
            return "";
        }
        for (int i = 0; i < bytes.length; i++) {
            numbers[i] = bytes[i];
        }
        double[] told = sum(numbers);
        byte[] all = new byte[told.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) told[i];
        }
        return new String(all, StandardCharsets.UTF_8);
    }

    /** Everyone's text, by rank, on all ranks. */
    public List<String> gather(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        double[] lengths = new double[env.world()];
        lengths[env.rank()] = bytes.length;
        lengths = sum(lengths);
        int total = 0;
        int own = 0;
        for (int rank = 0; rank < lengths.length; rank++) {
            own = rank == env.rank() ? total : own;
            total += (int) lengths[rank];
        }
        double[] numbers = new double[total];
        for (int i = 0; i < bytes.length; i++) {
            numbers[own + i] = bytes[i];
        }
        double[] all = total == 0 ? numbers : sum(numbers);
        List<String> texts = new ArrayList<>();
        int at = 0;
        for (double length : lengths) {
            byte[] one = new byte[(int) length];
            for (int i = 0; i < one.length; i++) {
                one[i] = (byte) all[at++];
            }
            texts.add(new String(one, StandardCharsets.UTF_8));
        }
        return texts;
    }

    /**
     * Does on rank 0 what can fail, and ends all ranks where it does.
     *
     * @param what it is, to end a sentence with, for example {@code make the run's folder}
     * @throws UserException on the other ranks where it failed on rank 0, which throws what it met
     */
    public void onFirst(String what, Runnable work) {
        if (!env.isFirst()) {
            if (any(false)) {
                throw new UserException("rank 0 could not " + what + "; its output says why");
            }
            return;
        }
        try {
            work.run();
        } catch (RuntimeException e) {
            any(true);
            throw e;
        }
        any(false);
    }

    /** Whether it is so for at least one rank. */
    public boolean any(boolean here) {
        return sum(here ? 1 : 0)[0] > 0;
    }

    /** Adds the gradients of parameters up over all ranks, in place; one that has none here counts as 0. */
    public void sumGradients(List<Tensor> parameters) {
        ProcessGroupGloo gloo = group;
        if (gloo == null) {
            return;
        }
        try (TensorScope scope = new TensorScope()) {
            List<Tensor> bucket = new ArrayList<>();
            long bytes = 0;
            for (Tensor parameter : parameters) {
                Tensor gradient = Tensors.gradient(parameter);
                if (!gradient.defined()) {
                    gradient = torch.zeros_like(parameter).set_requires_grad(false);
                    parameter.mutable_grad().put(gradient);
                }
                bucket.add(gradient);
                bytes += gradient.nbytes();
                if (bytes >= BUCKET_BYTES) {
                    add(gloo, bucket);
                    bucket.clear();
                    bytes = 0;
                }
            }
            if (!bucket.isEmpty()) {
                add(gloo, bucket);
            }
        }
    }

    /** Gives all ranks what rank 0 has, in place. */
    public void broadcast(List<Tensor> tensors) {
        ProcessGroupGloo gloo = group;
        if (gloo == null) {
            return;
        }
        for (Tensor tensor : tensors) {
            try (TensorScope scope = new TensorScope()) {
                await(gloo.broadcast(new TensorVector(tensor), new BroadcastOptions()), "what rank 0 has");
            }
        }
    }

    /** Returns when all ranks have come here. */
    public void barrier() {
        sum(0);
    }

    /** One vector goes over the wire: many small gradients one by one would wait for the wire each. */
    private void add(ProcessGroupGloo gloo, List<Tensor> gradients) {
        try (TensorScope scope = new TensorScope()) {
            TensorVector flat = new TensorVector();
            gradients.forEach(gradient -> flat.push_back(gradient.reshape(-1)));
            Tensor joined = Tensors.onto(torch.cat(flat), Native.cpu()); // [numbers of the bucket]
            await(gloo.allreduce(new TensorVector(joined), new AllreduceOptions()), "the gradients");
            long start = 0;
            for (Tensor gradient : gradients) {
                long size = gradient.numel();
                gradient.copy_(joined.narrow(0, start, size).view_as(gradient));
                start += size;
            }
        }
    }

    private void await(Work work, String what) {
        try {
            work._wait();
        } catch (RuntimeException e) {
            String suspects = heartbeat == null ? "" : heartbeat.suspects();
            throw new RankLost(
                    (suspects.isEmpty() ? "a rank" : suspects) + " was lost while the ranks exchanged " + what + " ("
                            + plain(e) + ")",
                    e);
        }
    }

    /** What libtorch says, without the place in its source. */
    private static String plain(RuntimeException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("").replaceAll("^\\[/[^\\]]*\\] ", "");
    }

    /**
     * Checks that all ranks have the same.
     *
     * @param what it is, to begin a sentence with
     * @throws UserException on every rank, naming those that have something else than rank 0
     */
    public void requireSame(String what, double value) {
        double[] all = new double[env.world()];
        all[env.rank()] = value;
        all = sum(all);
        List<Integer> others = new ArrayList<>();
        for (int rank = 1; rank < all.length; rank++) {
            if (all[rank] != all[0]) {
                others.add(rank);
            }
        }
        if (!others.isEmpty()) {
            throw new UserException(
                    what + " of ranks " + others + " are not those of rank 0; every rank must have the same");
        }
    }

    /** How many of the ranks are on this machine. */
    public int onThisMachine() {
        return onThisMachine;
    }

    /** Ends the watch over each other, on all ranks together: from here on one may go before the others do. */
    public void done() {
        Heartbeat watcher = heartbeat;
        if (watcher != null) {
            watcher.close();
            heartbeat = null;
            barrier(); // rank 0 keeps the store that the others' last calls need
        }
    }

    /** Lets go of the connections. */
    @Override
    public void close() {
        Heartbeat watcher = heartbeat;
        if (watcher != null) {
            watcher.close();
        }
        if (group != null) {
            group.close();
        }
        if (store != null) {
            store.close();
        }
    }
}
