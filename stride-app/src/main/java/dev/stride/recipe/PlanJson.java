package dev.stride.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.LoraConfig;
import dev.stride.config.Numbers;
import dev.stride.config.Setting;
import dev.stride.schedule.LrSchedule;

/** The plan as one JSON document: {@code plan.json}. */
final class PlanJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final long MAX_POINTS = 400;

    private PlanJson() {}

    static ObjectNode of(RunPlan plan) {
        ObjectNode json = NODES.objectNode();
        if (plan.config().task() == null) {
            json.putNull("task");
        } else {
            json.put("task", plan.config().task().word());
        }
        json.put("recipe", plan.recipe().name());
        json.put("profile", plan.config().plan().profile().word());
        ObjectNode data = json.putObject("data");
        data.put("rows", plan.data().rows());
        data.put("tokens", plan.data().tokens());
        data.put("trained_tokens", plan.data().trainedTokens());
        data.put("longest", plan.data().longest());
        data.put("cut_rows", plan.data().cutRows());
        json.put("updates_per_epoch", plan.updatesPerEpoch());
        json.put("epochs", plan.epochs());
        json.put("tokens", plan.tokens());
        reasoned(json, "updates", NODES.numberNode(plan.updates().value()), plan.updates());
        reasoned(json, "batch", NODES.numberNode(plan.batch().value()), plan.batch());
        reasoned(json, "max_tokens", NODES.numberNode(plan.maxTokens().value()), plan.maxTokens());
        reasoned(json, "pass_tokens", NODES.numberNode(plan.passTokens().value()), plan.passTokens());
        reasoned(json, "precision", NODES.textNode(plan.precision().value().word()), plan.precision());
        json.put("clip", plan.config().optimizer().clip());
        json.set("lr", rate(plan));
        json.set("groups", groups(plan));
        json.set("schedule", schedule(plan.schedule()));
        json.set("optimizer", optimizer(plan.optimizer()));
        json.set("other_profile", other(plan.other()));
        json.set("moved_share", moved(plan));
        json.set("planned_lr", plannedRates(plan.schedule()));
        json.set("ledger", ledger(plan));
        json.set("tuning", tuning(plan));
        json.set("memory", memory(plan));
        plan.guards().forEach(json.putArray("guards")::add);
        plan.notes().forEach(json.putArray("notes")::add);
        plan.warnings().forEach(json.putArray("warnings")::add);
        ObjectNode config = json.putObject("config");
        for (Setting setting : plan.config().settings().values()) {
            ObjectNode node = config.putObject(setting.knob().path());
            if (setting.value() == null) {
                node.putNull("value");
            } else {
                node.put("value", setting.text());
            }
            node.put("origin", setting.origin().text());
        }
        return json;
    }

    private static ObjectNode rate(RunPlan plan) {
        ObjectNode rate = NODES.objectNode();
        rate.put("peak", plan.peak());
        rate.set("ledger", factors(plan.ledger()));
        return rate;
    }

    private static ArrayNode factors(Ledger ledger) {
        ArrayNode factors = NODES.arrayNode();
        for (Factor factor : ledger.factors()) {
            factors.addObject()
                    .put("name", factor.name())
                    .put("factor", factor.value())
                    .put("reason", factor.reason());
        }
        return factors;
    }

    /** Every group with the ledger of its peak. */
    private static ArrayNode groups(RunPlan plan) {
        ArrayNode groups = NODES.arrayNode();
        for (RateGroup group : plan.groups()) {
            ObjectNode node = groups.addObject();
            node.put("name", group.name());
            node.put("peak", group.rate(plan.peak(), 1));
            node.put(
                    "weight_decay",
                    group.decays() ? plan.optimizer().weightDecay().value() : 0.0);
            node.set("ledger", factors(plan.ledger(group)));
            ArrayNode names = node.putArray("parameters");
            group.parameters().forEach(names::add);
        }
        return groups;
    }

    private static ObjectNode optimizer(OptimizerPlan optimizer) {
        ObjectNode node = NODES.objectNode();
        node.put("beta1", optimizer.beta1());
        reasoned(node, "beta2", NODES.numberNode(optimizer.beta2().value()), optimizer.beta2());
        node.put("eps", optimizer.eps());
        reasoned(node, "weight_decay", NODES.numberNode(optimizer.weightDecay().value()), optimizer.weightDecay());
        reasoned(node, "clip", NODES.numberNode(optimizer.clip().value()), optimizer.clip());
        return node;
    }

    private static ObjectNode other(OtherProfile other) {
        ObjectNode node = NODES.objectNode();
        node.put("name", other.profile().word());
        Choices choices = other.choices();
        if (choices != null) {
            node.put("peak", choices.ledger().product());
            node.set("ledger", factors(choices.ledger()));
            node.set("schedule", schedule(choices.schedule()));
            node.set("optimizer", optimizer(choices.optimizer()));
        }
        ArrayNode otherwise = node.putArray("choices");
        for (OtherProfile.Difference difference : other.differences()) {
            otherwise
                    .addObject()
                    .put("name", difference.name())
                    .put("value", difference.value())
                    .put("instead_of", difference.insteadOf())
                    .put("reason", difference.reason());
        }
        node.put("refusal", other.refusal());
        return node;
    }

    /** By how weights would be stored; what trains is stored in fp32. */
    private static ObjectNode moved(RunPlan plan) {
        ObjectNode node = NODES.objectNode();
        node.put("stored", "fp32");
        for (MovedShare.Format format : MovedShare.Format.values()) {
            node.put(format.name().toLowerCase(java.util.Locale.ROOT), plan.movedShare(format));
        }
        return node;
    }

    /** The curve as points [step, rate], enough of them to draw its shape. */
    private static ArrayNode plannedRates(LrSchedule schedule) {
        ArrayNode points = NODES.arrayNode();
        long every = Math.max(1, schedule.steps() / MAX_POINTS);
        for (long step = 1; step <= schedule.steps(); step++) {
            boolean corner = step == schedule.warmup() || step == schedule.steps();
            if (corner || (step - 1) % every == 0) {
                points.addArray().add(step).add(schedule.at(step));
            }
        }
        return points;
    }

    /** Every derived number with its reason, for the report. */
    private static ArrayNode ledger(RunPlan plan) {
        ArrayNode entries = NODES.arrayNode();
        for (Factor factor : plan.ledger().factors()) {
            entry(entries, "lr: " + factor.name(), Numbers.text(factor.value()), factor.reason());
        }
        for (RateGroup group : plan.groups()) {
            for (Factor factor : group.factors()) {
                entry(
                        entries,
                        "lr of " + group.name() + ": " + factor.name(),
                        Numbers.text(factor.value()),
                        factor.reason());
            }
        }
        Factor recovery = plan.noRecovery();
        entry(entries, "lr: " + recovery.name(), Numbers.text(recovery.value()), recovery.reason());
        OptimizerPlan optimizer = plan.optimizer();
        entry(
                entries,
                "beta2",
                Numbers.digits(optimizer.beta2().value()),
                optimizer.beta2().reason());
        entry(
                entries,
                "weight decay",
                Numbers.text(optimizer.weightDecay().value()),
                optimizer.weightDecay().reason());
        entry(
                entries,
                "clip",
                Numbers.text(optimizer.clip().value()),
                optimizer.clip().reason());
        entry(
                entries,
                "updates",
                plan.updates().value().toString(),
                plan.updates().reason());
        entry(entries, "batch", plan.batch().value().toString(), plan.batch().reason());
        entry(
                entries,
                "max tokens",
                plan.maxTokens().value().toString(),
                plan.maxTokens().reason());
        entry(
                entries,
                "tokens of a pass",
                plan.passTokens().value().toString(),
                plan.passTokens().reason());
        entry(
                entries,
                "precision",
                plan.precision().value().word(),
                plan.precision().reason());
        return entries;
    }

    private static void entry(ArrayNode entries, String name, String value, String reason) {
        entries.addObject().put("name", name).put("value", value).put("reason", reason);
    }

    private static ObjectNode schedule(LrSchedule schedule) {
        ObjectNode node = NODES.objectNode();
        node.put("form", schedule.form().word());
        node.put("shape", schedule.shape());
        node.put("warmup_steps", schedule.warmup());
        node.put("steps", schedule.steps());
        node.put("peak", schedule.peak());
        node.put("first", schedule.at(1));
        node.put("last", schedule.at(schedule.steps()));
        return node;
    }

    private static ObjectNode tuning(RunPlan plan) {
        ObjectNode node = NODES.objectNode();
        node.put("method", plan.config().tuning().method().word());
        node.put("trainable_parameters", plan.trainable());
        node.put("parameters", plan.model().parameters());
        if (plan.config().tuning() instanceof LoraConfig lora) {
            node.put("scale", lora.scale());
            node.put("peak_times_scale", plan.peak() * lora.scale());
        }
        return node;
    }

    private static ObjectNode memory(RunPlan plan) {
        ObjectNode node = NODES.objectNode();
        node.put("device", plan.machine().device());
        node.put("available_bytes", plan.machine().memoryBytes());
        node.put("estimated_bytes", plan.memory().total());
        ArrayNode parts = node.putArray("parts");
        for (MemoryPart part : plan.memory().parts()) {
            parts.addObject()
                    .put("name", part.name())
                    .put("bytes", part.bytes())
                    .put("reason", part.reason());
        }
        return node;
    }

    private static void reasoned(ObjectNode json, String name, JsonNode value, Reasoned<?> number) {
        ObjectNode node = json.putObject(name);
        node.set("value", value);
        node.put("reason", number.reason());
    }
}
