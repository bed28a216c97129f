package dev.stride.config;

import org.jspecify.annotations.Nullable;

/**
 * How much is trained, and where. Exactly one of {@code epochs} and {@code steps} is there.
 *
 * @param epochs passes over the data, above 0, parts allowed; null where steps are given
 * @param steps optimizer updates; null where epochs are given
 * @param batch rows of one update, over everything; null: the recipe's
 * @param microBatch rows of one forward pass; null: filled by tokens
 * @param tokenBudget tokens of one forward pass; null: chosen by the plan
 * @param seed of everything random
 * @param precision type of the products
 * @param device where they are computed
 * @param recompute keep only each block's input and run blocks again on the way back
 * @param zero whether each of several processes keeps the optimizer's moments of its own share only
 * @param logEvery updates between two records of the chart
 * @param evalEvery when validation runs
 * @param saveEvery when a checkpoint is saved
 * @param keepLast newest checkpoints that are kept
 * @param keepBest whether the best checkpoint is kept too
 * @param threads of the CPU; null: as many as cores
 * @param selfTest when the run tests itself before it trains
 */
public record TrainConfig(
        @Nullable Double epochs,
        @Nullable Long steps,
        @Nullable Integer batch,
        @Nullable Integer microBatch,
        @Nullable Integer tokenBudget,
        long seed,
        PrecisionChoice precision,
        DeviceChoice device,
        boolean recompute,
        boolean zero,
        int logEvery,
        Cadence evalEvery,
        Cadence saveEvery,
        int keepLast,
        boolean keepBest,
        @Nullable Integer threads,
        SelfTestChoice selfTest) {}
