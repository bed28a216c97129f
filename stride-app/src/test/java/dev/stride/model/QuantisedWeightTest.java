package dev.stride.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.torch.Native;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantisedWeightTest {
    private static Tensor random(long seed, double size, long... shape) {
        SplittableRandom random = new SplittableRandom(seed);
        int count = 1;
        for (long length : shape) {
            count *= (int) length;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (size * (random.nextDouble() * 2 - 1));
        }
        return Tensors.of(values, shape);
    }

    /** The largest difference beside the largest number. */
    private static double relative(Tensor a, Tensor b) {
        float[] left = Tensors.floats(a);
        float[] right = Tensors.floats(b);
        assertThat(left).hasSameSizeAs(right);
        double difference = 0;
        double largest = 0;
        for (int i = 0; i < left.length; i++) {
            difference = Math.max(difference, Math.abs(left[i] - right[i]));
            largest = Math.max(largest, Math.abs(right[i]));
        }
        return difference / largest;
    }

    /**
     * Shapes that a kernel takes and shapes that it does not; few rows, for which the codes are multiplied, and many, for
     * which the matrix is widened.
     */
    @ParameterizedTest
    @CsvSource({
        "8,0,128,64",
        "8,0,72,36",
        "4,0,128,96",
        "4,0,64,512",
        "4,0,192,172",
        "4,32,128,96",
        "4,64,64,192",
        "4,128,576,256",
        "4,32,40,96",
        "4,256,64,512",
        "8,32,64,64"
    })
    void product_narrow_isThatOfTheWidenedMatrix(int bits, int group, int out, int in) {
        Quantisation quantisation = new Quantisation(bits, group);
        int compared = 0;
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Quantisation.Codes codes = quantisation.quantise(random(1, 0.1, out, in));
            Tensor matrix = quantisation.matrix(codes, torch.ScalarType.Float);
            Tensor bias = random(2, 0.1, out);
            try (QuantisedWeight weight = QuantisedWeight.of(quantisation, codes, true, Native.cpu())) {
                assertThat(weight.out()).isEqualTo(out);
                assertThat(weight.in()).isEqualTo(in);
                // scales are rounded to bf16 there: 2^-9
                assertThat(relative(weight.matrix(torch.ScalarType.Float), matrix))
                        .isLessThan(0x1p-8);
                for (int rows : new int[] {1, 3, 16, 32, 33, 65, 128, 130}) {
                    Tensor x = random(rows, 1, rows, in);
                    Tensor exact = torch.linear(x, matrix, bias);
                    Tensor narrow = weight.product(x.to(torch.ScalarType.BFloat16), bias);
                    // x, the scale and the result have 8 bits each
                    assertThat(relative(narrow, exact)).as("%d rows", rows).isLessThan(0x1p-6);
                    compared++;
                }
            }
        }
        assertThat(compared).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource({"8,0,128,64", "4,0,128,96", "4,32,128,96"})
    void product_float32_isExact(int bits, int group, int out, int in) {
        Quantisation quantisation = new Quantisation(bits, group);
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Quantisation.Codes codes = quantisation.quantise(random(1, 0.1, out, in));
            Tensor matrix = quantisation.matrix(codes, torch.ScalarType.Float);
            try (QuantisedWeight weight = QuantisedWeight.of(quantisation, codes, false, Native.cpu())) {
                for (int rows : new int[] {1, 70}) {
                    Tensor x = random(rows, 1, rows, in);
                    assertThat(relative(weight.product(x, null), torch.linear(x, matrix)))
                            .isLessThan(1e-6);
                }
            }
        }
    }

    /** On a CPU without bf16 instructions activations are float32; products of few rows are made in bf16 all the same. */
    @Test
    void linear_float32Input_keepsItsType() {
        Quantisation quantisation = new Quantisation(4, 32);
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Quantisation.Codes codes = quantisation.quantise(random(1, 0.1, 64, 64));
            try (QuantisedWeight weight = QuantisedWeight.of(quantisation, codes, true, Native.cpu())) {
                Tensor y = new Linear("some", weight, null).apply(random(4, 1, 2, 64));
                assertThat(Tensors.type(y)).isEqualTo(torch.ScalarType.Float);
            }
        }
    }

    /** An adapter below a quantised linear trains through it. */
    @ParameterizedTest
    @CsvSource({"8,0", "4,0", "4,32"})
    void product_gradientByTheInput_isThatOfTheWidenedMatrix(int bits, int group) {
        Quantisation quantisation = new Quantisation(bits, group);
        try (TensorScope scope = new TensorScope()) {
            Quantisation.Codes codes = quantisation.quantise(random(1, 0.1, 64, 96));
            try (QuantisedWeight weight = QuantisedWeight.of(quantisation, codes, true, Native.cpu())) {
                Tensor x = random(4, 1, 3, 96).requires_grad_(true);
                weight.product(x, null).sum().backward();
                Tensor expected = weight.matrix(torch.ScalarType.Float)
                        .sum(new long[] {0}, true, new org.bytedeco.pytorch.ScalarTypeOptional())
                        .expand(new long[] {3, 96}, false);
                assertThat(relative(Tensors.gradient(x), expected)).isLessThan(1e-5);
            }
        }
    }

    @Test
    void product_thousandTimes_memoryStaysFlat() {
        Quantisation quantisation = new Quantisation(4, 32);
        try (TensorScope outer = new TensorScope();
                NoGrad off = new NoGrad()) {
            Quantisation.Codes codes = quantisation.quantise(random(1, 0.1, 512, 512));
            long before = 0;
            for (int i = 0; i < 600; i++) {
                if (i == 200) {
                    before = Native.residentBytes();
                }
                try (TensorScope scope = new TensorScope();
                        QuantisedWeight weight = QuantisedWeight.of(quantisation, codes, true, Native.cpu())) {
                    weight.product(random(1, 1, 2, 512).to(torch.ScalarType.BFloat16), null);
                    weight.matrix(torch.ScalarType.BFloat16);
                }
            }
            // a weight has 160 kB and its matrix 512 kB: 400 leaks of either would be 64 MB or more
            assertThat(Native.residentBytes() - before).isLessThan(40L << 20);
        }
    }
}
