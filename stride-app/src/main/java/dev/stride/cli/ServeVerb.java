package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "serve",
        description = {
            "Shows all runs and sweeps below a folder on a local page, as they go on; who has the printed token can also"
                    + " stop a run, evaluate, halve its rate or add a note. Ctrl-C ends it."
        },
        footer = {"", "Example: stride serve runs   (then open the address that it prints)"})
final class ServeVerb implements Verb {
    private final Console console;

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
            defaultValue = "" + Dashboard.PORT,
            description = "Port; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(names = "--json", description = "Print url, token and port as one JSON document.")
    private boolean json;

    ServeVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Path runs = check();
        PageAddress address = new PageAddress(host, port);
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
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return ExitStatus.DONE;
    }

    private Path check() {
        List<Problem> problems = new ArrayList<>();
        Path runs = folder;
        if (runs == null) {
            problems.add(Problem.of("RUNS_DIR", "nothing", "the folder of the runs, for example: stride serve runs"));
        } else if (!Files.isDirectory(runs)) {
            problems.add(Problem.of(
                    "RUNS_DIR",
                    runs.toString(),
                    "a folder that exists; stride train makes runs/ when the first run starts"));
        }
        PageAddress.check("--port", port, problems);
        if (runs == null || !problems.isEmpty()) {
            throw new UserException("there is nothing to be served like this", problems);
        }
        return runs;
    }
}
