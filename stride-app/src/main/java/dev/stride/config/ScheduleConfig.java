package dev.stride.config;

import org.jspecify.annotations.Nullable;

/**
 * What was asked of the schedule; null where the recipe or the form decides.
 *
 * @param name the shape; null: the recipe's
 * @param form whose arithmetic
 * @param warmup updates or share of them; null: the recipe's
 * @param minLr the rate of the last update; null: 0 (1e-7 for the polynomial of transformers)
 * @param power exponent of the polynomial
 * @param cycles cosine-restarts: number of cycles
 * @param warmupStart share of the peak where the warm-up starts, for the forms that have it; null: the form's own rule
 * @param wsdDecay the last updates of wsd, those that decay
 * @param wsdShape how wsd decays
 * @param wsdWarmup how wsd of the hf form warms up
 */
public record ScheduleConfig(
        @Nullable ScheduleName name,
        ScheduleForm form,
        @Nullable Share warmup,
        @Nullable Double minLr,
        double power,
        int cycles,
        @Nullable Double warmupStart,
        Share wsdDecay,
        RampShape wsdShape,
        RampShape wsdWarmup) {}
