package dev.stride.serve;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The files of the dashboard's page by the paths at which they are served: a fixed list. */
final class DashboardFiles {
    private static final String PREFIX = "/assets/";
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";

    /** The parts of the page's program: {@code dashboard-axis.js} and so on. */
    private static final List<String> PARTS = List.of(
            "actions", "axis", "compare", "data", "detail", "figures", "lines", "plot", "runs", "samples", "series",
            "state", "stream", "text", "verdict", "words");

    private static final Map<String, Asset> ALL = all();

    private DashboardFiles() {}

    /** The file of a path as it was sent; null where there is none. */
    static @Nullable Asset at(String path) {
        return ALL.get(path);
    }

    private static Map<String, Asset> all() {
        Map<String, Asset> all = new HashMap<>();
        all.put("/", Asset.html("dashboard.html"));
        all.put(PREFIX + "dashboard.css", Asset.style("dashboard.css"));
        all.put(PREFIX + "dashboard.js", Asset.script("dashboard.js"));
        for (String part : PARTS) {
            String file = "dashboard-" + part + ".js";
            all.put(PREFIX + file, Asset.script(file));
        }
        all.put(PREFIX + "uPlot.min.css", Asset.style(UPLOT + "uPlot.min.css"));
        all.put(PREFIX + "uPlot.iife.min.js", Asset.script(UPLOT + "uPlot.iife.min.js"));
        return Map.copyOf(all);
    }
}
