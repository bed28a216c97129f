package dev.stride.serve;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The files of the call page by the paths at which they are served: a fixed list. What it shares with the chat page and the
 * dashboard lies beside its own files.
 */
final class CallFiles {
    /** The content policy of the page: as every page's, and sound worklets of its own. */
    static final String POLICY = Answer.POLICY + "; worker-src 'self'; media-src 'self' blob:";

    private static final String PREFIX = "/call/";
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

    /** The parts of the page's program. */
    private static final List<String> SCRIPTS = List.of(
            "call",
            "call-answer",
            "call-captions",
            "call-chart",
            "call-ears",
            "call-events",
            "call-keep",
            "call-line",
            "call-mic",
            "call-play",
            "call-recognizer",
            "call-side",
            "call-sound",
            "call-state",
            "call-talk",
            "call-text",
            "call-turns",
            "call-voice",
            "call-words",
            "chat-api",
            "chat-frame",
            "chat-text",
            "chat-words",
            "dashboard-axis",
            "dashboard-plot",
            "dashboard-text",
            "dashboard-words");

    private static final Map<String, Asset> ALL = all();

    private CallFiles() {}

    /** The file of a path as it was sent; null where there is none. */
    static @Nullable Asset at(String path) {
        return ALL.get(path);
    }

    private static Map<String, Asset> all() {
        Map<String, Asset> all = new HashMap<>();
        all.put(PREFIX, Asset.html("call.html"));
        all.put(PREFIX + "call.css", Asset.style("call.css"));
        all.put(PREFIX + "chat.css", Asset.style("chat.css"));
        for (String script : SCRIPTS) {
            all.put(PREFIX + script + ".js", Asset.script(script + ".js"));
        }
        all.put(PREFIX + "uPlot.min.css", Asset.style(UPLOT + "uPlot.min.css"));
        all.put(PREFIX + "uPlot.iife.min.js", Asset.script(UPLOT + "uPlot.iife.min.js"));
        return Map.copyOf(all);
    }
}
