package dev.stride.cli;

import dev.stride.voice.EngineState;
import dev.stride.voice.VoiceEngines;
import dev.stride.voice.VoiceSettings;
import java.util.List;
import java.util.Map;

/** What {@code stride doctor} says of the engines that hear and speak in a call. */
final class VoiceFindings {
    private VoiceFindings() {}

    /** A line for each engine that a call would look for where nothing is set. */
    static List<Finding> look(Map<String, String> environment) {
        try (VoiceEngines engines = new VoiceEngines(VoiceSettings.usual(), environment)) {
            return engines.ready().stream().map(VoiceFindings::of).toList();
        }
    }

    private static Finding of(EngineState state) {
        String name = switch (state.part()) {
            case ACTIVITY -> "call: speech or not";
            case HEARS -> "call: hears";
            case SPEAKS -> "call: speaks";
        };
        return state.isReady()
                ? Finding.ok(name, state.name() + ", " + state.where())
                : Finding.missing(name, state.name(), state.advice());
    }
}
