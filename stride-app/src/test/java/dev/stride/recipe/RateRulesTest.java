package dev.stride.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.config.HardwareChoice;
import dev.stride.config.Origin;
import dev.stride.config.ScalingRule;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The arithmetic of the rules, each value worked out by hand. */
class RateRulesTest {
    private static final Factor BASE = new Factor("recipe", 2e-5, "a base rate");
    private static final HardwareProfile BF16 = hardware(HardwareChoice.A100);
    private static final HardwareProfile FP16 = hardware(HardwareChoice.V100);

    private static HardwareProfile hardware(HardwareChoice choice) {
        return HardwareProfile.of(
                choice, new Origin(Origin.Kind.FLAG, "--hardware"), new MachineFacts("cpu", false, 1, 1, false));
    }

    private static double rate(Factor... factors) {
        return RateRules.capped(List.of(factors), RateRules.CAP, "the rules").product();
    }

    @Test
    void batch32To128_linearSqrtAndNone() {
        assertThat(rate(BASE, RateRules.batchFactor(ScalingRule.LINEAR, 128, 32)))
                .isCloseTo(8e-5, within(1e-19));
        assertThat(rate(BASE, RateRules.batchFactor(ScalingRule.SQRT, 128, 32))).isCloseTo(4e-5, within(1e-19));
        assertThat(rate(BASE, RateRules.batchFactor(ScalingRule.NONE, 128, 32))).isEqualTo(2e-5);
    }

    @Test
    void linearAtEightTimesTheBatch_isCapped() {
        Factor batch = RateRules.batchFactor(ScalingRule.LINEAR, 256, 32);
        assertThat(BASE.value() * batch.value()).isCloseTo(1.6e-4, within(1e-18));
        assertThat(rate(BASE, batch)).isCloseTo(1e-4, within(1e-18)).isLessThanOrEqualTo(1e-4);
    }

    @Test
    void cap_anyRate_isNeverPassedByABit() {
        Random random = new Random(4);
        int capped = 0;
        for (int i = 0; i < 20_000; i++) {
            Ledger ledger = RateRules.capped(
                    List.of(new Factor("recipe", 1e-5 + random.nextDouble() * 1e-3, "")), 1e-4, "the rules");
            assertThat(ledger.product()).isLessThanOrEqualTo(1e-4);
            capped += ledger.value("cap") < 1 ? 1 : 0;
        }
        assertThat(capped).isBetween(15_000, 19_999);
    }

    @Test
    void hardware_appliedOnceBeforeTheCap() {
        assertThat(rate(BASE, BF16.toFactor(true, ""))).isCloseTo(2.4e-5, within(1e-19));
        assertThat(rate(BASE, FP16.toFactor(true, ""))).isCloseTo(1.8e-5, within(1e-19));
        assertThat(rate(BASE, BF16.toFactor(false, "off"))).isEqualTo(2e-5);
        assertThat(BF16.toFactor(true, "").reason()).contains("a100", "unproven", "--hardware-factor off");
        // recipe, batch, hardware, cap: 2e-5 x 4 x 1.2 stays below the cap
        Factor batch = RateRules.batchFactor(ScalingRule.LINEAR, 128, 32);
        assertThat(rate(BASE, batch, BF16.toFactor(true, ""))).isCloseTo(9.6e-5, within(1e-19));
        // a cap before the hardware would give 1.2e-4 here
        Factor five = RateRules.batchFactor(ScalingRule.LINEAR, 160, 32);
        assertThat(rate(BASE, five, BF16.toFactor(true, ""))).isCloseTo(1e-4, within(1e-18));
    }

    @Test
    void hardware_detected_followsTheMachine() {
        Origin origin = Origin.DEFAULT;
        MachineFacts ampere = new MachineFacts("cuda:0, NVIDIA A100", true, 1, 1, true);
        MachineFacts volta = new MachineFacts("cuda:0, Tesla V100", true, 1, 1, false);
        MachineFacts processor = new MachineFacts("cpu", false, 1, 1, true);
        assertThat(HardwareProfile.of(HardwareChoice.AUTO, origin, ampere).factor())
                .isEqualTo(1.2);
        assertThat(HardwareProfile.of(HardwareChoice.AUTO, origin, volta).factor())
                .isEqualTo(0.9);
        assertThat(HardwareProfile.of(HardwareChoice.AUTO, origin, processor).factor())
                .isEqualTo(1);
        assertThat(HardwareProfile.of(HardwareChoice.T4, origin, ampere).factor())
                .isEqualTo(0.9);
        for (HardwareChoice choice : HardwareChoice.values()) {
            assertThat(HardwareProfile.of(choice, origin, volta).factor()).isIn(0.9, 1.0, 1.2);
        }
    }

