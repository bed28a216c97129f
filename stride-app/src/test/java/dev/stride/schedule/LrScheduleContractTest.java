package dev.stride.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.config.PlateauConfig;
import dev.stride.config.PlateauConvention;
import dev.stride.config.RampShape;
import dev.stride.config.ScheduleForm;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What every schedule must do. The records are found through the sealed interface, so a new one runs here without being
 * named; their components are filled by name with seeded random numbers.
 */
class LrScheduleContractTest {
    private static final int DRAWS = 200;
    private static final PlateauConfig RULE = new PlateauConfig(0.5, 1, 1e-4, PlateauConvention.TORCH);
    private static final int NATIVES = 12;
    private static final int RECORDS = NATIVES + 8 + 6;

    @Test
    void permittedRecords_areAllFound() {
        assertThat(records())
                .hasSize(RECORDS)
                .contains(Cosine.class, HfSchedule.Cosine.class, TorchSchedule.OneCycle.class);
    }

    @Test
    void at_anyStep_isFiniteAndBetweenZeroAndThePeak() {
        int seen = 0;
        for (LrSchedule schedule : schedules()) {
            for (long step = 1; step <= schedule.steps() * 3; step++) {
                assertThat(schedule.at(step))
                        .as("%s at %d", schedule, step)
                        .isFinite()
                        .isBetween(0.0, schedule.peak() * (1 + 1e-12));
            }
            seen++;
        }
        assertThat(seen).isEqualTo(RECORDS * DRAWS);
    }

    @Test
    void at_someStepOfTheWarmup_isThePeak() {
        int seen = 0;
        for (LrSchedule schedule : schedules()) {
            if (schedule instanceof HfSchedule.CosineWarmupMin && schedule.warmup() < 2) {
                continue; // its cosine starts one update in, so without a warm-up transformers never uses the peak
            }
            if (schedule instanceof TorchSchedule.OneCycle && schedule.warmup() == 0) {
                continue; // as in torch
            }
            seen++;
            double highest = 0;
            for (long step = 1; step <= schedule.warmup() + 1; step++) {
                highest = Math.max(highest, schedule.at(step));
            }
            assertThat(highest).as("%s", schedule).isCloseTo(schedule.peak(), within(schedule.peak() * 1e-12));
        }
        assertThat(seen).isGreaterThan((RECORDS - 2) * DRAWS);
    }

    @Test
    void at_lastStep_isTheFloor() {
        for (LrSchedule schedule : schedules()) {
            if (schedule.steps() > 1) {
                assertThat(schedule.at(schedule.steps())).as("%s", schedule).isEqualTo(schedule.floor());
            }
        }
    }

    @Test
    void at_nativeWarmup_isTheShareOfThePeakAndNeverZero() {
        for (LrSchedule schedule : natives()) {
            long w = schedule.warmup();
            assertThat(schedule.at(Math.max(1, w))).as("%s", schedule).isEqualTo(schedule.peak());
            if (schedule instanceof OneCycle || schedule instanceof Sloped) {
                continue; // rise in their own ways: the next tests
            }
            for (long k = 1; k <= w; k++) {
                assertThat(schedule.at(k))
                        .as("%s at %d", schedule, k)
                        .isPositive()
                        .isCloseTo(schedule.peak() * k / w, within(schedule.peak() * 1e-15));
            }
        }
    }

    @Test
    void at_nativeWarmup_risesFromAbove() {
        int rises = 0;
        for (LrSchedule schedule : natives()) {
            assertThat(schedule.at(1)).as("%s", schedule).isPositive();
            if (schedule instanceof OneCycle one) {
                assertThat(one.at(1)).as("%s", one).isGreaterThanOrEqualTo(one.warmupStart() * one.peak());
            }
            for (long k = 1; k < schedule.warmup(); k++) {
                assertThat(schedule.at(k + 1)).as("%s at %d", schedule, k + 1).isGreaterThan(schedule.at(k));
                rises++;
            }
        }
        assertThat(rises).isGreaterThan(10_000);
    }

