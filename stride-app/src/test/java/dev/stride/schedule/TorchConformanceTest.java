package dev.stride.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** The values of torch's schedulers (torch/optim/lr_scheduler.py), recorded to eleven digits: 1e-9 relative. */
class TorchConformanceTest {
    private static final double P = 3e-5;

    @Test
    void at_cosineAnnealing_isTheTablesRate() {
        LrSchedule schedule = new TorchSchedule.Cosine(P, 3e-6, 1, 0, 1000);
        isRate(schedule, 0, 3e-5);
        isRate(schedule, 1, 2.9999933380e-5);
        isRate(schedule, 250, 2.6045941546e-5);
        isRate(schedule, 500, 1.65e-5);
        isRate(schedule, 999, 3.0000666198e-6);
    }

    @Test
    void at_cosineAnnealingAfterTheEnd_risesAsInTorch() {
        isRate(new TorchSchedule.Cosine(P, 3e-6, 1, 0, 1000), 1500, 1.65e-5);
    }

    @Test
    void at_linearThenCosine_isTheTablesRate() {
        LrSchedule schedule = new TorchSchedule.Cosine(P, 0, 0.01, 60, 1000);
        isRate(schedule, 0, 3.0e-7);
        isRate(schedule, 1, 7.95e-7);
        isRate(schedule, 59, 2.9505e-5);
        isRate(schedule, 60, 3.0e-5);
        isRate(schedule, 61, 2.9999916227e-5);
        isRate(schedule, 1000, 0);
    }

    @Test
    void at_polynomial_isTheTablesRate() {
        LrSchedule schedule = new TorchSchedule.Polynomial(P, 0.9, 1, 0, 1000);
        isRate(schedule, 500, 1.6076601938e-5);
        isRate(schedule, 999, 5.9857869449e-8);
        isRate(schedule, 1000, 0);
        isRate(schedule, 1500, 0);
    }

    @Test
    void at_linearThenPolynomial_startsThePolynomialAtThePeak() {
        LrSchedule schedule = new TorchSchedule.Polynomial(P, 1, 0.5, 60, 1000);
        isRate(schedule, 0, 1.5e-5);
        isRate(schedule, 60, 3e-5);
        isRate(schedule, 530, 1.5e-5);
    }

    /** The recursion that torch runs (chained form of CosineAnnealingLR) against the closed form here. */
    @Test
    void at_cosineAnnealing_isTorchsRecursion() {
        double eta = 3e-6;
        LrSchedule schedule = new TorchSchedule.Cosine(P, eta, 1, 0, 1000);
        double rate = P;
        for (int s = 1; s < 1000; s++) {
            rate = (1 + Math.cos(Math.PI * s / 1000)) / (1 + Math.cos(Math.PI * (s - 1) / 1000)) * (rate - eta) + eta;
            assertThat(schedule.at(s + 1)).as("%d", s).isCloseTo(rate, within(rate * 3e-14));
        }
    }

    @Test
    void at_oneCycle_isTheTablesRate() {
        LrSchedule schedule = new TorchSchedule.OneCycle(P, 1.2e-10, 1.0 / 25, 60, 1000);
        isRate(schedule, 0, 1.2e-6);
        isRate(schedule, 1, 1.2204091823e-6);
        isRate(schedule, 30, 1.5983335509e-5);
        isRate(schedule, 59, 3.0e-5);
        isRate(schedule, 60, 2.9999916227e-5);
        isRate(schedule, 500, 1.6451601249e-5);
        isRate(schedule, 999, 1.2e-10);
    }

    /** torch accepts scheduler step 1000, where the rate rises, and raises at 1001; here it stays. */
    @Test
    void at_oneCycleAfterTheEnd_risesOnceAsInTorchAndThenStays() {
        LrSchedule schedule = new TorchSchedule.OneCycle(P, 1.2e-10, 1.0 / 25, 60, 1000);
        isRate(schedule, 1000, 2.0377282483e-10);
        assertThat(schedule.at(1002)).isEqualTo(schedule.at(1001));
        assertThat(schedule.at(5000)).isEqualTo(schedule.at(1001));
    }

    @Test
    void at_oneCycleWithoutWarmup_startsOneStepDownAsInTorch() {
        LrSchedule schedule = new TorchSchedule.OneCycle(P, 0, 1.0 / 25, 0, 1000);
        isRate(schedule, 0, P / 2 * (1 + Math.cos(Math.PI / 1000)));
        isRate(schedule, 999, 0);
    }

    @Test
    void at_warmRestarts_isTheTablesRate() {
        LrSchedule schedule = new TorchSchedule.CosineRestarts(P, 0, 100, 2, 1, 0, 1000);
        isRate(schedule, 50, 1.5e-5);
        isRate(schedule, 99, 7.4015945140e-9);
        isRate(schedule, 100, 3.0e-5);
        isRate(schedule, 200, 1.5e-5);
        isRate(schedule, 299, 1.8505127751e-9);
        isRate(schedule, 300, 3.0e-5);
        isRate(schedule, 500, 1.5e-5);
    }

    @Test
    void at_warmRestartsOfOneLength_beginAgainEachCycle() {
        LrSchedule schedule = new TorchSchedule.CosineRestarts(P, 3e-6, 100, 1, 0.01, 60, 1000);
        isRate(schedule, 0, 3e-7);
        for (long begin = 60; begin < 3000; begin += 100) {
            isRate(schedule, begin, P);
            isRate(schedule, begin + 50, 1.65e-5);
        }
    }

    @Test
    void at_constantBehindLinear_staysAtThePeak() {
        LrSchedule schedule = new TorchSchedule.Constant(P, 0.01, 60, 1000);
        isRate(schedule, 0, 3.0e-7);
        isRate(schedule, 1, 7.95e-7);
        isRate(schedule, 60, P);
        isRate(schedule, 5000, P);
    }

    @Test
    void at_linear_isTheFormulaAndHoldsItsEnd() {
        LrSchedule schedule = new TorchSchedule.Linear(P, 3e-6, 1, 0, 1000);
        isRate(schedule, 0, P);
        isRate(schedule, 250, 2.325e-5);
        isRate(schedule, 500, 1.65e-5);
        isRate(schedule, 1000, 3e-6);
        isRate(schedule, 1500, 3e-6);
        isRate(new TorchSchedule.Linear(P, 0, 1, 0, 1000), 999, 3e-8);
    }

    private static void isRate(LrSchedule schedule, long s, double rate) {
        assertThat(schedule.at(s + 1))
                .as("%s after %d scheduler steps", schedule, s)
                .isCloseTo(rate, within(Math.max(rate * 1e-9, 1e-20)));
    }
}
