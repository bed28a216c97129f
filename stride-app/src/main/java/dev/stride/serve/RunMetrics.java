package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.experiment.JsonFields;
import dev.stride.live.LiveRun;
import java.util.List;

/** Where each run stands, for Prometheus: what is not known of a run has no sample. */
final class RunMetrics {
    private static final String STEP = "stride_step";
    private static final String PLANNED = "stride_planned_steps";
    private static final String LOSS = "stride_train_loss";
    private static final String RATE = "stride_learning_rate";
    private static final String NORM = "stride_gradient_norm";
    private static final String EVAL = "stride_eval";
    private static final String SPEED = "stride_tokens_per_second";
    private static final String LEFT = "stride_seconds_left";
    private static final String RESIDENT = "stride_resident_bytes";
    private static final String STATUS = "stride_run_status";
    private static final String WORRY = "stride_worry";

    private final PrometheusText text = new PrometheusText();

    private RunMetrics() {
        text.gauge(STEP, "Optimizer updates made.");
        text.gauge(PLANNED, "Optimizer updates that the run is to make.");
        text.gauge(LOSS, "Loss of the last update, mean over trained tokens, in nats.");
        text.gauge(RATE, "Learning rate of the last update, by parameter group.");
        text.gauge(NORM, "Global norm of the last update's gradients before clipping.");
        text.gauge(EVAL, "Values of the last evaluation, by metric.");
        text.gauge(SPEED, "Tokens a second.");
        text.gauge(LEFT, "Seconds that are left by the speed so far.");
        text.gauge(RESIDENT, "Resident memory of the process that trains the run, in bytes.");
        text.gauge(STATUS, "1 for the status that the run has.");
        text.gauge(WORRY, "1 for the level of worry that the run has: ok, look or bad.");
    }

    static String of(List<LiveRun> runs) {
        RunMetrics metrics = new RunMetrics();
        runs.forEach(run -> metrics.add(run.card()));
        return metrics.text.toString();
    }

    private void add(JsonNode card) {
        String run = card.path("id").asText();
        number(STEP, run, card.path("step"));
        number(PLANNED, run, card.path("planned_steps"));
        number(LOSS, run, card.path("loss"));
        each(RATE, run, "group", card.path("lr_groups"));
        number(NORM, run, card.path("grad_norm"));
        each(EVAL, run, "metric", card.path("eval"));
        number(SPEED, run, card.path("tokens_per_second"));
        number(LEFT, run, card.path("seconds_left"));
        number(RESIDENT, run, card.path("resident"));
        text.sample(STATUS, List.of("run", run, "status", card.path("status").asText()), 1);
        text.sample(
                WORRY,
                List.of("run", run, "level", card.path("worry").path("level").asText()),
                1);
    }

    private void number(String family, String run, JsonNode value) {
        Double number = JsonFields.asNumber(value);
        if (number != null) {
            text.sample(family, List.of("run", run), number);
        }
    }

    private void each(String family, String run, String label, JsonNode values) {
        values.properties().forEach(entry -> {
            boolean place = label.equals("metric") && entry.getKey().equals("step");
            Double number = JsonFields.asNumber(entry.getValue());
            if (!place && number != null) {
                text.sample(family, List.of("run", run, label, entry.getKey()), number);
            }
        });
    }
}
