package dev.stride.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CudaCardTest {
    @Test
    void parse_lineOfTheDriversTool_isRead() {
        Native.CudaCard card = Native.CudaCard.parse("NVIDIA A100-SXM4-80GB, 8.0, 81920");
        assertThat(card).isEqualTo(new Native.CudaCard("NVIDIA A100-SXM4-80GB", 8.0, 81920L << 20));
        assertThat(card.bf16()).isTrue();
        assertThat(Native.CudaCard.parse("Tesla V100-SXM2-16GB, 7.0, 16384").bf16())
                .isFalse();
        assertThat(Native.CudaCard.parse("A card, with a comma, 9.0, 1").name()).isEqualTo("A card, with a comma");
        assertThatThrownBy(() -> Native.CudaCard.parse("No devices were found"))
                .isInstanceOf(NumberFormatException.class);
    }
}
