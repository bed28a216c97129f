package dev.stride.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.ChatEngine;
import dev.stride.chat.EngineSettings;
import dev.stride.chat.LoadedModel;
import dev.stride.chat.ServedModel;
import dev.stride.config.RunConfig;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.serve.ApiLog;
import dev.stride.serve.ChatServer;
import dev.stride.serve.ChatSettings;
import dev.stride.train.Preparation;
import dev.stride.voice.VoiceEngines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;

/** A model that is served: the engine, its HTTP server, and what is said about them. */
final class ModelServer {
    private final Console console;
    private final RunConfig config;
    private final ChatServeOptions options;
    private final PageAddress address;

    ModelServer(Console console, RunConfig config, ChatServeOptions options, PageAddress address) {
        this.console = console;
        this.config = config;
        this.options = options;
        this.address = address;
    }

    /**
     * Loads, serves until Ctrl-C, and ends in order.
     *
     * @param given a model's folder or a run's
     * @param json whether the address is printed as JSON
     */
    void run(Path given, boolean json) throws InterruptedException {
        ChatSource source = ChatSource.of(given);
        String own = options.name();
        source = own == null ? source : source.named(own);
        Map<String, ChatSettings.RunFacts> facts = new LinkedHashMap<>();
        Map<String, Path> runs = new LinkedHashMap<>();
        note(source.first(), given, facts, runs);
        for (Map.Entry<String, Path> adapter : options.adapters().entrySet()) {
            source = source.with(adapter.getKey(), adapter.getValue());
            note(source.name() + ":" + adapter.getKey(), adapter.getValue(), facts, runs);
        }
        console.say("loading " + source.folder() + " ...");
        ChatSettings settings = new ChatSettings(
                address.socket(),
                PageAddress.newToken(),
                options.keys(),
                options.origins(),
                options.aliases(source.first()),
                options.defaults(),
                facts,
                version(),
                options.isLenient());
        try (ChatEngine engine = engine(source)) {
            CountDownLatch end = PageAddress.untilInterrupted();
            ChatServer server = ChatServer.start(
                    engine,
                    settings,
                    InstantSource.system(),
                    this::log,
                    new VoiceEngines(options.voice(), System.getenv()),
                    new ServedRuns(runs));
            try {
                tell(server, settings, engine, json);
                end.await();
                console.say("");
                console.say("no new requests; answers that are under way have " + options.graceSeconds()
                        + " s. Ctrl-C again ends at once");
                atOnce(engine);
            } finally {
                server.close(Duration.ofSeconds(options.graceSeconds()));
            }
        }
    }

    private ChatEngine engine(ChatSource source) {
        LoadedModel loaded = source.load(config);
        EngineSettings settings = options.engine(
                Preparation.machine(config.train().device()).memoryBytes(),
                loaded.model().weightBytes());
        try {
            return ChatEngine.start(List.of(loaded), settings);
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
    }

    private void tell(ChatServer server, ChatSettings settings, ChatEngine engine, boolean json) {
        String root = address.url(server.port());
        boolean free = address.isLoopback() && settings.keys().isEmpty();
        String page = root + (free ? "/chat/" : "/?token=" + settings.token());
        String key = free ? "none" : settings.keys().isEmpty() ? settings.token() : "yours";
        List<String> names = engine.models().stream().map(ServedModel::name).toList();
        if (json) {
            ObjectNode document = Json.object()
                    .put("url", page)
                    .put("base_url", root + "/v1")
                    .put("token", settings.token())
                    .put("port", server.port());
            names.forEach(document.putArray("models")::add);
            console.print(Json.text(document));
        } else {
            console.print(page);
        }
        console.say("call: " + root + (free ? "/call/" : "/call?token=" + settings.token()));
        console.say("chat: open this address. OpenAI's clients: base_url " + root + "/v1, api_key " + key + ", model "
                + String.join(" or ", names));
        console.say("at most " + engine.models().get(0).contextLength() + " tokens of prompt and answer. Ctrl-C ends");
        if (!address.isLoopback()) {
            console.say("warning: other machines can reach this server, and nothing on its way is encrypted");
        }
    }

    private void log(ApiLog.Line line) {
        if (options.isQuiet() || !line.path().startsWith("/v1/")) {
            return;
        }
        StringBuilder text = new StringBuilder(line.method() + " " + line.path() + " " + line.status());
        if (!line.ends().isEmpty()) {
            ChatEnd first = line.ends().get(0);
            int fresh = line.ends().stream().mapToInt(ChatEnd::newTokens).sum();
            text.append(String.format(
                    Locale.ROOT,
                    "  %s  %d (%d cached) + %d tokens, first after %d ms, %s",
                    line.model(),
                    first.promptTokens(),
                    first.cachedTokens(),
                    fresh,
                    first.firstToken().toMillis(),
                    first.reason().name().toLowerCase(Locale.ROOT)));
        }
        console.say(text + String.format(Locale.ROOT, "  %.2f s", line.total().toNanos() / 1e9));
    }

    private static void atOnce(ChatEngine engine) {
        for (String name : new String[] {"INT", "TERM"}) {
            Signal.handle(new Signal(name), signal -> engine.close(Duration.ZERO));
        }
    }

    /** What a run tells of the model that came of it; what cannot be read is not told. */
    private static void note(
            String model, Path folder, Map<String, ChatSettings.RunFacts> facts, Map<String, Path> runs) {
        if (!EventReader.isRun(folder)) {
            return;
        }
        runs.put(model, folder);
        double peak = Double.NaN;
        long step = 0;
        String metric = "";
        double value = Double.NaN;
        try {
            Path plan = folder.resolve(RunStore.PLAN);
            if (Files.isRegularFile(plan)) {
                JsonNode rate = Json.mapper().readTree(plan.toFile()).path("lr").path("peak");
                peak = rate.isNumber() ? rate.doubleValue() : peak;
            }
            Path result = folder.resolve(RunStore.RESULT);
            RunResult.Best best = Files.isRegularFile(result)
                    ? RunResult.fromJson(Json.mapper().readTree(result.toFile()))
                            .best()
                    : null;
            if (best != null) {
                step = best.step();
                metric = best.metric();
                value = best.value();
            }
        } catch (IOException | RuntimeException e) {
            return;
        }
        facts.put(model, new ChatSettings.RunFacts(ChatSource.nameOf(folder), peak, step, metric, value));
    }

    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }
}
