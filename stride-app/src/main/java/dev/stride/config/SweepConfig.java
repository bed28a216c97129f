package dev.stride.config;

import java.util.List;

/**
 * How trials are chosen, trained and compared.
 *
 * @param vary what differs between trials
 * @param rates the grid's rates; empty: the planned or given rate with 0.3 and 3 times of it
 * @param values the grid's values where something else than the rate differs
 * @param seeds runs of each rate, at consecutive seeds
 * @param grow whether rates are tried beyond the grid and between until the best one is bracketed
 * @param maxRates different rates at most
 * @param prune which rule ends trials early
 * @param together LoRA trials in one pass over a shared base at most; 1: one after the other
 * @param fork whether trials share the beginning of their warm-up
 * @param trunk whether trials are compared on their way by short cooldowns that branch off
 * @param metric what decides where no weights are given
 * @param weights of the parts of a combined score; empty: the metric decides
 */
public record SweepConfig(
        SweptSetting vary,
        List<Double> rates,
        List<String> values,
        int seeds,
        boolean grow,
        int maxRates,
        PruneRule prune,
        int together,
        boolean fork,
        boolean trunk,
        StopMetric metric,
        List<MetricWeight> weights) {
    public SweepConfig {
        rates = List.copyOf(rates);
        values = List.copyOf(values);
        weights = List.copyOf(weights);
    }
}