    /** Malladi et al. 2022 give 0.996 at four times the batch; the half-life in tokens agrees to four digits. */
    @Test
    void beta2_fourTimesTheBatch_keepsItsHalfLifeInTokens() {
        assertThat(Choices.beta2(0.999, 32, 128)).isCloseTo(0.996005996001, within(1e-12));
        assertThat(Choices.beta2(0.95, 32, 128)).isCloseTo(0.81450625, within(1e-12));
        assertThat(1 - 4 * (1 - 0.999)).isCloseTo(Choices.beta2(0.999, 32, 128), within(1e-5));
        assertThat(Choices.beta2(0.999, 64, 64)).isEqualTo(0.999);
        // half-lives in rows: batch x ln(1/2) / ln(beta2)
        double half = 64 * Math.log(0.5) / Math.log(0.999);
        for (int batch : new int[] {1, 7, 32, 512}) {
            double other = batch * Math.log(0.5) / Math.log(Choices.beta2(0.999, 64, batch));
            assertThat(other).isCloseTo(half, within(1e-7 * half));
        }
    }

    /** A cross-check alone: LLaMA-Factory's 3e-4 sqrt(tokens/4e6) for the recipes lies within or near their ranges. */
    @Test
    void llamaFactorysRule_forTheRecipes_isNearTheirRanges() {
        double[][] expected = {{32, 128, 9.6000e-6}, {64, 512, 2.7153e-5}, {128, 1024, 5.4306e-5}};
        dev.stride.config.Task[] tasks = dev.stride.config.Task.values();
        assertThat(tasks).hasSize(3);
        for (int i = 0; i < 3; i++) {
            TaskRecipe recipe = TaskRecipe.of(tasks[i]);
            assertThat(recipe.batch()).isEqualTo((int) expected[i][0]);
            assertThat(recipe.maxTokens()).isEqualTo((int) expected[i][1]);
            double rate = 3e-4 * Math.sqrt(recipe.batch() * (double) recipe.maxTokens() / 4e6);
            assertThat(rate).isCloseTo(expected[i][2], within(5e-5 * rate));
            assertThat(rate).isBetween(0.95 * recipe.lowest(), recipe.highest());
        }
    }

    @Test
    void noiseScale_normsOfTwoBatches() {
        NoiseScale scale = NoiseScale.of(32, 2.5, 128, 1.0);
        assertThat(scale.squaredNorm()).isCloseTo(0.5, within(1e-12));
        assertThat(scale.variance()).isCloseTo(64, within(1e-10));
        assertThat(scale.rows()).isCloseTo(128, within(1e-9));
        assertThat(NoiseScale.of(32, 0.9, 128, 1.0).rows()).isNaN();
        assertThat(NoiseScale.of(32, 5, 128, 1.0).rows()).isNaN();
        assertThatThrownBy(() -> NoiseScale.of(128, 1, 128, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Gradients G + noise of a known scale: the estimate from averaged norms finds it. */
    @Test
    void noiseScale_syntheticGradients_isFound() {
        Random random = new Random(9);
        int size = 200;
        double signal = 0.1; // each component of G, so |G|^2 = 2
        double deviation = 2; // of a row's gradient, so tr S = 800 and the scale is 400
        double small = 0;
        double large = 0;
        int tries = 400;
        for (int t = 0; t < tries; t++) {
            for (int i = 0; i < size; i++) {
                double a = signal + deviation / Math.sqrt(16) * random.nextGaussian();
                double b = signal + deviation / Math.sqrt(256) * random.nextGaussian();
                small += a * a / tries;
                large += b * b / tries;
            }
        }
        // 400 x 200 samples leave a few per cent of noise in |G|^2
        assertThat(NoiseScale.of(16, small, 256, large).rows()).isBetween(360.0, 440.0);
    }
}