    @Test
    void at_slopedWarmup_isTheSlopeTimesTheUpdateAndThenItsCurve() {
        int rises = 0;
        for (LrSchedule schedule : natives()) {
            if (schedule instanceof Sloped sloped) {
                for (long k = 1; k < sloped.warmup(); k++) {
                    assertThat(sloped.at(k)).as("%s at %d", sloped, k).isEqualTo(sloped.slope() * k);
                    rises++;
                }
                for (long k = sloped.warmup(); k <= sloped.steps(); k++) {
                    assertThat(sloped.at(k)).isEqualTo(sloped.curve().at(k));
                }
            }
        }
        assertThat(rises).isGreaterThan(1000);
    }

    @Test
    void at_nativeAfterLastStep_staysAtTheFloor() {
        for (LrSchedule schedule : natives()) {
            double last = schedule.at(schedule.steps());
            for (long beyond : new long[] {1, 2, 1000, Long.MAX_VALUE - schedule.steps()}) {
                assertThat(schedule.at(schedule.steps() + beyond))
                        .as("%s", schedule)
                        .isEqualTo(last);
            }
        }
    }

    @Test
    void at_nativeAfterThePeak_neverRises() {
        for (LrSchedule schedule : natives()) {
            for (long step = Math.max(1, schedule.warmup()); step < schedule.steps(); step++) {
                if (!(schedule instanceof CosineRestarts)) {
                    assertThat(schedule.at(step + 1))
                            .as("%s at %d", schedule, step + 1)
                            .isLessThanOrEqualTo(schedule.at(step));
                }
            }
        }
    }

    @Test
    void at_nativeRestarts_riseOncePerCycleAndThenToNearThePeak() {
        int seen = 0;
        for (LrSchedule schedule : natives()) {
            if (schedule instanceof CosineRestarts restarts && restarts.floor() < restarts.peak()) {
                long length = restarts.steps() - Steps.peakStep(restarts.warmup());
                int rises = 0;
                for (long step = Steps.peakStep(restarts.warmup()); step < restarts.steps(); step++) {
                    rises += restarts.at(step + 1) > restarts.at(step) ? 1 : 0;
                }
                // where a cycle is a single update, every update has the peak
                assertThat(rises).as("%s", restarts).isLessThan(restarts.cycles());
                if (length >= 3L * restarts.cycles()) {
                    assertThat(rises).as("%s", restarts).isEqualTo(restarts.cycles() - 1);
                    seen++;
                }
            }
        }
        assertThat(seen).isGreaterThan(DRAWS / 2);
    }

    @Test
    void at_runOfOneStep_hasThePeak() {
        List<LrSchedule> natives = List.of(
                new Constant(1e-4, 1, 1),
                new Linear(1e-4, 0, 1, 1),
                new Cosine(1e-4, 0, 0, 1),
                new Polynomial(1e-4, 0, 2, 1, 1),
                new InverseSqrt(1e-4, 0, 1, 1, 1),
                new WarmupStableDecay(1e-4, 0, RampShape.LINEAR, 1, 1, 1),
                new CosineRestarts(1e-4, 0, 3, 1, 1),
                new OneCycle(1e-4, 0, 0.04, 1, 1),
                new Rex(1e-4, 0, 0.1, 0, 1),
                new ReducedOnPlateau(1e-4, 0, RULE, 1, 1),
                new Sloped(new Constant(1e-4, 1, 1), 2e-4));
        assertThat(natives)
                .as("all but a cooldown, which has an update before it")
                .hasSize(NATIVES - 1);
        assertThat(natives).allSatisfy(schedule -> assertThat(schedule.at(1)).isEqualTo(1e-4));
    }

