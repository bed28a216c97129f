package dev.stride.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEngine;
import dev.stride.voice.EngineState;
import dev.stride.voice.Speaker;
import dev.stride.voice.VoiceEngines;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** What the call page is told at its start: the models, their runs' charts, and who can hear and speak here. */
final class CallInfo {
    private CallInfo() {}

    static ObjectNode of(ChatEngine engine, ChatSettings settings, VoiceEngines voices, boolean allowed) {
        ObjectNode node = JsonNodeFactory.instance
                .objectNode()
                .put("version", settings.version())
                .put("can_call", allowed);
        ChatInfo.models(engine, settings, node);
        ArrayNode engines = node.putArray("engines");
        for (EngineState state : voices.ready()) {
            engines.addObject()
                    .put("name", state.name())
                    .put("part", state.part().name().toLowerCase(Locale.ROOT))
                    .put("ready", state.isReady())
                    .put("where", state.where())
                    .put("advice", state.advice());
        }
        List<Speaker> speakers = voices.speakers();
        node.put("server_hears", voices.canHear()).put("server_speaks", !speakers.isEmpty());
        ArrayNode offered = node.putArray("voices");
        if (!speakers.isEmpty()) {
            for (Speaker.Voice voice : speakers.get(0).voices()) {
                offered.addObject()
                        .put("id", voice.id())
                        .put("label", voice.label())
                        .put("languages", voice.languages());
            }
        }
        ObjectNode charts = node.putObject("chart");
        settings.models()
                .keySet()
                .forEach(name ->
                        charts.put(name, "/call/chart?model=" + URLEncoder.encode(name, StandardCharsets.UTF_8)));
        return node;
    }
}
