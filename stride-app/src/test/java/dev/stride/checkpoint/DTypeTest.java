package dev.stride.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class DTypeTest {
    @Test
    void names_mapBothWays() {
        assertThat(DType.values()).hasSize(9);
        for (DType type : DType.values()) {
            assertThat(DType.ofSafetensorsName(type.safetensorsName())).contains(type);
            assertThat(DType.ofTorchName(type.torchName())).contains(type);
        }
        assertThat(DType.ofSafetensorsName("F8_E5M2")).isEmpty();
        assertThat(DType.ofTorchName("half")).isEmpty();
        assertThat(DType.ofStorageClass("BFloat16Storage")).contains(DType.BF16);
    }

    @Test
    void storedTensor_bytesThatDoNotFit_areRefused() {
        assertThatThrownBy(() -> new StoredTensor("w", DType.F16, new long[] {3}, ByteBuffer.allocate(5)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("w: 5 bytes for F16[3], which takes 6");
    }

    @Test
    void storedTensor_views_areIndependentAndLittleEndian() {
        StoredTensor tensor = Golden.floats("w", 1f, 2f);
        tensor.bytes().getFloat();
        assertThat(tensor.bytes().getFloat()).isEqualTo(1f);
        tensor.shape()[0] = 9;
        assertThat(tensor.shape()).containsExactly(2);
    }
}
