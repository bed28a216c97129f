package dev.stride.train;

import dev.stride.data.Batch;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.Parameter;
import dev.stride.peft.TuningMethod;
import dev.stride.recipe.RateGroup;
import dev.stride.torch.AdamW;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * One optimizer update: gradients of all micro-batches, then the update or not.
 *
 * <p>The loss is the mean over all trained tokens of the update, whatever the split into micro-batches: every
 * micro-batch's sum is scaled by one over the count of the whole update. Plain numbers leave; tensors do not.
 */
public final class TrainStep {
    /** The group of parameters that weight decay acts on. */
    public static final String DECAY = "decay";
    /** The group of biases and norms. */
    public static final String NO_DECAY = "no_decay";

    private final Passes passes;
    private final AdamW optimizer;
    private final Settings settings;
    private final LossScale lossScale;
    private final MomentShares shares;
    private final List<Group> groups = new ArrayList<>();

    /** Parameters that are updated together, at a rate of their own. */
    private record Group(RateGroup rate, List<AdamW.Slot> slots) {}

    /**
     * What a step keeps for the whole run.
     *
     * @param weightDecay on matrices
     * @param clip the largest global gradient norm; 0 for no clipping
     * @param recompute run each block again on the way back instead of keeping its graph
     * @param seed of dropout
     */
    public record Settings(double weightDecay, double clip, boolean recompute, long seed) {}

    /**
     * What the gradients of an update say before it is made.
     *
     * @param loss mean over all trained tokens
     * @param gradientNorm global L2 norm before clipping
     */
    public record Gradients(double loss, double gradientNorm) {
        /** Whether an update may be made with them. */
        public boolean isFinite() {
            return Double.isFinite(loss) && Double.isFinite(gradientNorm);
        }
    }

    /** A step in which everything has the same rate; the optimizer must be empty and is filled here. */
    public TrainStep(ChatGlmModel model, TuningMethod tuning, AdamW optimizer, Settings settings, LossScale lossScale) {
        this(model, tuning, optimizer, settings, lossScale, evenGroups(tuning.parameters()));
    }

    /**
     * A step over what a method trains; the optimizer must be empty and is filled here.
     *
     * @param rateGroups every parameter is in exactly one of them
     */
    public TrainStep(
            ChatGlmModel model,
            TuningMethod tuning,
            AdamW optimizer,
            Settings settings,
            LossScale lossScale,
            List<RateGroup> rateGroups) {
        this(
                new SoloPasses(model, tuning, settings.recompute()),
                tuning,
                optimizer,
                MomentShares.WHOLE,
                settings,
                lossScale,
                rateGroups);
    }

    /**
     * A step whose micro-batches another takes forward and back; whether blocks run again is then that one's matter.
     *
     * @param shares which parameters are updated here
     */
    TrainStep(
            Passes passes,
            TuningMethod tuning,
            AdamW optimizer,
            MomentShares shares,
            Settings settings,
            LossScale lossScale,
            List<RateGroup> rateGroups) {
        this.shares = shares;
        this.passes = passes;
        this.optimizer = optimizer;
        this.settings = settings;
        this.lossScale = lossScale;
        Map<String, Group> byParameter = new HashMap<>();
        for (RateGroup rates : rateGroups) {
            Group group = new Group(rates, new ArrayList<>());
            groups.add(group);
            for (String name : rates.parameters()) {
                if (byParameter.put(name, group) != null) {
                    throw new IllegalArgumentException(name + " is in two groups");
                }
            }
        }
        for (Parameter parameter : tuning.parameters()) {
            Group group = byParameter.remove(parameter.name());
            if (group == null || group.rate().decays() != parameter.decays()) {
                throw new IllegalArgumentException(parameter.name() + " is in no group, or in one of another decay");
            }
            group.slots().add(optimizer.add(parameter.name(), parameter.tensor(), shares.holds(parameter.name())));
        }
        if (!byParameter.isEmpty()) {
            throw new IllegalArgumentException("these do not train: " + byParameter.keySet());
        }
    }

    /** One group of what decays and one of what does not; empty ones are left out. */
    private static List<RateGroup> evenGroups(List<Parameter> parameters) {
        List<RateGroup> groups = new ArrayList<>();
        for (boolean decays : new boolean[] {true, false}) {
            List<String> names = parameters.stream()
                    .filter(parameter -> parameter.decays() == decays)
                    .map(Parameter::name)
                    .toList();
            if (!names.isEmpty()) {
                groups.add(new RateGroup(decays ? DECAY : NO_DECAY, decays, List.of(), names));
            }
        }
        return groups;
    }

    /** The groups of parameters, each with a rate of its own. */
    public List<RateGroup> groups() {
        return groups.stream().map(Group::rate).toList();
    }

    /**
     * Forward and backward over the micro-batches of one update.
     *
     * @param trainedTokens of the whole update, over all ranks
     * @param step the update's number, counted from 1; with the seed it decides dropout
     */
    public Gradients gradients(List<Batch> microBatches, long trainedTokens, long step) {
        double scale = lossScale.value() / trainedTokens;
        List<Passes.MicroBatch> parts = new ArrayList<>();
        for (int i = 0; i < microBatches.size(); i++) {
            parts.add(new Passes.MicroBatch(microBatches.get(i), scale, dropoutSeed(step, i)));
        }
        double lossSum = passes.lossSum(parts);
        return new Gradients(lossSum / trainedTokens, optimizer.gradientNorm() / lossScale.value());
    }

    /**
     * Makes the update with the gradients at hand, clipped by their global norm, and lets them go.
     *
     * @param rates by group; used as they are
     * @param gradientNorm as {@link #gradients} gave it
     */
    public void update(Map<String, Double> rates, double gradientNorm) {
        double factor = 1 / lossScale.value();
        if (settings.clip() > 0) {
            factor *= clipCoefficient(settings.clip(), gradientNorm);
        }
        for (Group group : groups) {
            RateGroup rate = group.rate();
            optimizer.step(
                    group.slots(),
                    Objects.requireNonNull(rates.get(rate.name()), rate.name()),
                    rate.decays() ? settings.weightDecay() : 0,
                    factor);
        }
        optimizer.clearGradients();
        shares.exchange();
        lossScale.updated();
    }

    /** What gradients are multiplied by: min(1, clip / (norm + 1e-6)), as PyTorch's clip_grad_norm_ has it. */
    static double clipCoefficient(double clip, double gradientNorm) {
        return Math.min(1, clip / (gradientNorm + 1e-6));
    }

    /** Lets the gradients at hand go without an update. */
    public void discard() {
        optimizer.clearGradients();
    }

    /** Does something that runs the model outside of updates, while no other run uses it. */
    <T> T alone(Supplier<T> work) {
        return passes.alone(work);
    }

    /** A seed that depends on nothing but the run's seed, the step and the micro-batch, so that resuming is exact. */
    private long dropoutSeed(long step, int microBatch) {
        long mixed = settings.seed() * 0x9E3779B97F4A7C15L
                + step * 0xBF58476D1CE4E5B9L
                + (microBatch + 1) * 0x94D049BB133111EBL;
        return ((mixed ^ (mixed >>> 29)) & 0xFFFFFFFFFFL) | (1L << 40);
    }
}
