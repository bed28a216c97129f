package dev.stride.peft;

import dev.stride.model.ChatGlmModel;
import dev.stride.model.Linear;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Several LoRA adapters beside the same linears of one frozen base, each on its own rows of a pass.
 *
 * <p>The flat row of a pass, [tokens, hidden], is the members' rows end to end. The base's product is made once over all
 * of them, each adapter's over its own, so that a member's numbers do not depend on its neighbours. Members may differ in
 * rank, alpha, targets, dropout and rows. The group owns no adapter.
 */
public final class LoraGroup implements AutoCloseable {
    private final List<Linear> linears = new ArrayList<>();
    private List<Share> shares = List.of();
    private long[] tokens = {};

    /** The rows that a member has in a pass; without a member they are the base's alone. */
    public record Share(@Nullable LoraTuning member, int tokens) {}

    /** A group beside every linear that one of the members has a product for; no pass is anybody's yet. */
    public LoraGroup(ChatGlmModel model, List<LoraTuning> members) {
        for (Linear linear : model.linears()) {
            if (members.stream().anyMatch(member -> member.isBeside(linear))) {
                linears.add(linear);
                linear.setAddition((x, y) -> addTo(linear, x, y));
            }
        }
    }

    /** The passes from here on are made of these rows, in this order. */
    public void share(List<Share> newShares) {
        shares = List.copyOf(newShares);
        tokens = shares.stream().mapToLong(Share::tokens).toArray();
    }

    /** The passes from here on are one member's alone, whatever their length: an evaluation. */
    public void alone(LoraTuning member) {
        share(List.of(new Share(member, 0)));
    }

    @Override
    public void close() {
        linears.forEach(linear -> linear.setAddition(null));
    }

    private Tensor addTo(Linear linear, Tensor x, Tensor y) {
        if (shares.isEmpty()) {
            throw new IllegalStateException("a pass that is no member's");
        }
        Tensor input = Tensors.as(x, torch.ScalarType.Float); // [tokens, in]
        @Nullable
        Tensor products = shares.size() == 1 ? product(shares.get(0), linear, input) : products(linear, input, y);
        return products == null ? y : Tensors.as(y.add(products), Tensors.type(y));
    }

    private static @Nullable Tensor product(Share share, Linear linear, Tensor input) {
        LoraTuning member = share.member();
        return member == null ? null : member.product(linear, input);
    }

    /**
     * The members' products end to end: [tokens, out]. One split and one join, whose ways back copy once each. Null where no
     * member of the pass is beside this linear.
     */
    private @Nullable Tensor products(Linear linear, Tensor input, Tensor y) {
        if (shares.stream()
                .noneMatch(share -> share.member() != null && share.member().isBeside(linear))) {
            return null;
        }
        TensorVector parts = torch.split_with_sizes(input, tokens, 0);
        Tensor[] products = new Tensor[tokens.length];
        for (int i = 0; i < products.length; i++) {
            Tensor product = product(shares.get(i), linear, parts.get(i));
            products[i] =
                    product == null ? Tensors.zeros(torch.ScalarType.Float, y.device(), tokens[i], y.size(1)) : product;
        }
        return torch.cat(new TensorVector(products), 0);
    }
}
