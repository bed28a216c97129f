package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LossScaleTest {
    @Test
    void overflowed_halvesDownToOne() {
        LossScale scale = LossScale.dynamic();
        assertThat(scale.value()).isEqualTo(65536);
        for (int i = 1; i <= 16; i++) {
            scale.overflowed();
            assertThat(scale.value()).isEqualTo(65536 / Math.pow(2, i));
        }
        scale.overflowed();
        assertThat(scale.value()).isEqualTo(1);
    }

    @Test
    void updated_doublesAfter2000InARow() {
        LossScale scale = LossScale.dynamic();
        update(scale, 1999);
        assertThat(scale.value()).isEqualTo(65536);
        update(scale, 1);
        assertThat(scale.value()).isEqualTo(131072);
        update(scale, 1999);
        scale.overflowed(); // the count starts over
        update(scale, 1999);
        assertThat(scale.value()).isEqualTo(65536);
        update(scale, 1);
        assertThat(scale.value()).isEqualTo(131072);
    }

    @Test
    void restore_goesOnFromTheSavedCount() {
        LossScale scale = LossScale.dynamic();
        scale.overflowed();
        update(scale, 1500);
        LossScale restored = LossScale.dynamic();
        restored.restore(scale.value(), scale.sinceOverflow());
        update(restored, 499);
        assertThat(restored.value()).isEqualTo(32768);
        update(restored, 1);
        assertThat(restored.value()).isEqualTo(65536);
    }

    @Test
    void none_staysOne() {
        LossScale scale = LossScale.none();
        update(scale, 4001);
        scale.overflowed();
        scale.restore(1024, 7);
        assertThat(scale.value()).isEqualTo(1);
        assertThat(scale.isDynamic()).isFalse();
    }

    private static void update(LossScale scale, int times) {
        for (int i = 0; i < times; i++) {
            scale.updated();
        }
    }
}
