package dev.stride.serve;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files of the chat page by the paths at which they are served: a fixed list. */
final class ChatFiles {
    private static final String PREFIX = "/chat/";
    private static final String WEBJARS = "/META-INF/resources/webjars/";

    /** The parts of the page's program: {@code chat-api.js} and so on. */
    private static final List<String> PARTS = List.of(
            "api",
            "compose",
            "export",
            "frame",
            "head",
            "prose",
            "settings",
            "side",
            "state",
            "store",
            "talk",
            "text",
            "thread",
            "tree",
            "turns",
            "welcome",
            "words");

    private static final Map<String, Asset> ALL = all();

    private ChatFiles() {}

    /** The file of a path as it was sent; null where there is none. */
    static @Nullable Asset at(String path) {
        return ALL.get(path);
    }

    private static Map<String, Asset> all() {
        Map<String, Asset> all = new HashMap<>();
        all.put(PREFIX, Asset.html("chat.html"));
        all.put(PREFIX + "chat.css", Asset.style("chat.css"));
        all.put(PREFIX + "chat-prose.css", Asset.style("chat-prose.css"));
        all.put(PREFIX + "chat.js", Asset.script("chat.js"));
        for (String part : PARTS) {
            String file = "chat-" + part + ".js";
            all.put(PREFIX + file, Asset.script(file));
        }
        all.put(PREFIX + "markdown-it.min.js", Asset.script(WEBJARS + "markdown-it/14.1.0/dist/markdown-it.min.js"));
        all.put(PREFIX + "highlight.min.js", Asset.script(WEBJARS + "highlightjs/11.11.1/highlight.min.js"));
        return Map.copyOf(all);
    }
}
