package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.stride.experiment.RunRequest;
import dev.stride.experiment.RunRequests;
import dev.stride.experiment.StreamedExport;
import dev.stride.live.LiveRun;
import dev.stride.live.LiveRuns;
import dev.stride.live.RunStatus;
import dev.stride.live.SeriesRequest;
import dev.stride.report.Language;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the dashboard's page and other programs may ask, each with its answer. */
final class DashboardCalls {
    /** The addresses that {@link #answer} answers. */
    static final Set<String> PATHS =
            Set.of("/api/overview", "/api/run", "/api/series", "/api/samples", "/report", "/metrics");

    /** The longest body of an action, in bytes. */
    static final int MAX_BODY = 16_384;

    private static final int USUAL_SAMPLES = 20;
    private static final int MOST_SAMPLES = 1_000;

    /**
     * A report is a page of its own: it brings its policy in itself, and here it is only kept from everything else of this
     * server, as if it came from another one.
     */
    private static final String REPORT_POLICY = "sandbox allow-scripts; frame-ancestors 'none'";

    private final LiveRuns runs;
    private final FolderPage pages;
    private final InstantSource clock;
    private final Object drawing = new Object();

    DashboardCalls(LiveRuns runs, FolderPage pages, InstantSource clock) {
        this.runs = runs;
        this.pages = pages;
        this.clock = clock;
    }

    /** Writes a body. */
    interface BodyWriter {
        void write(OutputStream out) throws IOException;
    }

    /**
     * A body of any size.
     *
     * @param type the media type
     * @param disposition the file's name as a header has it
     */
    record Download(String type, String disposition, BodyWriter writer) {}

    Answer answer(String path, Request request) throws Wrong {
        return switch (path) {
            case "/api/overview" -> Answer.json(runs.overview());
            case "/api/run" -> Answer.json(run(request).detail());
            case "/api/series" -> Answer.json(run(request).series(series(request)));
            case "/api/samples" ->
                Answer.json(run(request).samples(whole(request, "step", -1, Long.MAX_VALUE), (int)
                        whole(request, "limit", USUAL_SAMPLES, MOST_SAMPLES)));
            case "/report" -> report(request);
            case "/metrics" -> Answer.of(PrometheusText.TYPE, RunMetrics.of(runs.runs()));
            default -> throw Wrong.nothingHere();
        };
    }

    /** Leaves a request in a run's folder. */
    Answer act(Request request) throws IOException, Wrong {
        JsonNode body = request.object("an action", MAX_BODY);
        LiveRun run = run(Request.text(body, "id"));
        RunRequest.Action action;
        try {
            action = RunRequest.Action.of(Request.text(body, "action"));
        } catch (IllegalArgumentException e) {
            throw new Wrong(400, String.valueOf(e.getMessage()));
        }
        String text = body.path("text").isMissingNode() || body.path("text").isNull() ? "" : Request.text(body, "text");
        if (text.length() > RunRequest.MAX_TEXT) {
            throw new Wrong(400, "'text' has " + RunRequest.MAX_TEXT + " characters at most");
        }
        if (action == RunRequest.Action.NOTE && text.isBlank()) {
            throw new Wrong(400, "a note needs a 'text'");
        }
        if (run.status() != RunStatus.RUNNING) {
            throw new Wrong(
                    409,
                    "the run is " + run.status().word() + "; only a run that trains now can be asked for something");
        }
        try {
            String id = RunRequests.ask(run.folder(), new RunRequest(action, text, "page", clock.instant()));
            return Answer.json(202, JsonNodeFactory.instance.objectNode().put("request", id));
        } catch (UncheckedIOException e) {
            throw new Wrong(409, "the run cannot be asked from here: " + e.getMessage());
        }
    }

    /** The events of a run as a file. */
    Download export(Request request) throws IOException, Wrong {
        LiveRun run = run(request);
        String format = request.first("format", "csv");
        StreamedExport export = StreamedExport.of(name(run), run.folder());
        return switch (format) {
            case "csv" -> new Download("text/csv; charset=utf-8", attachment(run, "csv"), export::csv);
            case "jsonl" -> new Download("application/jsonl; charset=utf-8", attachment(run, "jsonl"), export::jsonl);
            default -> throw new Wrong(400, "'format' must be csv or jsonl");
        };
    }

    private Answer report(Request request) throws Wrong {
        String id = request.first("id", "");
        Path folder =
                runs.run(id).map(LiveRun::folder).or(() -> runs.sweepFolder(id)).orElseThrow(() -> unknown(id));
        Language language = language(request);
        String page;
        // one at a time: each holds the whole run in memory
        synchronized (drawing) {
            page = pages.render(folder, language);
        }
        return Answer.of(Answer.HTML, page).with(Map.of("Content-Security-Policy", REPORT_POLICY));
    }

    private static @Nullable Language language(Request request) throws Wrong {
        return switch (request.first("lang", "")) {
            case "" -> null;
            case "en" -> Language.ENGLISH;
            case "zh" -> Language.CHINESE;
            default -> throw new Wrong(400, "'lang' must be en or zh");
        };
    }

    private static SeriesRequest series(Request request) throws Wrong {
        try {
            return new SeriesRequest(
                    SeriesRequest.Axis.of(request.first("x", "step")),
                    number(request, "from", Double.NEGATIVE_INFINITY),
                    number(request, "to", Double.POSITIVE_INFINITY),
                    (int) whole(request, "points", SeriesRequest.USUAL_POINTS, SeriesRequest.MOST_POINTS),
                    number(request, "smooth", 0));
        } catch (IllegalArgumentException e) {
            throw new Wrong(400, String.valueOf(e.getMessage()));
        }
    }

    private LiveRun run(Request request) throws Wrong {
        return run(request.first("id", ""));
    }

    private LiveRun run(String id) throws Wrong {
        return runs.run(id).orElseThrow(() -> unknown(id));
    }

    private static Wrong unknown(String id) {
        return new Wrong(404, id.isEmpty() ? "'id' is missing" : "there is no run of this id");
    }

    private static long whole(Request request, String key, long ifAbsent, long most) throws Wrong {
        String text = request.first(key, "");
        if (text.isEmpty()) {
            return ifAbsent;
        }
        try {
            long value = Long.parseLong(text);
            if (value >= 0 && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw new Wrong(400, "'" + key + "' must be a whole number from 0 to " + most);
    }

    private static double number(Request request, String key, double ifAbsent) throws Wrong {
        String text = request.first(key, "");
        try {
            return text.isEmpty() ? ifAbsent : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new Wrong(400, "'" + key + "' must be a number");
        }
    }

    /** The name of a run: that of its folder. */
    private static String name(LiveRun run) {
        return String.valueOf(run.folder().toAbsolutePath().normalize().getFileName());
    }

    /** The name of a download: that of the run, in ASCII for old clients and in full. */
    private static String attachment(LiveRun run, String ending) {
        String name = name(run) + "." + ending;
        String plain = name.replaceAll("[^A-Za-z0-9._-]", "_");
        String full = URLEncoder.encode(name, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A");
        return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + full;
    }
}
