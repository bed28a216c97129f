package dev.stride.distributed;

import dev.stride.config.UserException;
import dev.stride.torch.Native;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
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

    /** Of what one rank sends to another; both sides go in the same order. */
    private static final int TAG = 1;

    /** Bytes that are exchanged in one call: enough to fill the wire, little beside a model. */
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
        return env.isAlone() ? text : gather(env.isFirst() ? text : "").get(0);
    }

    /** Everyone's number, by rank, on all ranks. */
    private double[] perRank(double value) {
        double[] all = new double[env.world()];
        all[env.rank()] = value;
        return sum(all);
    }

    /** Everyone's text, by rank, on all ranks. */
    public List<String> gather(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        double[] lengths = perRank(bytes.length);
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

    /**
     * Sums of gradients that overlap the backward pass; not for a process that is alone.
     *
     * @param parameters leaves, in the order of the forward pass; the same on all ranks
     */
    public GradientSums gradientSums(List<Tensor> parameters) {
        return new GradientSums(this, Objects.requireNonNull(group, "alone"), parameters);
    }

    /** Adds the gradients of parameters up over all ranks, in place; one that has none here counts as 0. */
    void sumGradients(List<Tensor> parameters) {
        ProcessGroupGloo gloo = group;
        if (gloo == null) {
            return;
        }
        try (TensorScope scope = new TensorScope()) {
            List<Tensor> gradients = new ArrayList<>();
            for (Tensor parameter : parameters) {
                Tensor gradient = Tensors.gradient(parameter);
                if (!gradient.defined()) {
                    gradient = torch.zeros_like(parameter).set_requires_grad(false);
                    parameter.mutable_grad().put(gradient);
                }
                gradients.add(gradient);
            }
            inBuckets(gradients, bucket -> add(gloo, bucket));
        }
    }

    /** Many small tensors one by one would wait for the wire each. */
    private static void inBuckets(List<Tensor> tensors, Consumer<List<Tensor>> exchange) {
        List<Tensor> bucket = new ArrayList<>();
        long bytes = 0;
        for (Tensor tensor : tensors) {
            bucket.add(tensor);
            bytes += tensor.nbytes();
            if (bytes >= BUCKET_BYTES) {
                exchange.accept(bucket);
                bucket.clear();
                bytes = 0;
            }
        }
        if (!bucket.isEmpty()) {
            exchange.accept(bucket);
        }
    }

    /**
     * Gives all ranks what one has, in place and bit for bit.
     *
     * @param tensors all of one type
     * @param root the rank that has them
     */
    public void broadcast(List<Tensor> tensors, int root) {
        ProcessGroupGloo gloo = group;
        if (gloo == null) {
            return;
        }
        inBuckets(tensors, bucket -> give(gloo, bucket, root));
    }

    private void give(ProcessGroupGloo gloo, List<Tensor> tensors, int root) {
        BroadcastOptions options = new BroadcastOptions().rootRank(root);
        String what = "what rank " + root + " has";
        Tensor first = tensors.get(0);
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            if (tensors.size() == 1 && !first.is_cuda() && first.is_contiguous()) {
                await(gloo.broadcast(new TensorVector(first.detach()), options), what);
                return;
            }
            Tensor joined = joined(tensors);
            await(gloo.broadcast(new TensorVector(joined), options), what);
            if (env.rank() != root) {
                part(joined, tensors);
            }
        }
    }

    /** Sends a tensor to one rank, which {@linkplain #receive receives} it. */
    public void send(Tensor tensor, int to) {
        ProcessGroupGloo gloo = Objects.requireNonNull(group, "alone");
        try (TensorScope scope = new TensorScope()) {
            Tensor plain = Tensors.onto(tensor.detach(), Native.cpu()).contiguous();
            await(gloo.send(new TensorVector(plain), to, TAG), "a tensor with rank " + to);
        }
    }

    /**
     * Waits for what one rank {@linkplain #send sends}.
     *
     * @param into a contiguous tensor of the CPU, of the same shape and type
     */
    public void receive(Tensor into, int from) {
        ProcessGroupGloo gloo = Objects.requireNonNull(group, "alone");
        await(gloo.recv(new TensorVector(into), from, TAG), "a tensor with rank " + from);
    }

    /** Returns when all ranks have come here. */
    public void barrier() {
        sum(0);
    }

    private void add(ProcessGroupGloo gloo, List<Tensor> gradients) {
        try (TensorScope scope = new TensorScope()) {
            Tensor joined = joined(gradients);
            await(gloo.allreduce(new TensorVector(joined), new AllreduceOptions()), "the gradients");
            part(joined, gradients);
        }
    }

    /** One vector of all, on the CPU, whose memory is its own. */
    private static Tensor joined(List<Tensor> tensors) {
        TensorVector flat = new TensorVector();
        tensors.forEach(tensor -> flat.push_back(tensor.reshape(-1)));
        return Tensors.onto(torch.cat(flat), Native.cpu()); // [numbers of the bucket]
    }

    private static void part(Tensor joined, List<Tensor> tensors) {
        long start = 0;
        for (Tensor tensor : tensors) {
            long size = tensor.numel();
            tensor.copy_(joined.narrow(0, start, size).view_as(tensor));
            start += size;
        }
    }

    private void await(Work work, String what) {
        try {
            work._wait();
        } catch (RuntimeException e) {
            throw lost(what, e);
        }
    }

    /** What an error in an exchange means. */
    RankLost lost(String what, RuntimeException e) {
        String suspects = heartbeat == null ? "" : heartbeat.suspects();
        return new RankLost(
                (suspects.isEmpty() ? "a rank" : suspects) + " was lost while the ranks exchanged " + what + " ("
                        + plain(e) + ")",
                e);
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
        double[] all = perRank(value);
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
