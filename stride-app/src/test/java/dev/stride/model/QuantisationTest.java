package dev.stride.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantisationTest {
    private static float[] values(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (0.05 * (random.nextDouble() + random.nextDouble() - 1));
        }
        return values;
    }

    /** Rounded to eleven bits, nearest and then even; for numbers that float16 holds without becoming subnormal. */
    private static float half(float value) {
        float ulp = Math.ulp(value) * (1 << 13);
        return (float) (Math.rint((double) value / ulp) * ulp);
    }

    /** The formula in plain Java: scale = half(max |w| / m), code = the even-rounded w / scale. */
    @ParameterizedTest
    @CsvSource({"8,0,127", "4,0,7", "4,4,7", "8,6,127"})
    void quantise_randomMatrix_isTheFormula(int bits, int group, int most) {
        int out = 5;
        int in = 12;
        int size = group == 0 ? in : group;
        float[] values = values(out * in, 3);
        try (TensorScope scope = new TensorScope()) {
            Quantisation.Codes codes = new Quantisation(bits, group).quantise(Tensors.of(values, out, in));
            assertThat(codes.scales().shape()).isEqualTo(group == 0 ? new long[] {out} : new long[] {out, in / group});
            assertThat(codes.codes().shape()).isEqualTo(new long[] {out, (long) in * bits / 8});
            float[] scales = Tensors.floats(codes.scales());
            long[] stored = Tensors.longs(codes.codes());
            int compared = 0;
            for (int i = 0; i < values.length; i++) {
                float max = 0;
                for (int j = i / size * size; j < i / size * size + size; j++) {
                    max = Math.max(max, Math.abs(values[j]));
                }
                float scale = scales[i / size];
                assertThat(scale).isEqualTo(half(max / most));
                int code = bits == 8 ? (int) stored[i] : nibble((int) stored[i / 2], i % 2 == 0);
                // the product with the inverse is rounded twice more than the quotient: a tie may fall to either side
                double exact = (double) values[i] / scale;
                assertThat(Math.abs(code - exact)).isLessThanOrEqualTo(0.5 + 1e-4);
                compared++;
            }
            assertThat(compared).isEqualTo(60);
        }
    }

    private static int nibble(int signedByte, boolean even) {
        return even ? signedByte >> 4 : signedByte << 28 >> 28;
    }

    /** The order of the published kernel: the even input's code is the upper half of the byte, in two's complement. */
    @Test
    void packed_knownCodes_evenInputIsTheUpperHalf() {
        try (TensorScope scope = new TensorScope()) {
            Tensor codes =
                    Tensors.of(new long[] {1, -2, 7, -7, 0, 3, -1, 0}, 2, 4).to(torch.ScalarType.Char);
            long[] bytes = Tensors.longs(Quantisation.packed(codes));
            assertThat(Arrays.stream(bytes).map(b -> b & 0xFF)).containsExactly(0x1EL, 0x79L, 0x03L, 0xF0L);
        }
    }

    @Test
    void unpacked_everyByte_isPackedToItself() {
        long[] all = new long[256];
        Arrays.setAll(all, i -> i - 128);
        try (TensorScope scope = new TensorScope()) {
            Tensor bytes = Tensors.of(all, 2, 128).to(torch.ScalarType.Char);
            Tensor codes = Quantisation.unpacked(bytes);
            assertThat(codes.shape()).isEqualTo(new long[] {2, 256});
            assertThat(Arrays.stream(Tensors.longs(codes)).distinct().sorted().toArray())
                    .containsExactly(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7);
            assertThat(Tensors.longs(Quantisation.packed(codes))).isEqualTo(all);
        }
    }

    @ParameterizedTest
    @CsvSource({"8,0", "4,0", "4,32", "8,32"})
    void matrix_ofQuantised_isWithinHalfAStep(int bits, int group) {
        int out = 600; // more rows than are treated at a time
        int in = 64;
        float[] values = values(out * in, 5);
        Quantisation quantisation = new Quantisation(bits, group);
        try (TensorScope scope = new TensorScope()) {
            Quantisation.Codes codes = quantisation.quantise(Tensors.of(values, out, in));
            float[] back = Tensors.floats(quantisation.matrix(codes, torch.ScalarType.Float));
            float[] scales = Tensors.floats(codes.scales());
            int size = group == 0 ? in : group;
            int beyond = 0;
            for (int i = 0; i < values.length; i++) {
                // the scale is rounded to eleven bits, which moves the largest code's number by 2^-12 of itself
                double allowed = 0.5001 * scales[i / size] + Math.abs(values[i]) * 0x1p-11;
                beyond += Math.abs(back[i] - values[i]) <= allowed ? 0 : 1;
            }
            assertThat(beyond).isZero();
            // what was quantised once is quantised to itself
            Quantisation.Codes again = quantisation.quantise(quantisation.matrix(codes, torch.ScalarType.Float));
            assertThat(Tensors.longs(again.codes())).isEqualTo(Tensors.longs(codes.codes()));
        }
    }

    @Test
    void quantise_zeros_andNumbersBelowEveryScale_areZeros() {
        Quantisation quantisation = new Quantisation(4, 2);
        try (TensorScope scope = new TensorScope()) {
            Quantisation.Codes codes =
                    quantisation.quantise(Tensors.of(new float[] {0, 0, 1e-9f, -1e-9f, 7, -3.5f}, 1, 6));
            assertThat(Tensors.floats(codes.scales())).containsExactly(0, 0, 1);
            assertThat(Tensors.floats(quantisation.matrix(codes, torch.ScalarType.Float)))
                    .containsExactly(0, 0, 0, 0, 7, -4); // a tie goes to the even code
        }
    }

    @Test
    void constructor_otherSizes_areRefused() {
        assertThatThrownBy(() -> new Quantisation(3, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Quantisation(4, 5)).isInstanceOf(IllegalArgumentException.class);
        assertThat(new Quantisation(4, 32).fits(48)).isFalse();
        assertThat(new Quantisation(4, 0).fits(7)).isFalse();
        assertThat(new Quantisation(4, 32).words()).isEqualTo("int4, one scale for 32 inputs");
    }
}
