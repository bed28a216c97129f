package dev.stride.config;

import org.jspecify.annotations.Nullable;

/**
 * What was asked of the schedule; null where the recipe or the form decides.
 *
 * @param name the shape; null: the recipe's
 * @param form whose arithmetic
 * @param warmup updates or share of them; null: the recipe's, or as long as the slope takes
 * @param warmupSlope rate gained with each update of the warm-up; null: what the warm-up's length makes it
 * @param minLr the rate of the last update, for plateau the lowest; null: the form's own
 * @param power exponent of the polynomial
 * @param cycles cosine-restarts of the native and hf form: number of cycles
 * @param cycleLength cosine-restarts of the torch form: updates of the first cycle; null: all behind the warm-up
 * @param cycleGrowth cosine-restarts of the torch form: how many times longer each cycle is than the one before
 * @param warmupStart share of the peak where the warm-up starts, for the forms that have it; null: the form's own rule
 * @param wsdDecay the last updates of wsd, those that decay
 * @param wsdShape how wsd decays
 * @param wsdWarmup how wsd of the hf form warms up
 * @param rexAlpha how late rex falls
 * @param plateau when the schedule plateau cuts the rate
 */
public record ScheduleConfig(
        @Nullable ScheduleName name,
        ScheduleForm form,
        @Nullable Share warmup,
        @Nullable Double warmupSlope,
        @Nullable Double minLr,
        double power,
        int cycles,
        @Nullable Share cycleLength,
        int cycleGrowth,
        @Nullable Double warmupStart,
        Share wsdDecay,
        RampShape wsdShape,
        RampShape wsdWarmup,
        double rexAlpha,
        PlateauConfig plateau) {}
