package dev.stride.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.config.ConfigReader;
import dev.stride.config.PlateauConfig;
import dev.stride.config.PlateauConvention;
import dev.stride.schedule.OneCycle;
import dev.stride.schedule.ReducedOnPlateau;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** From what was written to the planned curve. */
class PlannedShapesTest {
    private static final ModelFacts MODEL = new ModelFacts(4, 128, 344, 4, 32, 2, 2000, 1_500_000);
    private static final MachineFacts CPU = new MachineFacts("cpu", false, 24L << 30, 2, true);
    private static final DataFacts DATA = new DataFacts(10_000, 1_000_000, 500_000, 200, 0);

    private static RunPlan plan(String... sets) {
        return Planner.plan(ConfigReader.read(null, Map.of(), List.of(sets)), DATA, MODEL, CPU);
    }

    @Test
    void plan_warmupInSteps_keepsItAgainstTheRecipeAndNamesWhoSaidIt() {
        RunPlan plan = plan("task=code", "schedule.name=one-cycle", "schedule.warmup_steps=30", "optimizer.lr=3e-5");
        assertThat(plan.schedule()).isEqualTo(new OneCycle(3e-5, 0, 0.04, 30, 237));
        assertThat(plan.toText()).contains("30 updates (--set schedule.warmup_steps); first update 1.");
    }

    /** 10,000 rows in 3 epochs of 128 rows an update are 237 updates; 6 % of them are 14.22. */
    @Test
    void plan_warmupInPercent_isRoundedUpFromThePlannedUpdates() {
        RunPlan plan = plan("train.batch=128", "train.epochs=3", "schedule.warmup_percent=6");
        assertThat(plan.schedule().steps()).isEqualTo(237);
        assertThat(plan.schedule().warmup()).isEqualTo(15);
        assertThat(plan.toText()).contains("15 updates = 6% (--set schedule.warmup_percent)");
    }

    @Test
    void plan_sevenPercentOfAHundred_isSevenAndEightInTransformers() {
        for (String key : new String[] {"schedule.warmup_percent=7", "schedule.warmup=7%"}) {
            assertThat(plan("train.steps=100", key).schedule().warmup()).isEqualTo(7);
            assertThat(plan("train.steps=100", key, "schedule.form=hf")
                            .schedule()
                            .warmup())
                    .isEqualTo(8);
        }
    }

    @Test
    void plan_plateau_isTheConstantPeakWithItsRule() {
        RunPlan plan = plan(
                "schedule.name=plateau",
                "data.val=v.jsonl",
                "optimizer.lr=3e-5",
                "schedule.warmup=10",
                "schedule.min_lr=1e-6",
                "schedule.plateau_patience=2",
                "schedule.plateau_convention=keras",
                "train.steps=100");
        assertThat(plan.schedule())
                .isEqualTo(new ReducedOnPlateau(
                        3e-5, 1e-6, new PlateauConfig(0.5, 2, 1e-4, PlateauConvention.KERAS), 10, 100));
        assertThat(plan.toText())
                .contains("constant, x 0.5 after 2 evaluations in a row without a gain, not below 1e-6");
    }
}
