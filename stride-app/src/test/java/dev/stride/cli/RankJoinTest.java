package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.config.ConfigReader;
import dev.stride.config.RunConfig;
import dev.stride.distributed.RankEnv;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RankJoinTest {
    private static final RankEnv SECOND_OF_TWO = new RankEnv(1, 2, 1, "127.0.0.1", 29_500, "torchrun");

    private static RunConfig config(String... sets) {
        return ConfigReader.read(null, Map.of(), List.of(sets));
    }

    /** Several ranks began with shares of the moments; who goes on alone has all of them. */
    @Test
    void planned_oneProcessGoesOn_turnsZeroOff() {
        RunConfig begun = config("train.zero=on");
        assertThat(RankJoin.planned(begun, RankEnv.ALONE, true).train().zero()).isFalse();
        assertThat(RankJoin.planned(begun, SECOND_OF_TWO, true).train().zero()).isTrue();
        assertThat(RankJoin.planned(begun, RankEnv.ALONE, false).train().zero())
                .as("a new run of one process is refused by its plan")
                .isTrue();
    }

    @Test
    void planned_newRunOfTwo_multipliesARecipesBatchAlone() {
        assertThat(RankJoin.planned(config(), SECOND_OF_TWO, false).plan().ranks())
                .isEqualTo(2);
        assertThat(RankJoin.planned(config(), SECOND_OF_TWO, true).plan().ranks())
                .isEqualTo(1);
        assertThat(RankJoin.planned(config("train.batch=8"), SECOND_OF_TWO, false)
                        .plan()
                        .ranks())
                .isEqualTo(1);
    }
}
