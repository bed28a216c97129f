package dev.stride.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.config.ConfigReader;
import dev.stride.config.RunConfig;
import dev.stride.config.ScalingRule;
import dev.stride.config.UserException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Batch and rate of several ranks. */
class RanksPlanTest {
    private static final ModelFacts SMALL = new ModelFacts(4, 128, 344, 4, 32, 2, 2000, 1_500_000);
    private static final MachineFacts CPU = new MachineFacts("cpu", false, 24L << 30, 2, true);
    private static final DataFacts DATA = new DataFacts(5000, 620_000, 400_000, 210, 0);

    private static RunConfig config(String... sets) {
        return ConfigReader.read(null, Map.of(), List.of(sets));
    }

    private static RunPlan plan(String... sets) {
        return Planner.plan(config(sets), DATA, SMALL, CPU);
    }

    @Test
    void classic_fourRanks_multiplyTheBatchAndTheRate() {
        RunPlan one = plan("task=dialogue");
        RunPlan two = plan("task=dialogue", "plan.ranks=2");
        assertThat(two.batch().value()).isEqualTo(2 * one.batch().value());
        assertThat(two.batch().reason()).isEqualTo("recipe dialogue, 64 rows for each of 2 ranks");
        assertThat(two.peak()).isCloseTo(2 * one.peak(), within(1e-18));
        assertThat(two.updates().value()).isEqualTo(3 * 40);
        assertThat(two.config().schedule().warmup())
                .as("the share of the warm-up stays")
                .isEqualTo(one.config().schedule().warmup());
        assertThat(plan("task=dialogue", "plan.ranks=4").peak())
                .as("1.2e-4, above the cap")
                .isEqualTo(1e-4);
    }

    @Test
    void classic_theKnownExample_goesFrom2eMinus5To8eMinus5() {
        assertThat(2e-5 * RateRules.batchFactor(ScalingRule.LINEAR, 4 * 32, 32).value())
                .isCloseTo(8e-5, within(1e-18));
    }

    @Test
    void evidence_fourRanks_followTheSquareRoot() {
        RunPlan one = plan("task=classification", "plan.profile=evidence");
        RunPlan four = plan("task=classification", "plan.profile=evidence", "plan.ranks=4");
        assertThat(four.batch().value()).isEqualTo(128);
        assertThat(four.peak()).isCloseTo(2 * one.peak(), within(1e-18));
        assertThat(four.optimizer().beta2().value()).isCloseTo(0.996, within(1e-5));
    }

    @Test
    void withRecipe_twice_isTheSame() {
        RunConfig once = Planner.withRecipe(config("task=code", "plan.ranks=3"));
        assertThat(once.train().batch()).isEqualTo(384);
        assertThat(Planner.withRecipe(once)).isEqualTo(once);
    }

    @Test
    void aGivenBatch_staysAndMakesTheKnobUseless() {
        assertThat(plan("task=dialogue", "train.batch=32").batch().value()).isEqualTo(32);
        assertThatThrownBy(() -> config("task=dialogue", "train.batch=32", "plan.ranks=2"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("plan.ranks")
                .hasMessageContaining("no recipe's is multiplied");
    }

    @Test
    void aGivenBatch_withZero_leavesTheKnobItsMemory() {
        assertThat(config("task=dialogue", "train.batch=32", "plan.ranks=2", "train.zero=on")
                        .plan()
                        .ranks())
                .isEqualTo(2);
    }

    @Test
    void zero_ofOneProcess_isRefused() {
        assertThatThrownBy(() -> plan("task=dialogue", "train.zero=on"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("train.zero")
                .hasMessageContaining("--nproc 2 or more");
        assertThat(Planner.plan(config("task=dialogue", "train.zero=on"), DATA, SMALL, CPU.sharedBy(1, 2))
                        .memory()
                        .total())
                .isLessThan(plan("task=dialogue").memory().total());
    }
}