    @Test
    void at_stepZero_isRefused() {
        for (LrSchedule schedule : schedules()) {
            assertThatThrownBy(() -> schedule.at(0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("counted from 1");
        }
    }

    @Test
    void at_constantOfNativeForm_isThePlainNumber() {
        Constant schedule = new Constant(2e-5, 0, 10);
        for (long step = 1; step < 20; step++) {
            assertThat(schedule.at(step)).isEqualTo(2e-5);
        }
    }

    @Test
    void shape_ofEveryRecord_isWords() {
        assertThat(schedules())
                .allSatisfy(schedule -> assertThat(schedule.shape()).isNotBlank());
    }

    private static List<LrSchedule> natives() {
        List<LrSchedule> natives = schedules().stream()
                .filter(schedule -> schedule.form() == ScheduleForm.NATIVE)
                .toList();
        assertThat(natives).hasSize(NATIVES * DRAWS);
        return natives;
    }

    private static List<LrSchedule> schedules() {
        Random random = new Random(1);
        List<LrSchedule> schedules = new ArrayList<>();
        for (Class<?> type : records()) {
            for (int i = 0; i < DRAWS; i++) {
                schedules.add(draw(type, random));
            }
        }
        return schedules;
    }

    private static Set<Class<?>> records() {
        Set<Class<?>> records = new HashSet<>();
        List<Class<?>> open = new ArrayList<>(List.of(LrSchedule.class));
        while (!open.isEmpty()) {
            Class<?> type = open.remove(open.size() - 1);
            if (type.isRecord()) {
                records.add(type);
            } else {
                open.addAll(Arrays.asList(type.getPermittedSubclasses()));
            }
        }
        return records;
    }

    private static LrSchedule draw(Class<?> type, Random random) {
        double peak = Math.pow(10, -6 + 4 * random.nextDouble());
        long steps = 4 + random.nextInt(200);
        long warmup = random.nextBoolean() ? random.nextInt((int) steps / 2) : 0;
        if (type == TorchSchedule.OneCycle.class && warmup == 1) {
            warmup = 2; // torch divides by zero
        }
        RecordComponent[] components = type.getRecordComponents();
        Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = switch (components[i].getName()) {
                case "peak" -> peak;
                case "floor", "minimum", "minLr", "etaMin", "end" ->
                    random.nextBoolean() ? 0.0 : peak * random.nextDouble();
                case "warmup" -> warmup;
                case "steps" -> steps;
                case "power" -> 0.2 + 3 * random.nextDouble();
                case "cycles" -> 1 + random.nextInt((int) Math.min(4, steps - Math.max(1, warmup)));
                case "firstCycle" -> 1L + random.nextInt((int) (steps - warmup));
                case "growth" -> 1 + random.nextInt(3);
                case "alpha" -> 0.01 + 0.99 * random.nextDouble();
                case "rule" -> RULE;
                case "base" ->
                    random.nextBoolean() ? new Constant(peak, warmup, steps) : new Cosine(peak, 0, warmup, steps);
                case "curve" ->
                    random.nextBoolean()
                            ? new Constant(peak, Math.max(1, warmup), steps)
                            : new Cosine(peak, 0, Math.max(1, warmup), steps);
                case "slope" -> peak / (Math.max(1, warmup) - 0.999 * random.nextDouble());
                case "from" -> Math.max(1, warmup) + random.nextInt((int) (steps - Math.max(1, warmup)));
                case "timescale" -> 1L + random.nextInt(100);
                case "warmupStart" -> 0.01 + 0.99 * random.nextDouble();
                case "decay" -> 1L + random.nextInt((int) (steps - Math.max(1, warmup)));
                case "decayShape", "warmupShape" -> RampShape.values()[random.nextInt(3)];
                default -> throw new AssertionError("no value for " + components[i] + " of " + type);
            };
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            return (LrSchedule) constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(type + " with " + Arrays.toString(values), e);
        }
    }
}
