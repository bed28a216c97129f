package dev.stride.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.config.RampShape;
import org.junit.jupiter.api.Test;

/**
 * Curves of other libraries that a schedule here draws too, with the values of those libraries to 1e-9 relative; which
 * of their curves are not offered, and why, is in docs/decisions.md.
 */
class OtherLibrariesTest {
    private static final double P = 3e-5;

    /** fastai's combined_cos over the share p of the run, div 25, div_final 1e5, pct_start 0.25: step 1000 p. */
    @Test
    void at_oneCycle_isFastais() {
        LrSchedule schedule = new OneCycle(P, P / 1e5, 1.0 / 25, 250, 1000);
        isRate(schedule, 125, 1.56e-5);
        isRate(schedule, 250, 3e-5);
        isRate(schedule, 625, 1.500015e-5);
        isRate(schedule, 1000, 3e-10);
    }

    /** Axolotl's RexLR behind a linear warm-up; its quadratic warm-up is not offered. */
    @Test
    void at_rex_isAxolotls() {
        LrSchedule schedule = new Rex(P, 0, 0.1, 60, 1000);
        isRate(schedule, 61, 2.9996805452e-5);
        isRate(schedule, 530, 2.7272727273e-5);
        isRate(schedule, 900, 1.6304347826e-5);
        isRate(schedule, 999, 3.1612223393e-7);
    }

    /** CosineDecay(warmup_steps 60, decay_steps 940, alpha 0.1). */
    @Test
    void at_cosine_isKerasCosineDecay() {
        LrSchedule schedule = new Cosine(P, 3e-6, 60, 1000);
        isRate(schedule, 30, 1.5e-5);
        isRate(schedule, 60, 3e-5);
        isRate(schedule, 530, 1.65e-5);
        isRate(schedule, 1000, 3e-6);
        isRate(schedule, 5000, 3e-6);
    }

    /** WarmUpTracker of 60 in front of CosineTracker of 940 with finalValue 3e-6, which computes in float32. */
    @Test
    void at_cosine_isDjls() {
        LrSchedule schedule = new Cosine(P, 3e-6, 60, 1000);
        isRate(schedule, 1, 5.0e-7);
        isRate(schedule, 60, 3e-5);
        isRate(schedule, 530, 1.65e-5);
        isRate(schedule, 1001, 3e-6);
    }

    /** timm's CosineLRScheduler, t_initial 1000, warmup_t 60, warmup_lr_init 1e-7, warmup_prefix on: 1060 updates. */
    @Test
    void at_torchCosine_isTimmsWithPrefix() {
        LrSchedule schedule = new TorchSchedule.Cosine(P, 0, 1e-7 / P, 60, 1060);
        isRate(schedule, 59 + 1, 2.9501666667e-5);
        isRate(schedule, 60 + 1, 3.0e-5);
        isRate(schedule, 560 + 1, 1.5e-5);
        isRate(schedule, 1000 + 1, 2.6569123907e-7);
    }

    /** RampSchedule of 60 iterations, counted from 0. */
    @Test
    void at_constant_isDl4jsRamp() {
        LrSchedule schedule = new Constant(P, 60, 1000);
        isRate(schedule, 0 + 1, 5.0e-7);
        isRate(schedule, 58 + 1, 2.95e-5);
        isRate(schedule, 59 + 1, 3e-5);
    }

    /** The decay of transformers' warmup_stable_decay, which the native one shares: its step k is their row k. */
    @Test
    void at_nativeWsd_isTheDecayOfTransformers() {
        double[][] rates = {
            {3e-5, 1.5e-7, 1.5e-5, 0},
            {3e-5, 1.8505127751e-9, 1.5e-5, 0},
            {3e-5, 7.5093985110e-8, 8.7867965644e-6, 0},
        };
        for (RampShape shape : RampShape.values()) {
            LrSchedule schedule = new WarmupStableDecay(P, 0, shape, 200, 60, 1000);
            double[] row = rates[shape.ordinal()];
            isRate(schedule, 800, row[0]);
            isRate(schedule, 999, row[1]);
            isRate(schedule, 900, row[2]);
            isRate(schedule, 1000, row[3]);
        }
    }

    private static void isRate(LrSchedule schedule, long step, double rate) {
        assertThat(schedule.at(step))
                .as("%s at %d", schedule, step)
                .isCloseTo(rate, within(Math.max(rate * 1e-9, 1e-20)));
    }
}
