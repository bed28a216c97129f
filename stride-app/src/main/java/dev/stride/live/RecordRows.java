package dev.stride.live;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Records one after the other, as somebody who follows a run or exports it wants them. */
final class RecordRows {
    private RecordRows() {}

    /** Puts the records {@code [from, to)} into an object. */
    static ObjectNode add(ObjectNode json, RunRows rows, long from, long to) {
        json.put("from", from).put("to", to);
        StepColumns steps = rows.steps();
        ArrayNode list = json.putArray("rows");
        int end = rows.rowsBefore(to);
        for (int row = rows.rowsBefore(from); row < end; row++) {
            ObjectNode one = list.addObject()
                    .put("branch", rows.branches().get(rows.branchOf(row)).name())
                    .put("step", steps.step(row))
                    .put("tokens", steps.tokens(row));
            PlainNumbers.put(one, "seconds", steps.seconds(row));
            PlainNumbers.put(one, "loss", steps.loss(row));
            PlainNumbers.put(one, "grad_norm", steps.gradNorm(row));
            PlainNumbers.put(one, "tokens_per_second", steps.tokensPerSecond(row));
            PlainNumbers.put(one, "epoch", steps.epoch(row));
            ObjectNode lr = one.putObject("lr");
            for (int group = 0; group < steps.groups().size(); group++) {
                PlainNumbers.put(lr, steps.groups().get(group), steps.rate(row, group));
            }
        }
        int firstRare = rows.rareBefore(from);
        int endRare = rows.rareBefore(to);
        ArrayNode evals = json.putArray("evals");
        for (LiveEval eval : rows.evals()) {
            if (eval.rare() >= firstRare && eval.rare() < endRare) {
                evals.add(Series.eval(rows, eval));
            }
        }
        ArrayNode events = json.putArray("events");
        for (LiveEvent event : rows.events()) {
            if (event.rare() >= firstRare && event.rare() < endRare) {
                events.add(event.toJson(rows.branches().get(event.branch()).name()));
            }
        }
        return json;
    }
}
