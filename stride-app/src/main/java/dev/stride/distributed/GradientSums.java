package dev.stride.distributed;

import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.BackendOptional;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.BoolVector;
import org.bytedeco.pytorch.ProcessGroup;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.Reducer;
import org.bytedeco.pytorch.SizeTStringMap;
import org.bytedeco.pytorch.SizeTVector;
import org.bytedeco.pytorch.SizeTVectorVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Sums of gradients over all ranks while the backward pass goes on: libtorch's own Reducer, the engine of
 * DistributedDataParallel (Li et al. 2020). It fills buckets in the order in which gradients become complete, and sends a
 * bucket as soon as it is full. The buckets are the gradients themselves, so that they take no memory twice.
 *
 * <p>The Reducer divides by the number of ranks; {@link #factor} undoes that. Gradients on a GPU, which Gloo cannot read
 * there, are added up when the backward pass is over.
 *
 * <p>An update is {@link #start}, any number of backward passes, {@link #lastPass}, one more, and {@link #finish}; or
 * {@link #noPass} in the place of that one where this rank has no rows.
 */
public final class GradientSums implements AutoCloseable {
    /** As DistributedDataParallel has them: the first bucket is small, so that sending begins early. */
    private static final long FIRST_BUCKET_BYTES = 1L << 20;

    private static final long BUCKET_BYTES = 25L << 20;

    private final Ranks ranks;
    private final List<Tensor> parameters; // in the order in which their gradients become complete
    private final @Nullable Reducer reducer;
    private final List<Tensor> buckets = new ArrayList<>(); // views, one for each parameter

    /**
     * Sums of what these parameters gather.
     *
     * @param forward leaves, in the order of the forward pass; the same on all ranks
     */
    GradientSums(Ranks ranks, ProcessGroupGloo gloo, List<Tensor> forward) {
        this.ranks = ranks;
        List<Tensor> backward = new ArrayList<>(forward);
        Collections.reverse(backward);
        this.parameters = List.copyOf(backward);
        boolean onCpu = parameters.stream().noneMatch(Tensor::is_cuda);
        this.reducer = onCpu && !parameters.isEmpty() ? reducer(gloo, ranks.env(), parameters) : null;
        if (reducer != null) {
            try (TensorScope scope = new TensorScope()) {
                Tensor zero = torch.zeros(1);
                // what is there already is copied into the buckets, which it is replaced by
                parameters.forEach(parameter -> parameter.mutable_grad().put(zero.expand_as(parameter)));
                reducer.push_rebuilt_params_for_all_indices();
                if (!reducer.rebuild_buckets()) {
                    throw new IllegalStateException("the buckets of gradients were not laid out");
                }
                parameters.forEach(parameter -> buckets.add(scope.keep(Tensors.gradient(parameter))));
            }
        }
    }

    private static Reducer reducer(ProcessGroupGloo gloo, RankEnv env, List<Tensor> parameters) {
        try (TensorScope scope = new TensorScope()) {
            ProcessGroup group = new ProcessGroup(env.rank(), env.world());
            group.setBackend(torch.DeviceType.CPU, ProcessGroup.BackendType.GLOO, new BackendOptional(gloo));
            TensorVector leaves = new TensorVector(parameters.toArray(new Tensor[0]));
            SizeTVectorVector assignment = torch.compute_bucket_assignment_by_size(
                            leaves, new SizeTVector(FIRST_BUCKET_BYTES, BUCKET_BYTES))
                    .get0();
            boolean findUnused = false;
            boolean bucketsAreGradients = true;
            return scope.keep(new Reducer(
                    leaves,
                    assignment,
                    group,
                    new BoolVector(new boolean[parameters.size()]),
                    BUCKET_BYTES,
                    findUnused,
                    bucketsAreGradients,
                    new SizeTStringMap(),
                    FIRST_BUCKET_BYTES,
                    false,
                    false));
        }
    }

    /** What losses are to be multiplied by, so that gradients are the sums of what all ranks gave. */
    public double factor() {
        return reducer == null ? 1 : ranks.env().world();
    }

    /** Begins an update: all gradients are 0. */
    public void start() {
        try (TensorScope scope = new TensorScope()) {
            for (int i = 0; i < buckets.size(); i++) {
                parameters.get(i).mutable_grad().put(buckets.get(i).zero_());
            }
        }
    }

    /** The next backward pass is the update's last one on this rank; gradients go to the others as they become complete. */
    public void lastPass() {
        if (reducer != null) {
            try (TensorScope scope = new TensorScope()) {
                reducer.prepare_for_backward(new TensorVector());
            }
        }
    }

    /** In the update's last pass, the gradient of a parameter is complete that libtorch's autograd knows nothing of. */
    public void complete(Tensor parameter) {
        if (reducer != null) {
            for (int i = 0; i < parameters.size(); i++) {
                if (parameters.get(i).is_same(parameter)) {
                    reducer.autograd_hook(i);
                }
            }
        }
    }

    /** Takes part in the sums with what was gathered before, where there is no further pass on this rank. */
    public void noPass() {
        if (reducer == null) {
            return;
        }
        lastPass();
        int last = parameters.size() - 1;
        for (int i = 0; i < last; i++) {
            reducer.autograd_hook(i);
        }
        try (TensorScope scope = new TensorScope()) {
            // the Reducer ends in the engine of autograd, which runs for an addition of nothing
            Tensor parameter = parameters.get(last);
            Tensor nothing = torch.zeros(1).expand_as(parameter);
            parameter.backward(nothing, new BoolOptional(), false, new TensorArrayRefOptional());
        }
    }

    /** The gradients are those of the whole update from here on, the same bits on all ranks. */
    public void finish() {
        if (reducer == null) {
            ranks.sumGradients(parameters);
        }
    }

    /** What a failure of the last pass means: a lost rank shows in the middle of it. */
    public RuntimeException explained(RuntimeException e) {
        return String.valueOf(e.getMessage()).contains("gloo") ? ranks.lost("the gradients", e) : e;
    }

    @Override
    public void close() {
        buckets.forEach(TensorScope::free);
        buckets.clear();
        if (reducer != null) {
            TensorScope.free(reducer);
        }
    }
}
