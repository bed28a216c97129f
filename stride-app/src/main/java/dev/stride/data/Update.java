package dev.stride.data;

import java.util.List;

/**
 * The data of one optimizer update, this rank's share of it.
 *
 * @param epoch counted from 1
 * @param stepInEpoch counted from 1
 * @param microBatches this rank's rows; empty where the update has fewer rows than there are ranks
 * @param trainedTokens trained tokens of the whole update, over all ranks: what the loss is divided by
 * @param sources where each row of the whole update was read, over all ranks, in order
 */
public record Update(int epoch, int stepInEpoch, List<Batch> microBatches, long trainedTokens, List<String> sources) {
    public Update {
        microBatches = List.copyOf(microBatches);
        sources = List.copyOf(sources);
    }
}
