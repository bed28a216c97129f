package dev.stride.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.data.DataPosition;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunResult;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
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
    private boolean evaluationAsked;
    private long evaluatedAt = -1;
    private @Nullable Heeded heeded;
    private Branch branch = Branch.MAIN;
    private boolean finishedBranch;
    private double cuts = 1;
    private double branchBest = Double.NaN;
    private Map<String, double[]> recovery = Map.of();
    private Map<String, Map<String, double[]>> monitors = Map.of();
    private double lastLoss = Double.NaN;
    private Map<String, Double> lastScores = Map.of();

    /**
     * The branch that is being trained.
     *
     * @param name {@link RunBranch#MAIN}, or that of a recovery
     * @param ordinal 0 for the main one, then counted up; a run goes on in the branch of the highest
     * @param factor on the rate of the plan
     * @param from the checkpoint that it starts from, by its path in the run's folder; empty for the main one
     * @param cooldownFrom the update from which the rate falls to 0; -1 where the plan's schedule is followed
     * @param steps updates at its end
     */
    record Branch(String name, int ordinal, String from, double factor, long cooldownFrom, long steps) {
        static final Branch MAIN = new Branch(RunBranch.MAIN, 0, "", 1, -1, -1);

        boolean isMain() {
            return ordinal == 0;
        }
    }

    /**
     * The last request of a person that changed the state, so that a run which was killed right then knows that it did.
     *
     * @param id the request's
     * @param reason of the event that tells of it
     */
    record Heeded(String id, String reason) {}

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

    /** Whether somebody asked for an evaluation that is still to be made. */
    boolean evaluationAsked() {
        return evaluationAsked;
    }

    void askEvaluation(boolean asked) {
        evaluationAsked = asked;
    }

    /** The updates behind the last evaluation; -1 before the first. */
    long evaluatedAt() {
        return evaluatedAt;
    }

    @Nullable
    Heeded heeded() {
        return heeded;
    }

    void heeded(Heeded request) {
        heeded = request;
    }

    Branch branch() {
        return branch;
    }

    /** Goes on as another branch, with its data from elsewhere and the best of the whole run until now. */
    void enter(Branch newBranch, DataPosition from, RunResult.Best bestOfAll) {
        branch = newBranch;
        position = from;
        best = bestOfAll;
        branchBest = Double.NaN;
        evaluationOwed = false;
        evaluationAsked = false;
    }

    /** The best value of the run's metric in this branch alone; NaN before its first evaluation. */
    double branchBest() {
        return branchBest;
    }

    void branchBest(double value) {
        branchBest = value;
    }

    /** Whether a branch of the run has made all its updates; the run has then finished, however its last branch ends. */
    boolean hasFinishedBranch() {
        return finishedBranch;
    }

    void finishedBranch() {
        finishedBranch = true;
    }

    /** What the policy of recoveries remembers. */
    Map<String, double[]> recovery() {
        return recovery;
    }

    void recovery(Map<String, double[]> state) {
        recovery = state;
    }

    /** The product of all cuts of the rate until now. */
    double cuts() {
        return cuts;
    }

    void cut(double factor) {
        cuts *= factor;
    }

    /** What the monitors remember, by monitor. */
    Map<String, Map<String, double[]>> monitors() {
        return monitors;
    }

    double lastLoss() {
        return lastLoss;
    }

    /** The scores of the last evaluation by name; empty before the first. */
    Map<String, Double> lastScores() {
        return lastScores;
    }

    void evaluated(Map<String, Double> scores) {
        evaluatedAt = step;
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
    void gather(DataPosition newPosition, int bad, LossScale scale, Map<String, Map<String, double[]>> newMonitors) {
        position = newPosition;
        badInARow = bad;
        monitors = newMonitors;
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
        json.put("evaluation_asked", evaluationAsked);
        json.put("evaluated_at", evaluatedAt);
        if (heeded != null) {
            json.putObject("heeded").put("request", heeded.id()).put("reason", heeded.reason());
        }
        json.putObject("loss_scale").put("value", lossScale).put("since_overflow", sinceOverflow);
        if (Double.isFinite(lastLoss)) {
            json.put("last_loss", lastLoss);
        }
        json.putObject("branch")
                .put("name", branch.name())
                .put("ordinal", branch.ordinal())
                .put("from", branch.from())
                .put("factor", branch.factor())
                .put("cooldown_from", branch.cooldownFrom())
                .put("steps", branch.steps());
        json.put("finished_branch", finishedBranch);
        json.put("rate_cuts", cuts);
        json.put("branch_best", Double.toString(branchBest));
        put(json.putObject("recovery"), recovery);
        ObjectNode states = json.putObject("monitors");
        monitors.forEach((monitor, state) -> put(states.putObject(monitor), state));
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

    private static void put(ObjectNode json, Map<String, double[]> state) {
        // sorted: the order of some maps differs from process to process, and equal states are equal files
        new TreeMap<>(state).forEach((key, values) -> {
            ArrayNode array = json.putArray(key);
            for (double value : values) {
                array.add(Double.toString(value)); // as text: JSON has no NaN and no infinity
            }
        });
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
        progress.evaluationAsked = json.path("evaluation_asked").asBoolean();
        progress.evaluatedAt = json.path("evaluated_at").asLong(-1);
        if (json.has("heeded")) {
            JsonNode request = json.get("heeded");
            progress.heeded = new Heeded(
                    request.get("request").asText(), request.get("reason").asText());
        }
        progress.lastLoss = json.has("last_loss") ? json.get("last_loss").asDouble() : Double.NaN;
        progress.lastScores = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> score : json.get("last_scores").properties()) {
            progress.lastScores.put(score.getKey(), score.getValue().asDouble());
        }
        if (json.has("branch")) {
            JsonNode at = json.get("branch");
            progress.branch = new Branch(
                    at.get("name").asText(),
                    at.get("ordinal").asInt(),
                    at.get("from").asText(),
                    at.get("factor").asDouble(),
                    at.get("cooldown_from").asLong(),
                    at.get("steps").asLong());
            progress.finishedBranch = json.path("finished_branch").asBoolean();
            progress.cuts = json.get("rate_cuts").asDouble();
            progress.branchBest = Double.parseDouble(json.get("branch_best").asText());
            progress.recovery = state(json.get("recovery"));
            progress.monitors = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> monitor : json.get("monitors").properties()) {
                progress.monitors.put(monitor.getKey(), state(monitor.getValue()));
            }
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

    private static Map<String, double[]> state(JsonNode json) {
        Map<String, double[]> state = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : json.properties()) {
            double[] values = new double[entry.getValue().size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = Double.parseDouble(entry.getValue().get(i).asText());
            }
            state.put(entry.getKey(), values);
        }
        return state;
    }
}
