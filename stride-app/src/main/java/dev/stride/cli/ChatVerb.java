package dev.stride.cli;

import dev.stride.chat.ChatEngine;
import dev.stride.chat.EngineSettings;
import dev.stride.chat.LoadedModel;
import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.train.Preparation;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "chat",
        description = {
            "Talks with a model or a run in the terminal; /help says what can be typed. Ctrl-C stops an answer, and leaves where"
                    + " none is written. From a pipe, each line is a message."
        },
        footer = {"", "Example: stride chat samples/model --greedy   (or a run's folder: stride chat runs/first)"})
final class ChatVerb implements Verb {
    private final Console console;
    private final InputStream in;
    private final boolean terminal;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "RUN|MODEL",
            arity = "0..1",
            description = "A run's folder, of which the best checkpoint answers, or a model's; --model says the same.")
    private @Nullable Path given;

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "The system message that the conversation begins with.")
    private @Nullable String system;

    @Option(names = "--tools", paramLabel = "FILE", description = "A JSON array of tools that the model may call.")
    private @Nullable Path tools;

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    /**
     * The verb over an input.
     *
     * @param terminal whether a person types and reads, so that prompts are shown
     */
    ChatVerb(Console console, InputStream in, boolean terminal) {
        this.console = console;
        this.in = in;
        this.terminal = terminal;
    }

    @Override
    public List<String> knobs() {
        return List.of(
                "model.path",
                "model.family",
                "model.adapter",
                "eval.max_new_tokens",
                "train.precision",
                "train.device",
                "train.threads",
                "train.seed");
    }

    @Override
    public Integer call() {
        RunConfig config = KnobOptions.read(spec.commandLine().getParseResult());
        ChatSource source = source(config);
        LoadedModel loaded = source.load(config);
        EngineSettings settings = EngineSettings.planned(
                        Preparation.machine(config.train().device()).memoryBytes(),
                        loaded.model().weightBytes())
                .withAnswers(1);
        ChatEngine engine;
        try {
            engine = ChatEngine.start(List.of(loaded), settings);
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
        try (engine) {
            ChatSession session = new ChatSession(
                    console, terminal, engine, engine.model(source.first()), sampling.sampling(config, Set.of()));
            session.begin(system, tools);
            if (terminal) {
                ChatInterrupt.install(session);
            }
            session.run(new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)));
        }
        return ExitStatus.DONE;
    }

    private ChatSource source(RunConfig config) {
        Path model = config.model().path();
        if ((given == null) == (model == null)) {
            throw new UserException(
                    "who is to answer cannot be told",
                    List.of(Problem.of(
                            "RUN|MODEL",
                            given == null ? "nothing" : given + " and --model " + model,
                            "a run's or a model's folder, once: stride chat samples/model")));
        }
        Path folder = given == null ? model : given;
        if (folder == null || !Files.isDirectory(folder)) {
            throw new UserException("RUN|MODEL: " + folder + "; allowed: a folder that exists");
        }
        ChatSource source = ChatSource.of(folder);
        Path adapter = config.model().adapter();
        if (adapter == null) {
            return source;
        }
        if (!source.adapters().isEmpty()) {
            throw new UserException("model.adapter: " + adapter + "; but " + folder
                    + " is a run with an adapter of its own. Name the base with --model");
        }
        return source.with(ChatSource.nameOf(adapter), adapter);
    }
}
