package dev.stride.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEngine;
import dev.stride.chat.ServedModel;
import java.util.List;

/** What the chat page is told at its start: the models, the runs they come from, and the defaults. */
final class ChatInfo {
    private ChatInfo() {}

    static ObjectNode of(ChatEngine engine, ChatSettings settings, boolean allowed) {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("version", settings.version());
        models(engine, settings, node);
        ChatDefaults defaults = settings.defaults();
        ObjectNode told = node.putObject("defaults")
                .put("temperature", defaults.temperature())
                .put("top_p", defaults.topP())
                .put("top_k", defaults.topK());
        if (defaults.maxTokens() > 0) {
            told.put("max_tokens", defaults.maxTokens());
        }
        node.put("can_chat", allowed);
        node.putObject("limits").put("body", ChatSettings.MAX_BODY);
        return node;
    }

    /** The model that is meant where none is named: the first adapter, or the base. */
    static ServedModel first(ChatEngine engine) {
        List<ServedModel> models = engine.models();
        return models.stream()
                .filter(model -> !model.adapter().isEmpty())
                .findFirst()
                .orElse(models.get(0));
    }

    /** Adds the models, their runs, and which is meant where none is named. */
    static void models(ChatEngine engine, ChatSettings settings, ObjectNode node) {
        ArrayNode list = node.putArray("models");
        for (ServedModel model : engine.models()) {
            ObjectNode item = list.addObject()
                    .put("id", model.name())
                    .put("base", model.base())
                    .put("adapter", model.adapter())
                    .put("context", model.contextLength())
                    .put("tools", model.form().hasTools());
            ChatSettings.RunFacts run = settings.models().get(model.name());
            if (run != null) {
                ObjectNode facts = item.putObject("run").put("name", run.name());
                put(facts, "peak_lr", run.peakRate());
                if (run.bestStep() > 0) {
                    facts.put("best_step", run.bestStep()).put("best_metric", run.bestMetric());
                    put(facts, "best_value", run.bestValue());
                }
            }
        }
        node.put("default_model", first(engine).name());
    }

    private static void put(ObjectNode node, String key, double value) {
        if (!Double.isNaN(value)) {
            node.put(key, value);
        }
    }
}
