package dev.stride.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.GoldenTensors;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.TinyModel;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A member's rows are what they are alone, whoever is beside it. */
class LoraGroupTest {
    /** Float32 sums of a few hundred numbers in another order. Seen: 1e-6. */
    private static final double TOLERANCE = 1e-5;

    private static final int[] FIRST = {5, 9, 17, 33, 12, 7, 101};
    private static final int[] SECOND = {44, 3, 8, 250};

    private ChatGlmModel model;
    private LoraTuning one;
    private LoraTuning two;
    private LoraGroup group;

    @BeforeEach
    void open() {
        model = TinyModel.open();
        one = filled(new LoraSettings(4, 8, 0.5, List.of("query_key_value", "dense_4h_to_h"), false), 1);
        two = filled(new LoraSettings(2, 8, 0.5, List.of("query_key_value", "dense"), true), 2);
        group = new LoraGroup(model, List.of(one, two));
    }

    @AfterEach
    void close() {
        group.close();
        one.close();
        two.close();
        model.close();
    }

    @Test
    void share_rowsWithDropout_areThoseOfEachAlone() {
        float[] firstAlone = alone(one, 77, FIRST);
        float[] secondAlone = alone(two, 78, SECOND);
        float[] plain = alone(one, 0, FIRST);
        one.dropoutSeed(77);
        two.dropoutSeed(78);
        int compared = 0;
        for (boolean swapped : new boolean[] {false, true}) {
            float[] both = swapped ? joint(two, SECOND, one, FIRST) : joint(one, FIRST, two, SECOND);
            int border = (swapped ? SECOND : FIRST).length * (both.length / (FIRST.length + SECOND.length));
            float[] before = Arrays.copyOf(both, border);
            float[] after = Arrays.copyOfRange(both, border, both.length);
            float[] first = swapped ? after : before;
            assertThat(GoldenTensors.relativeDifference(first, firstAlone)).isLessThan(TOLERANCE);
            assertThat(GoldenTensors.relativeDifference(swapped ? before : after, secondAlone))
                    .isLessThan(TOLERANCE);
            assertThat(GoldenTensors.relativeDifference(first, plain))
                    .as("other masks are far away")
                    .isGreaterThan(100 * TOLERANCE);
            compared++;
        }
        assertThat(compared).isEqualTo(2);
    }

    @Test
    void aPassThatIsNobodys_isRefused() {
        group.share(List.of());
        assertThatThrownBy(() -> hidden(FIRST)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void close_leavesTheBaseAsItWas() {
        float[] adapted = alone(one, 0, FIRST);
        group.close();
        float[] base = hidden(FIRST);
        try (ChatGlmModel fresh = TinyModel.open();
                TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            assertThat(base).isEqualTo(Tensors.floats(fresh.hidden(FIRST, new int[] {FIRST.length})));
        }
        assertThat(adapted).isNotEqualTo(base);
    }

    private float[] alone(LoraTuning member, long seed, int[] ids) {
        group.alone(member);
        member.dropoutSeed(seed);
        return hidden(ids);
    }

    private float[] joint(LoraTuning first, int[] firstIds, LoraTuning second, int[] secondIds) {
        group.share(List.of(
                new LoraGroup.Share(first, firstIds.length), new LoraGroup.Share(second, secondIds.length)));
        return hidden(firstIds, secondIds);
    }

    private float[] hidden(int[]... segments) {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            int[] ids = Arrays.stream(segments).flatMapToInt(IntStream::of).toArray();
            int[] lengths =
                    Arrays.stream(segments).mapToInt(segment -> segment.length).toArray();
            return Tensors.floats(model.hidden(ids, lengths));
        }
    }

    /** An adapter whose B is not zero, so that it adds something. */
    private LoraTuning filled(LoraSettings settings, long seed) {
        LoraTuning tuning = LoraTuning.detached(model, settings, seed);
        Random random = new Random(seed);
        for (Parameter parameter : tuning.parameters()) {
            Tensor tensor = parameter.tensor();
            float[] values = new float[Math.toIntExact(tensor.numel())];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (0.1 * random.nextGaussian());
            }
            try (TensorScope scope = new TensorScope();
                    NoGrad off = new NoGrad()) {
                tensor.copy_(Tensors.of(values, tensor.shape()));
            }
        }
        return tuning;
    }
}
