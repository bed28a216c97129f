package dev.stride.train;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.FindConfig;
import dev.stride.config.Numbers;
import dev.stride.data.DataLoader;
import dev.stride.data.Update;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.TuningMethod;
import dev.stride.recipe.RangeAnswer;
import dev.stride.recipe.RangeCurve;
import dev.stride.recipe.RangeStop;
import dev.stride.recipe.RangeTest;
import dev.stride.schedule.LrSchedule;
import dev.stride.torch.RandomState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * A range test on a run's own model, rows and batch: several passes over rising rates, one update at each.
 *
 * <p>Every pass begins with the weights that the run would begin with and with empty moments, on rows that the pass before
 * has not seen. Afterwards what trains, the random generator and the run's place in the data are as they were, bit for
 * bit. Beside the run's own memory it needs a copy of what trains, four bytes a parameter.
 */
public final class RangeTestRun {
    private final Preparation preparation;
    private final ChatGlmModel model;
    private final TuningMethod tuning;
    private final boolean recompute;
    private final List<Double> rates;
    private long updates;
    private long microBatches;

    /** A range test over the rates that the configuration names. */
    RangeTestRun(Preparation preparation, ChatGlmModel model, TuningMethod tuning, boolean recompute) {
        this.preparation = preparation;
        this.model = model;
        this.tuning = tuning;
        this.recompute = recompute;
        FindConfig find = preparation.config().find();
        this.rates = RangeTest.rates(find.low(), find.high(), find.steps());
    }

    /**
     * What was measured.
     *
     * @param answer what the passes say together
     * @param passes the loss after the update at each rate, on the rows of the next one
     * @param planned how many rates there were to try
     * @param updates made by all passes
     * @param microBatches forward and backward passes of all updates
     * @param batch rows of an update
     * @param plannedPeak what the plan would use
     * @param interrupted whether it was ended early; then the answer is about fewer passes
     */
    public record Result(
            RangeAnswer answer,
            List<RangeCurve> passes,
            int planned,
            long updates,
            long microBatches,
            int batch,
            double plannedPeak,
            boolean interrupted) {
        public Result {
            passes = List.copyOf(passes);
        }

        /** What it cost, in words. */
        public String cost() {
            return Numbers.count(updates) + " updates of " + batch + " rows in " + passes.size() + " passes ("
                    + Numbers.count(microBatches) + " micro-batches); all of them are taken back";
        }

        /** The document {@code find.json}. */
        public ObjectNode toJson() {
            ObjectNode json = answer.toJson();
            json.put("planned_peak", plannedPeak);
            json.put("rates", planned);
            json.put("updates", updates);
            json.put("micro_batches", microBatches);
            json.put("batch", batch);
            json.put("interrupted", interrupted);
            if (!passes.isEmpty()) {
                json.set("median", curve(RangeCurve.median(passes)));
            }
            ArrayNode all = json.putArray("passes");
            passes.forEach(pass -> all.add(curve(pass)));
            return json;
        }

        private static ObjectNode curve(RangeCurve curve) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("end", curve.end().name().toLowerCase(Locale.ROOT));
            curve.rates().forEach(json.putArray("lr")::add);
            curve.losses().forEach(json.putArray("loss")::add);
            return json;
        }
    }

    /** Makes the passes. {@code interrupted} is asked before each update; the passes that are whole then answer. */
    Result run(TrainCallback callback, BooleanSupplier interrupted) {
        DataLoader loader = new DataLoader(preparation.train().tokens(), preparation.loaderSettings());
        List<RangeCurve> passes = new ArrayList<>();
        try (RandomState random = new RandomState();
                TrainedCopy copy = new TrainedCopy(tuning.parameters())) {
            while (passes.size() < RangeTest.PASSES && !interrupted.getAsBoolean()) {
                try {
                    RangeCurve pass = pass(loader, passes.size() + 1, callback, interrupted);
                    if (!interrupted.getAsBoolean()) {
                        passes.add(pass);
                    }
                } finally {
                    copy.putBack();
                }
            }
        }
        boolean whole = passes.size() == RangeTest.PASSES;
        RangeCurve nothing = new RangeCurve(List.of(), List.of(), RangeCurve.End.NOT_FINITE);
        return new Result(
                RangeTest.answer(passes.isEmpty() ? List.of(nothing) : passes, schedule()),
                passes,
                rates.size(),
                updates,
                microBatches,
                preparation.plan().batch().value(),
                preparation.plan().peak(),
                !whole);
    }

    private RangeCurve pass(DataLoader loader, int number, TrainCallback callback, BooleanSupplier interrupted) {
        RangeStop stop = new RangeStop(
                RangeTest.STOP_BETA, RangeTest.STOP_MULTIPLE, (int) Math.ceil(RangeTest.START_SHARE * rates.size()));
        List<Double> losses = new ArrayList<>();
        RangeCurve.End end = RangeCurve.End.HIGHEST_RATE;
        try (Trial trial = new Trial(preparation, model, tuning, recompute)) {
            TrainStep.Gradients gradients = gradients(trial, loader, 1);
            for (int i = 0; i < rates.size() && !interrupted.getAsBoolean(); i++) {
                if (!gradients.isFinite()) {
                    end = RangeCurve.End.NOT_FINITE;
                    break;
                }
                trial.update(rates.get(i), gradients);
                updates++;
                // the loss that this rate led to is that of the rows that come next
                gradients = gradients(trial, loader, i + 2L);
                callback.progress(
                        String.format(
                                Locale.ROOT,
                                "pass %d/%d  lr %.1e  loss %.4f",
                                number,
                                RangeTest.PASSES,
                                rates.get(i),
                                gradients.loss()),
                        (number - 1L) * rates.size() + i + 1,
                        (long) RangeTest.PASSES * rates.size());
                if (gradients.isFinite() && stop.endsWith(gradients.loss())) {
                    end = RangeCurve.End.LOSS_ROSE;
                    break;
                }
                if (gradients.isFinite()) {
                    losses.add(gradients.loss());
                }
            }
            if (!gradients.isFinite()) {
                end = RangeCurve.End.NOT_FINITE;
            }
        }
        return new RangeCurve(rates.subList(0, losses.size()), losses, end);
    }

    private TrainStep.Gradients gradients(Trial trial, DataLoader loader, long number) {
        Update update = Trial.next(loader);
        microBatches += update.microBatches().size();
        return trial.gradients(update, number);
    }

    private String schedule() {
        LrSchedule schedule = preparation.plan().schedule();
        return schedule.shape() + ", warm-up " + Numbers.count(schedule.warmup()) + " of "
                + Numbers.count(schedule.steps()) + " updates";
    }
}
