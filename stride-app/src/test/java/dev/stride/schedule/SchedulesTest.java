package dev.stride.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.config.PlateauConfig;
import dev.stride.config.PlateauConvention;
import dev.stride.config.RampShape;
import dev.stride.config.ScheduleConfig;
import dev.stride.config.ScheduleForm;
import dev.stride.config.ScheduleName;
import dev.stride.config.Share;
import dev.stride.config.UserException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SchedulesTest {
    private static final PlateauConfig PLATEAU = new PlateauConfig(0.5, 1, 1e-4, PlateauConvention.TORCH);

    private static ScheduleConfig config(ScheduleName name, ScheduleForm form, Share warmup, @Nullable Double minLr) {
        return config(name, form, warmup, null, minLr);
    }

    private static ScheduleConfig config(
            ScheduleName name,
            ScheduleForm form,
            @Nullable Share warmup,
            @Nullable Double slope,
            @Nullable Double minLr) {
        return new ScheduleConfig(
                name,
                form,
                warmup,
                slope,
                minLr,
                2,
                3,
                Share.ofSteps(2),
                2,
                null,
                Share.ofPercent("20"),
                RampShape.ONE_MINUS_SQRT,
                RampShape.LINEAR,
                0.5,
                PLATEAU);
    }

    private static LrSchedule resolve(ScheduleName name, ScheduleForm form, @Nullable Double minLr) {
        return Schedules.resolve(config(name, form, Share.ofPercent("6"), minLr), 3e-5, 1000);
    }

    @Test
    void resolve_everyNameOfTheNativeForm_isInAbsoluteNumbers() {
        assertThat(resolve(ScheduleName.CONSTANT, ScheduleForm.NATIVE, null)).isEqualTo(new Constant(3e-5, 60, 1000));
        assertThat(resolve(ScheduleName.LINEAR, ScheduleForm.NATIVE, null)).isEqualTo(new Linear(3e-5, 0, 60, 1000));
        assertThat(resolve(ScheduleName.COSINE, ScheduleForm.NATIVE, 1e-6)).isEqualTo(new Cosine(3e-5, 1e-6, 60, 1000));
        assertThat(resolve(ScheduleName.POLYNOMIAL, ScheduleForm.NATIVE, null))
                .isEqualTo(new Polynomial(3e-5, 0, 2, 60, 1000));
        assertThat(resolve(ScheduleName.INVERSE_SQRT, ScheduleForm.NATIVE, null))
                .isEqualTo(new InverseSqrt(3e-5, 0, 60, 60, 1000));
        assertThat(resolve(ScheduleName.WSD, ScheduleForm.NATIVE, null))
                .isEqualTo(new WarmupStableDecay(3e-5, 0, RampShape.ONE_MINUS_SQRT, 200, 60, 1000));
        assertThat(resolve(ScheduleName.COSINE_RESTARTS, ScheduleForm.NATIVE, 1e-6))
                .isEqualTo(new CosineRestarts(3e-5, 1e-6, 3, 60, 1000));
        assertThat(resolve(ScheduleName.ONE_CYCLE, ScheduleForm.NATIVE, null))
                .isEqualTo(new OneCycle(3e-5, 0, 0.04, 60, 1000));
        assertThat(resolve(ScheduleName.REX, ScheduleForm.NATIVE, null)).isEqualTo(new Rex(3e-5, 0, 0.5, 60, 1000));
        assertThat(resolve(ScheduleName.PLATEAU, ScheduleForm.NATIVE, 1e-6))
                .isEqualTo(new ReducedOnPlateau(3e-5, 1e-6, PLATEAU, 60, 1000));
    }

    @Test
    void resolve_everyNameOfTheHfForm_isTheOneOfTransformers() {
        assertThat(resolve(ScheduleName.CONSTANT, ScheduleForm.HF, null))
                .isEqualTo(new HfSchedule.Constant(3e-5, 60, 1000));
        assertThat(resolve(ScheduleName.LINEAR, ScheduleForm.HF, null))
                .isEqualTo(new HfSchedule.Linear(3e-5, 60, 1000));
        assertThat(resolve(ScheduleName.COSINE, ScheduleForm.HF, 1e-6))
                .isEqualTo(new HfSchedule.Cosine(3e-5, 1e-6, 60, 1000));
        assertThat(resolve(ScheduleName.COSINE_RESTARTS, ScheduleForm.HF, null))
                .isEqualTo(new HfSchedule.CosineRestarts(3e-5, 3, 60, 1000));
        assertThat(resolve(ScheduleName.COSINE_WARMUP_MIN, ScheduleForm.HF, 1e-6))
                .isEqualTo(new HfSchedule.CosineWarmupMin(3e-5, 1e-6, null, 60, 1000));
        assertThat(resolve(ScheduleName.POLYNOMIAL, ScheduleForm.HF, null))
                .isEqualTo(new HfSchedule.Polynomial(3e-5, 1e-7, 2, 60, 1000));
        assertThat(resolve(ScheduleName.POLYNOMIAL, ScheduleForm.HF, 0.0))
                .isEqualTo(new HfSchedule.Polynomial(3e-5, 0, 2, 60, 1000));
        assertThat(resolve(ScheduleName.INVERSE_SQRT, ScheduleForm.HF, null))
                .isEqualTo(new HfSchedule.InverseSqrt(3e-5, 60, 1000));
        assertThat(resolve(ScheduleName.WSD, ScheduleForm.HF, null))
                .isEqualTo(new HfSchedule.WarmupStableDecay(
                        3e-5, 0, RampShape.LINEAR, RampShape.ONE_MINUS_SQRT, 200, 60, 1000));
    }

    @Test
    void resolve_slope_isAWarmupOfAsManyUpdatesAsThePeakTakes() {
        ScheduleConfig linear = config(ScheduleName.LINEAR, ScheduleForm.NATIVE, null, 4e-6, null);
        assertThat(Schedules.resolve(linear, 3e-5, 1000)).isEqualTo(new Sloped(new Linear(3e-5, 0, 8, 1000), 4e-6));
        assertThat(Schedules.resolve(linear, 2.8e-5, 1000))
                .as("a whole quotient, but for its last bits")
                .isEqualTo(new Sloped(new Linear(2.8e-5, 0, 7, 1000), 4e-6));
        assertThat(Schedules.resolve(linear, 1e-6, 1000)).isEqualTo(new Sloped(new Linear(1e-6, 0, 1, 1000), 4e-6));
        assertThatThrownBy(() -> Schedules.resolve(linear, 3e-5, 8))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("schedule.warmup_slope: 4e-6 an update = 8 updates; allowed: at most 7 of the"
                        + " run's 8. Train longer, or rise by at least 4.2857e-6 an update.");
        ScheduleConfig wsd = config(ScheduleName.WSD, ScheduleForm.NATIVE, null, 4e-6, null);
        assertThatThrownBy(() -> Schedules.resolve(wsd, 3e-5, 9)).hasMessageContaining("schedule.wsd_decay");
        assertThatThrownBy(() -> Schedules.resolve(
                        config(ScheduleName.LINEAR, ScheduleForm.NATIVE, null, 1e-300, null), 3e-5, 9))
                .hasMessageContaining("schedule.warmup_slope");
    }

    @Test
    void resolve_torchForm_isTheSchedulerOfTorch() {
        assertThat(resolve(ScheduleName.COSINE, ScheduleForm.TORCH, null))
                .isEqualTo(new TorchSchedule.Cosine(3e-5, 0, 1.0 / 3, 60, 1000));
        assertThat(resolve(ScheduleName.POLYNOMIAL, ScheduleForm.TORCH, null))
                .isEqualTo(new TorchSchedule.Polynomial(3e-5, 2, 1.0 / 3, 60, 1000));
        assertThat(resolve(ScheduleName.CONSTANT, ScheduleForm.TORCH, null))
                .isEqualTo(new TorchSchedule.Constant(3e-5, 1.0 / 3, 60, 1000));
        assertThat(resolve(ScheduleName.LINEAR, ScheduleForm.TORCH, 1e-6))
                .isEqualTo(new TorchSchedule.Linear(3e-5, 1e-6, 1.0 / 3, 60, 1000));
        assertThat(resolve(ScheduleName.COSINE_RESTARTS, ScheduleForm.TORCH, null))
                .isEqualTo(new TorchSchedule.CosineRestarts(3e-5, 0, 2, 2, 1.0 / 3, 60, 1000));
        assertThat(resolve(ScheduleName.ONE_CYCLE, ScheduleForm.TORCH, 1e-9))
                .isEqualTo(new TorchSchedule.OneCycle(3e-5, 1e-9, 0.04, 60, 1000));
        assertThat(resolve(ScheduleName.ONE_CYCLE, ScheduleForm.TORCH, null).at(1000))
                .as("final_div_factor 1e4")
                .isCloseTo(1.2e-10, within(1.2e-19));
    }

    @Test
    void warmupSteps_sevenPercentOfAHundred_isSevenButEightInTransformers() {
        Share seven = Share.ofPercent("7");
        assertThat(Schedules.warmupSteps(seven, ScheduleForm.NATIVE, 100)).isEqualTo(7);
        assertThat(Schedules.warmupSteps(seven, ScheduleForm.HF, 100)).isEqualTo(8);
    }

    @Test
    void warmupSteps_countsOfTable4c_areTheTables() {
        long[][] rows = {{6, 1000, 60}, {6, 937, 57}, {8, 117, 10}, {10, 1001, 101}};
        for (long[] row : rows) {
            Share share = Share.ofPercent(Long.toString(row[0]));
            assertThat(Schedules.warmupSteps(share, ScheduleForm.NATIVE, row[1]))
                    .isEqualTo(row[2]);
            assertThat(Schedules.warmupSteps(share, ScheduleForm.HF, row[1])).isEqualTo(row[2]);
        }
    }

    /** The recipes' own percentages have no float trap up to 5000 updates. */
    @Test
    void warmupSteps_percentagesOfTheRecipes_agreeInBothForms() {
        for (String percent : new String[] {"3", "6", "8", "10"}) {
            for (long total = 1; total <= 5000; total++) {
                Share share = Share.ofPercent(percent);
                assertThat(share.of(total)).as("%s of %d", share, total).isEqualTo(share.ofInFloats(total));
            }
        }
    }

    @Test
    void resolve_numbersThatDoNotFit_areAllNamed() {
        ScheduleConfig config = config(ScheduleName.COSINE, ScheduleForm.NATIVE, Share.ofSteps(1000), 4e-5);
        assertThatThrownBy(() -> Schedules.resolve(config, 3e-5, 1000))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("schedule.warmup: 1000 = 1,000 updates; allowed: at most 999")
                .hasMessageContaining("schedule.min_lr: 4e-5; allowed: at most the peak 3e-5");
    }

    @Test
    void resolve_wsdThatHasNoRoom_isRefused() {
        ScheduleConfig config = config(ScheduleName.WSD, ScheduleForm.NATIVE, Share.ofPercent("90"), null);
        assertThatThrownBy(() -> Schedules.resolve(config, 3e-5, 1000))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("schedule.wsd_decay: 20% = 200 updates; allowed: 1 to 100");
    }

    @Test
    void resolve_nameThatTheFormLacks_isAnError() {
        int missing = 0;
        for (ScheduleForm form : ScheduleForm.values()) {
            for (ScheduleName name : ScheduleName.values()) {
                if (!form.has(name)) {
                    assertThatThrownBy(() -> resolve(name, form, null))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("has no form");
                    missing++;
                }
            }
        }
        assertThat(missing).isEqualTo(1 + 3 + 5);
    }

    @Test
    void resolve_cyclesThatHaveNoRoom_areRefused() {
        ScheduleConfig three = config(ScheduleName.COSINE_RESTARTS, ScheduleForm.NATIVE, Share.ofSteps(3), null);
        assertThatThrownBy(() -> Schedules.resolve(three, 3e-5, 5))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("schedule.cycles: 3; allowed: at most the 2 updates behind the peak");
        ScheduleConfig first = config(ScheduleName.COSINE_RESTARTS, ScheduleForm.TORCH, Share.ofSteps(4), null);
        assertThatThrownBy(() -> Schedules.resolve(first, 3e-5, 5))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("schedule.cycle_length: 2 = 2 updates; allowed: at most the 1 behind");
    }

    @Test
    void resolve_oneCycleOfTorchWithAWarmupOfOne_isRefused() {
        ScheduleConfig config = config(ScheduleName.ONE_CYCLE, ScheduleForm.TORCH, Share.ofSteps(1), null);
        assertThatThrownBy(() -> Schedules.resolve(config, 3e-5, 100))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("schedule.warmup: 1 = 1 update; allowed: 0, or at least 2");
    }

    @Test
    void resolve_plateauWithAMinimumAtThePeak_isRefused() {
        ScheduleConfig config = config(ScheduleName.PLATEAU, ScheduleForm.NATIVE, Share.ofSteps(1), 3e-5);
        assertThatThrownBy(() -> Schedules.resolve(config, 3e-5, 100))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("schedule.min_lr: 3e-5; allowed: below the peak 3e-5");
    }

    /** Every name and form at every short length: a schedule or a refusal in words, never another error. */
    @Test
    void resolve_shortRuns_giveAScheduleOrAUserException() {
        int resolved = 0;
        int refused = 0;
        for (ScheduleForm form : ScheduleForm.values()) {
            for (ScheduleName name : ScheduleName.values()) {
                for (long steps = 1; form.has(name) && steps <= 8; steps++) {
                    for (long warmup = 0; warmup <= steps + 1; warmup++) {
                        try {
                            LrSchedule schedule =
                                    Schedules.resolve(config(name, form, Share.ofSteps(warmup), null), 1e-3, steps);
                            assertThat(schedule.at(steps)).isFinite();
                            resolved++;
                        } catch (UserException e) {
                            assertThat(e.problems()).isNotEmpty();
                            refused++;
                        }
                    }
                }
            }
        }
        assertThat(resolved).isGreaterThan(800);
        assertThat(refused).isGreaterThan(100);
    }

    @Test
    void draw_cosineWithWarmup_isThisPicture() {
        String picture = new Cosine(3e-5, 0, 100, 1000).draw(60, 5);
        assertThat(picture.lines().toList())
                .hasSize(6)
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(60));
        assertThat(picture).startsWith("   3e-5 ┤").contains("      0 ┼").endsWith("update 1,000");
        assertThat(picture.lines().toList().get(0)).contains("█").doesNotEndWith("█");
        assertThat(picture.lines().toList().get(5)).contains("1").contains(" 100 ");
    }
}
