package dev.stride.train;

import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.TensorBytes;
import dev.stride.checkpoint.TensorSource;
import dev.stride.distributed.Ranks;
import dev.stride.peft.Parameter;
import dev.stride.recipe.EvenShares;
import dev.stride.torch.AdamW;
import dev.stride.torch.Native;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Which rank has the moments of which parameter and updates it, so that each has about as much: the first stage of ZeRO
 * (Rajbhandari et al. 2020). AdamW treats every number by itself, and whole tensors are dealt out, so that the weights are
 * those of ranks that each update everything, bit for bit.
 */
final class MomentShares {
    /** Everything is updated here. */
    static final MomentShares WHOLE = new MomentShares(Ranks.ALONE, Map.of(), List.of());

    private final Ranks ranks;
    private final Map<String, Integer> owners;
    private final List<List<Tensor>> byRank;

    private MomentShares(Ranks ranks, Map<String, Integer> owners, List<List<Tensor>> byRank) {
        this.ranks = ranks;
        this.owners = owners;
        this.byRank = byRank;
    }

    /**
     * The shares of all ranks.
     *
     * @param zero false where every rank has all moments
     */
    static MomentShares of(List<Parameter> parameters, Ranks ranks, boolean zero) {
        if (!zero || ranks.env().isAlone()) {
            return WHOLE;
        }
        int world = ranks.env().world();
        int[] dealt = EvenShares.of(
                parameters.stream().map(parameter -> parameter.tensor().numel()).toList(), world);
        List<List<Tensor>> byRank = new ArrayList<>();
        for (int rank = 0; rank < world; rank++) {
            byRank.add(new ArrayList<>());
        }
        Map<String, Integer> owners = new HashMap<>();
        for (int i = 0; i < dealt.length; i++) {
            owners.put(parameters.get(i).name(), dealt[i]);
            byRank.get(dealt[i]).add(parameters.get(i).tensor());
        }
        return new MomentShares(ranks, owners, byRank);
    }

    /** Whether a parameter's moments are here. */
    boolean holds(String name) {
        return owner(name) == ranks.env().rank();
    }

    private int owner(String name) {
        return owners.isEmpty() ? ranks.env().rank() : Objects.requireNonNull(owners.get(name), name);
    }

    /** Gives every rank the parameters that the others have updated. */
    void exchange() {
        for (int rank = 0; rank < byRank.size(); rank++) {
            ranks.broadcast(byRank.get(rank), rank);
        }
    }

    /** The optimizer's state of one parameter as rank 0 writes it; what another rank has arrives when it is written. */
    List<TensorSource> sources(AdamW.Slot slot) {
        List<TensorSource> sources = new ArrayList<>();
        long[] shape = slot.parameter().shape();
        sources.add(source(slot, "exp_avg.", slot.momentum(), shape));
        sources.add(source(slot, "exp_avg_sq.", slot.variance(), shape));
        sources.add(source(slot, "step.", slot.step(), slot.step().shape()));
        return sources;
    }

    private TensorSource source(AdamW.Slot slot, String prefix, Tensor tensor, long[] shape) {
        String name = prefix + slot.name();
        return slot.held()
                ? new TensorBytes(name, tensor, DType.F32)
                : new Arriving(name, shape, owner(slot.name()), ranks);
    }

    /** On ranks other than 0: sends what {@link #sources} of the same slots ask for there, in the same order. */
    void give(List<AdamW.Slot> slots) {
        for (AdamW.Slot slot : slots) {
            if (!owners.isEmpty() && slot.held()) {
                ranks.send(slot.momentum(), 0);
                ranks.send(slot.variance(), 0);
                ranks.send(slot.step(), 0);
            }
        }
    }

    /** A float32 tensor that another rank has, which is here only while it is written. */
    private record Arriving(String name, long[] shape, int from, Ranks ranks) implements TensorSource {
        @Override
        public DType dtype() {
            return DType.F32;
        }

        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            try (TensorScope scope = new TensorScope()) {
                Tensor tensor = Tensors.zeros(torch.ScalarType.Float, Native.cpu(), shape);
                ranks.receive(tensor, from);
                new TensorBytes(name, tensor, DType.F32).writeTo(channel);
            }
        }
    }
}
