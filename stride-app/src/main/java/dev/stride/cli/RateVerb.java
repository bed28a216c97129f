package dev.stride.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.MetricWeight;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import dev.stride.report.BilingualText;
import dev.stride.search.SweepAnswer;
import dev.stride.search.SweepResult;
import dev.stride.search.Vote;
import dev.stride.search.Votes;
import dev.stride.serve.RatedSweep;
import dev.stride.serve.RatingCsv;
import dev.stride.serve.RatingDesk;
import dev.stride.serve.RatingServer;
import dev.stride.sweep.SweepJudge;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "rate",
        description =
                "Lets people compare two trials' answers to the same prompt, without their rates, on a local page;"
                        + " Ctrl-C ends it, and a later start goes on.",
        footer = {"", "Example: stride rate runs/sweep   (then open the address that it prints)"})
final class RateVerb implements Verb {
    private final Console console;

    @Parameters(paramLabel = "SWEEP", description = "The folder that stride sweep wrote.")
    private Path folder = Path.of(".");

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            description = "Address to listen on; 0.0.0.0 lets other machines in. Default: ${DEFAULT-VALUE}.")
    private String host = "127.0.0.1";

    @Option(names = "--port", defaultValue = "0", description = "Port; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            description = "Ask each person about N pairs at most. Default: all whose answers differ.")
    private @Nullable Integer pairs;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "Of the order of pairs and of their sides. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--export", paramLabel = "FILE.csv", description = "Write the votes as CSV and end.")
    private @Nullable Path export;

    @Option(names = "--json", description = "Print the scores as one JSON document and end.")
    private boolean json;

    RateVerb(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        check();
        RatedSweep sweep = RatedSweep.read(folder);
        if (export != null) {
            List<Vote> votes = Votes.read(folder);
            AtomicFile.write(export, RatingCsv.of(sweep, votes));
            console.say(counted(votes.size()) + " in " + export);
        }
        if (json) {
            ObjectNode result = RatingDesk.result(sweep, Votes.read(folder));
            answered().ifPresent(answer -> result.put("answer", answer.sentence()));
            console.print(Json.text(result));
        }
        if (export == null && !json) {
            serve(sweep);
            answered()
                    .ifPresent(answer -> console.print(
                            new BilingualText(answer.sentence(), answer.sentenceZh()).in(Reports.language())));
        }
        return ExitStatus.DONE;
    }

    /** The sweep's answer with the votes in it; empty where votes have no weight or the sweep goes on. */
    private Optional<SweepAnswer> answered() {
        SweepResult found = SweepJudge.again(folder);
        return found.weights().containsKey(MetricWeight.PEOPLE)
                ? Optional.ofNullable(found.answer())
                : Optional.empty();
    }

    private void check() {
        List<Problem> problems = new ArrayList<>();
        PageAddress.check("--port", port, problems);
        if (pairs != null && pairs < 1) {
            problems.add(Problem.of("--pairs", Integer.toString(pairs), "1 or more"));
        }
        if (export != null) {
            Path beside = export.toAbsolutePath().getParent();
            if (Files.isDirectory(export) || beside == null || !Files.isDirectory(beside)) {
                problems.add(Problem.of("--export", export.toString(), "a file in a folder that exists"));
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException("the votes cannot be taken like this", problems);
        }
    }

    private void serve(RatedSweep sweep) {
        CountDownLatch end = PageAddress.untilInterrupted();
        int limit = pairs == null ? Integer.MAX_VALUE : pairs;
        PageAddress address = new PageAddress(host, port);
        try (RatingDesk desk = RatingDesk.open(sweep, seed, limit, InstantSource.system());
                RatingServer server = RatingServer.start(desk, address.socket(), PageAddress.newToken())) {
            greet(sweep, desk, address, server);
            end.await();
            console.say("");
            console.say("stride: " + counted(desk.votes()) + " in " + folder.resolve(Votes.FILE));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void greet(RatedSweep sweep, RatingDesk desk, PageAddress address, RatingServer server) {
        console.print(address.url(server.port()) + server.path());
        console.say("Open this address. " + sweep.size() + " pairs differ, " + sweep.identical()
                + " are equal and are not shown; " + counted(desk.votes()) + " so far. Ctrl-C ends.");
        if (!sweep.leftOut().isEmpty()) {
            console.say("left out: " + String.join(", ", sweep.leftOut()));
        }
        if (!address.isLoopback()) {
            console.say("warning: other machines can reach this page, and nothing on its way is encrypted."
                    + " Whoever has the address can read the answers and vote"
                    + (address.isEverywhere() ? "; they put this machine's address for 127.0.0.1" : ""));
        }
    }

    private static String counted(int votes) {
        return votes + (votes == 1 ? " vote" : " votes");
    }
}
