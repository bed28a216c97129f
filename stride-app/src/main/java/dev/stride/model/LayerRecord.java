package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** One block of a pass: its output, and the way back through it, which is recorded now or only when it is asked for. */
final class LayerRecord implements AutoCloseable {
    private final Layer layer;
    private final Tensor input; // [tokens, hidden], owned by who gave it
    private final boolean gradientWanted;
    private final Tensor rotations;
    private final Attention attention;
    private final Tensor output;
    private final boolean trains;
    private List<List<Piece.WayBack>> branches = List.of();

    /**
     * Runs the block forward.
     *
     * @param gradientWanted whether anything before the block trains
     */
    LayerRecord(
            Layer layer,
            Tensor input,
            boolean gradientWanted,
            Tensor rotations,
            Attention attention,
            boolean recompute) {
        this.layer = layer;
        this.input = input;
        this.gradientWanted = gradientWanted;
        this.rotations = TensorScope.outlive(rotations::detach);
        this.attention = attention;
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            output = scope.keep(record());
        }
        trains = branches.stream().flatMap(List::stream).anyMatch(Piece.WayBack::trains);
        if (recompute) {
            drop();
        }
    }

    /** [tokens, hidden], without history; it lives until this is closed. */
    Tensor output() {
        return output;
    }

    /** Whether anything in the block or before it trains. */
    boolean trains() {
        return trains;
    }

    /**
     * Adds the gradients of the block's parameters and lets go of what was recorded.
     *
     * @return the gradient by the block's input; null where nothing before it trains
     */
    @Nullable
    Tensor backward(Tensor gradient) {
        if (branches.isEmpty()) {
            try (TensorScope scope = new TensorScope();
                    NoGrad off = new NoGrad()) {
                record();
            }
        }
        Tensor flowing = gradient;
        try (NoGrad off = new NoGrad()) {
            for (int i = branches.size() - 1; i >= 0; i--) {
                @Nullable Tensor byBranch = back(branches.get(i), flowing);
                flowing = byBranch == null ? flowing : flowing.add(byBranch);
            }
        }
        drop();
        return gradientWanted ? flowing : null;
    }

    private static @Nullable Tensor back(List<Piece.WayBack> branch, Tensor gradient) {
        @Nullable Tensor flowing = gradient;
        for (int i = branch.size() - 1; i >= 0 && flowing != null; i--) {
            flowing = branch.get(i).backward(flowing);
        }
        return flowing;
    }

    private Tensor record() {
        Tensor sum = input;
        boolean wanted = gradientWanted;
        List<List<Piece.WayBack>> recorded = new ArrayList<>();
        for (List<Piece> branch : layer.branches(rotations, attention)) {
            List<Piece.WayBack> back = new ArrayList<>();
            recorded.add(back);
            Tensor y = sum;
            for (Piece piece : branch) {
                Piece.WayBack one = piece.record(y, wanted);
                back.add(one);
                y = one.output();
                wanted = one.trains();
            }
            sum = sum.add(y);
        }
        branches = recorded;
        return sum;
    }

    private void drop() {
        branches.forEach(branch -> branch.forEach(Piece.WayBack::close));
        branches = List.of();
    }

    @Override
    public void close() {
        drop();
        TensorScope.free(rotations);
        TensorScope.free(output);
    }
}
