package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LossScaleTest {
    @Test
    void none_neverMoves() {
        LossScale scale = LossScale.none();
        for (int i = 0; i < 5000; i++) {
            scale.updated();
        }
        assertThat(scale.value()).isEqualTo(1);
        assertThat(scale.isDynamic()).isFalse();
    }

    @Test
    void dynamic_overflow_halves() {
        LossScale scale = LossScale.dynamic();
        scale.overflowed();
        assertThat(scale.value()).isEqualTo(32768);
    }

    @Test
    void dynamic_manyOverflows_neverBelowOne() {
        LossScale scale = LossScale.dynamic();
        for (int i = 0; i < 40; i++) {
            scale.overflowed();
        }
        assertThat(scale.value()).isEqualTo(1);
    }

    @Test
    void dynamic_2000UpdatesInARow_doubles() {
        LossScale scale = LossScale.dynamic();
        for (int i = 0; i < 1999; i++) {
            scale.updated();
        }
        assertThat(scale.value()).isEqualTo(65536);
        scale.updated();
        assertThat(scale.value()).isEqualTo(131072);
    }

    @Test
    void dynamic_overflowBefore2000_startsTheCountAgain() {
        LossScale scale = LossScale.dynamic();
        for (int i = 0; i < 1999; i++) {
            scale.updated();
        }
        scale.overflowed();
        scale.updated();
        assertThat(scale.value()).isEqualTo(32768);
        assertThat(scale.sinceOverflow()).isEqualTo(1);
    }

    @Test
    void restore_goesOnWhereItStood() {
        LossScale scale = LossScale.dynamic();
        scale.restore(1024, 1999);
        scale.updated();
        assertThat(scale.value()).isEqualTo(2048);
    }
}
