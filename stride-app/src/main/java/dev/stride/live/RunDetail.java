package dev.stride.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.monitor.Finding;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What the page of one run shows besides its card and its curves, as JSON. */
final class RunDetail {
    private static final int MAX_EVENTS = 500;

    private RunDetail() {}

    static void add(
            ObjectNode json,
            RunRows rows,
            RunFiles files,
            List<Finding> findings,
            RunSummary summary,
            List<String> damaged) {
        rows.steps().groups().forEach(json.putArray("groups")::add);
        Set<String> metrics = new LinkedHashSet<>();
        rows.evals().forEach(eval -> metrics.addAll(eval.values().keySet()));
        metrics.forEach(json.putArray("metrics")::add);
        branches(json.putArray("branches"), rows);
        ArrayNode events = json.putArray("events");
        List<LiveEvent> all = rows.events();
        for (LiveEvent event : all.subList(Math.max(0, all.size() - MAX_EVENTS), all.size())) {
            events.add(event.toJson(rows.branches().get(event.branch()).name()));
        }
        json.put("num_events", rows.numEvents());
        plan(json, files.plan());
        json.put("config", files.config());
        ArrayNode diagnosis = json.putArray("diagnosis");
        for (Finding finding : findings) {
            diagnosis
                    .addObject()
                    .put("kind", finding.kind().word())
                    .put("en", finding.text().english())
                    .put("zh", finding.text().chinese());
        }
        damaged.forEach(json.putArray("damaged")::add);
        json.put(
                "num_damaged",
                summary.numDamaged() + damaged.size() - summary.damaged().size());
        if (files.result().isObject()) {
            json.set("result", files.result());
        }
    }

    private static void branches(ArrayNode list, RunRows rows) {
        for (LiveBranch branch : rows.branches()) {
            ObjectNode one = list.addObject()
                    .put("name", branch.name())
                    .put("parent", branch.parent())
                    .put("from", branch.from());
            PlainNumbers.put(one, "factor", branch.factor());
            one.put("reason", branch.reason());
        }
    }

    private static void plan(ObjectNode json, JsonNode plan) {
        ArrayNode ledger = json.putArray("ledger");
        for (JsonNode entry : plan.path("ledger")) {
            if (entry.path("name").isTextual()) {
                ObjectNode one =
                        ledger.addObject().put("name", entry.path("name").asText());
                one.put("value", entry.path("value").asText())
                        .put("reason", entry.path("reason").asText());
            }
        }
        ArrayNode warnings = json.putArray("warnings");
        plan.path("warnings").forEach(warning -> warnings.add(warning.asText()));
        ObjectNode environment = json.putObject("environment");
        plan.path("environment")
                .properties()
                .forEach(fact -> environment.put(fact.getKey(), fact.getValue().asText()));
        ArrayNode planned = json.putArray("planned_lr");
        for (JsonNode point : plan.path("planned_lr")) {
            if (point.size() == 2 && point.path(0).isNumber() && point.path(1).isNumber()) {
                planned.add(point);
            }
        }
        JsonNode clip = plan.path("clip");
        if (clip.asDouble(0) > 0) {
            json.set("clip", clip);
        }
    }
}
