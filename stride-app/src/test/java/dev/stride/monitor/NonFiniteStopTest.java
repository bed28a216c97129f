package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NonFiniteStopTest {
    @ParameterizedTest
    @CsvSource({"0, 1, 1", "5, NaN, 1", "5, 1, NaN", "5, Infinity, 1", "5, 1, Infinity"})
    void judge_badStep_skipsTheUpdate(long tokens, double loss, double norm) {
        assertThat(new NonFiniteStop().judge(tokens, loss, norm)).isInstanceOf(Verdict.SkipUpdate.class);
    }

    @Test
    void judge_secondBadStepInARow_stops() {
        NonFiniteStop guard = new NonFiniteStop();
        guard.judge(5, Double.NaN, 1);
        assertThat(guard.judge(0, 1, 1)).isInstanceOf(Verdict.Stop.class);
    }

    @Test
    void judge_goodStepBetweenTwoBadOnes_onlySkips() {
        NonFiniteStop guard = new NonFiniteStop();
        guard.judge(5, Double.NaN, 1);
        assertThat(guard.judge(5, 1, 1)).isInstanceOf(Verdict.Proceed.class);
        assertThat(guard.judge(5, Double.NaN, 1)).isInstanceOf(Verdict.SkipUpdate.class);
    }

    @Test
    void restore_oneBadStepBefore_nextBadOneStops() {
        NonFiniteStop guard = new NonFiniteStop();
        guard.restore(1);
        assertThat(guard.judge(5, Double.NaN, 1)).isInstanceOf(Verdict.Stop.class);
    }
}
