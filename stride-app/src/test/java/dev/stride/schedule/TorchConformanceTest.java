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

    private static void isRate(LrSchedule schedule, long s, double rate) {
        assertThat(schedule.at(s + 1))
                .as("%s after %d scheduler steps", schedule, s)
                .isCloseTo(rate, within(Math.max(rate * 1e-9, 1e-20)));
    }
}
