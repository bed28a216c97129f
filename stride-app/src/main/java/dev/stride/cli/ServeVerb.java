package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "serve",
        description = {
            "Shows all runs and sweeps below a folder on a local page, as they go on; who has the printed token can also"
                    + " stop a run, evaluate, halve its rate or add a note.",
            "With --model: serves a model, or the model that a run made, as OpenAI's API and on a chat page.",
            "Ctrl-C ends either."
        },
        footer = {
            "",
            "Example: stride serve runs   (then open the address that it prints)",
            "         stride serve --model samples/model   (or a run: --model runs/first)"
        })
final class ServeVerb implements Verb {
    /** The port of a model unless another is asked for; the usual one of such servers. */
    private static final int CHAT_PORT = 8000;

    private final Console console;

    @Spec
    private CommandSpec spec;

    @Mixin
    private final ChatServeOptions chat = new ChatServeOptions();

    @Parameters(
            paramLabel = "RUNS_DIR",
            arity = "0..1",
            description = "The folder in or below which the folders of the runs are.")
    private @Nullable Path folder;

    @Option(
            names = "--host",
            defaultValue = PageAddress.LOOPBACK,
            description = "Address to listen on; 0.0.0.0 lets other machines in, and then all need the token."
                    + " Default: ${DEFAULT-VALUE}.")
    private String host = PageAddress.LOOPBACK;

    @Option(
            names = "--port",
            description = "Port; 0 takes a free one. Default: " + Dashboard.PORT + " for runs, " + CHAT_PORT
                    + " for a model.")
    private @Nullable Integer port;

    @Option(names = "--json", description = "Print url, token and port as one JSON document.")
    private boolean json;

    ServeVerb(Console console) {
        this.console = console;
    }

    @Override
    public List<String> knobs() {
        return List.of("model.path", "model.family", "train.precision", "train.device", "train.threads");
    }

    @Override
    public Integer call() {
        RunConfig config = KnobOptions.read(spec.commandLine().getParseResult());
        Path model = config.model().path();
        PageAddress address = check(model);
        try {
            if (model != null) {
                new ModelServer(console, config, chat, address).run(model, json);
            } else {
                showRuns(Objects.requireNonNull(folder), address);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitStatus.DONE;
    }

    private void showRuns(Path runs, PageAddress address) throws InterruptedException {
        try (Dashboard dashboard = Dashboard.open(runs, address)) {
            CountDownLatch end = PageAddress.untilInterrupted();
            if (json) {
                ObjectNode document = Json.object()
                        .put("url", dashboard.url())
                        .put("token", dashboard.token())
                        .put("port", dashboard.port());
                console.print(Json.text(document));
            } else {
                console.print(dashboard.url());
            }
            console.say("Open this address: with it a run can also be stopped or changed. Ctrl-C ends.");
            if (!address.isLoopback()) {
                console.say(
                        "warning: other machines can reach this page, and nothing on its way is encrypted. Whoever has"
                                + " the address can read all runs and change those that train"
                                + (address.isEverywhere() ? "; they put this machine's address for 127.0.0.1" : ""));
            }
            end.await();
            console.say("");
        }
    }

    private PageAddress check(@Nullable Path model) {
        List<Problem> problems = new ArrayList<>();
        if (folder == null && model == null) {
            problems.add(Problem.of(
                    "RUNS_DIR",
                    "nothing",
                    "the folder of the runs, for example: stride serve runs; or --model with a model's or a run's"
                            + " folder"));
        } else if (folder != null && model != null) {
            problems.add(Problem.of(
                    "RUNS_DIR",
                    folder + " beside --model " + model,
                    "one of them: runs and a model are served by two commands"));
        }
        Path served = folder == null ? model : folder;
        if (served != null && !Files.isDirectory(served)) {
            problems.add(Problem.of(
                    folder == null ? "--model" : "RUNS_DIR",
                    served.toString(),
                    folder == null
                            ? "a folder that exists: a checkpoint or a run"
                            : "a folder that exists; stride train makes runs/ when the first run starts"));
        }
        int chosen = port == null ? (model == null ? Dashboard.PORT : CHAT_PORT) : port;
        PageAddress.check("--port", chosen, problems);
        if (!problems.isEmpty()) {
            throw new UserException("there is nothing to be served like this", problems);
        }
        if (model != null) {
            chat.check();
            chat.voice();
        }
        return new PageAddress(host, chosen);
    }
}
