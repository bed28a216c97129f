package dev.stride.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.data.DataPosition;
import dev.stride.experiment.RunResult;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a run stands besides its weights and moments: what {@code state.json} of a checkpoint holds, and all that
 * resuming needs to go on bit for bit.
 */
final class Progress {
    private long step;
    private @Nullable DataPosition position;
    private int badInARow;
    private double lossScale;
    private int sinceOverflow;
    private RunResult.@Nullable Best best;
    private boolean evaluationOwed;
    private double lastLoss = Double.NaN;
    private Map<String, Double> lastScores = Map.of();

    /** Updates made. */
    long step() {
        return step;
    }

    void madeStep(double loss) {
        step++;
        lastLoss = loss;
    }

    /** Whether the evaluation after the last update is still to be made. */
    boolean evaluationOwed() {
        return evaluationOwed;
    }

    void oweEvaluation(boolean owed) {
        evaluationOwed = owed;
    }

    double lastLoss() {
        return lastLoss;
    }

    /** The scores of the last evaluation by name; empty before the first. */
    Map<String, Double> lastScores() {
        return lastScores;
    }

    void evaluated(Map<String, Double> scores) {
        lastScores = scores;
    }

    RunResult.@Nullable Best best() {
        return best;
    }

    void best(RunResult.Best newBest) {
        best = newBest;
    }

    /** Where the data stands; null before the first checkpoint. */
    @Nullable
    DataPosition position() {
        return position;
    }

    int badInARow() {
        return badInARow;
    }

    double lossScale() {
        return lossScale;
    }

    int sinceOverflow() {
        return sinceOverflow;
    }

    /** Takes in what the parts of the loop hold, before a checkpoint is written. */
    void gather(DataPosition newPosition, int bad, LossScale scale) {
        position = newPosition;
        badInARow = bad;
        lossScale = scale.value();
        sinceOverflow = scale.sinceOverflow();
    }

    ObjectNode toJson() {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("step", step);
        if (position != null) {
            json.putObject("data")
                    .put("epoch", position.epoch())
                    .put("index", position.index())
                    .put("digest", position.data());
        }
        json.put("bad_steps_in_a_row", badInARow);
        json.put("evaluation_owed", evaluationOwed);
        json.putObject("loss_scale").put("value", lossScale).put("since_overflow", sinceOverflow);
        if (Double.isFinite(lastLoss)) {
            json.put("last_loss", lastLoss);
        }
        ObjectNode scores = json.putObject("last_scores");
        lastScores.forEach(scores::put);
        if (best != null) {
            json.putObject("best")
                    .put("step", best.step())
                    .put("metric", best.metric())
                    .put("value", best.value())
                    .put("checkpoint", best.checkpoint());
        }
        return json;
    }

    static Progress fromJson(JsonNode json) {
        Progress progress = new Progress();
        progress.step = json.get("step").asLong();
        JsonNode data = json.get("data");
        progress.position = new DataPosition(
                data.get("epoch").asInt(),
                data.get("index").asInt(),
                data.get("digest").asText());
        progress.badInARow = json.get("bad_steps_in_a_row").asInt();
        progress.lossScale = json.get("loss_scale").get("value").asDouble();
        progress.sinceOverflow = json.get("loss_scale").get("since_overflow").asInt();
        progress.evaluationOwed = json.path("evaluation_owed").asBoolean();
        progress.lastLoss = json.has("last_loss") ? json.get("last_loss").asDouble() : Double.NaN;
        progress.lastScores = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> score : json.get("last_scores").properties()) {
            progress.lastScores.put(score.getKey(), score.getValue().asDouble());
        }
        if (json.has("best")) {
            JsonNode best = json.get("best");
            progress.best = new RunResult.Best(
                    best.get("step").asLong(),
                    best.get("metric").asText(),
                    best.get("value").asDouble(),
                    best.get("checkpoint").asText());
        }
        return progress;
    }
}
