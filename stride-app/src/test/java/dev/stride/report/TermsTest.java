package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.config.Guard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TermsTest {
    @ParameterizedTest
    @EnumSource(Guard.class)
    void guard_everyOne_hasAChineseName(Guard guard) {
        assertThat(Terms.guard(guard.word()).english()).isEqualTo(guard.word());
        assertThat(Terms.guard(guard.word()).chinese()).containsPattern("\\p{IsHan}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"alarm", "stop", "recover", "reduce-lr", "keep"})
    void action_everyOne_hasAChineseName(String action) {
        assertThat(Terms.action(action).chinese()).containsPattern("\\p{IsHan}");
    }

    @Test
    void entry_ofAGroup_keepsTheGroupsName() {
        assertThat(Terms.entry("lr: batch")).isEqualTo(new BilingualText("lr: batch", "学习率：批大小"));
        assertThat(Terms.entry("lr of decay.layer00: layer decay").chinese()).isEqualTo("decay.layer00 的学习率：逐层衰减");
        assertThat(Terms.entry("beta2")).isEqualTo(BilingualText.of("beta2"));
        assertThat(Terms.entry("<b>")).isEqualTo(BilingualText.of("<b>"));
    }
}
