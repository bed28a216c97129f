package dev.stride.voice;

import dev.stride.config.UserException;
import dev.stride.voice.EngineState.Part;
import java.io.File;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The engines of this machine and of the services that its user has keys for. One for a process; it holds what calls share:
 * threads, connections and the model of voice activity.
 *
 * <p>Nothing is asked of a service before a call needs it, so a service counts as ready when its address and its keys are
 * there.
 */
public final class VoiceEngines implements AutoCloseable {
    private static final String SERVICE = "not asked before a call";

    private final VoiceSettings settings;
    private final Map<String, String> environment;
    private final ExecutorService threads = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "voice-engine");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpClient client;
    private final List<EngineState> states = new ArrayList<>();
    private final List<Recognizer> recognizers = new ArrayList<>();
    private final List<Speaker> speakers = new ArrayList<>();
    private final @Nullable SileroModel model;
    private @Nullable Doubao dialogue;

    /**
     * Looks at what there is.
     *
     * @param environment where keys and PATH are
     */
    public VoiceEngines(VoiceSettings settings, Map<String, String> environment) {
        this.settings = settings;
        this.environment = environment;
        // version 1.1: the offer of version 2 in clear text confuses some servers
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .executor(threads)
                .build();
        model = lookForActivity();
        for (String name : order(settings.recognizers(), VoiceSettings.HEARING)) {
            lookForRecognizer(name);
        }
        for (String name : order(settings.speakers(), VoiceSettings.SPEAKING)) {
            lookForSpeaker(name);
        }
    }

    /** Each engine that the settings allow, and whether it can be used here. */
    public List<EngineState> ready() {
        return List.copyOf(states);
    }

    /** The engines that hear and are ready, the first choice first. */
    public List<Recognizer> recognizers() {
        return List.copyOf(recognizers);
    }

    /** The engines that speak and are ready, the first choice first. */
    public List<Speaker> speakers() {
        return List.copyOf(speakers);
    }

    /** Whether a call can be heard here. */
    public boolean canHear() {
        return dialogue != null || !recognizers.isEmpty();
    }

    /** A detector of speech for one call. */
    public VoiceActivity activity() {
        return model == null ? new EnergyActivity() : model.open();
    }

    /**
     * What a call is made of, with all that is ready.
     *
     * @param wish the name of a voice; empty for that of the settings
     * @throws UserException when nothing here hears
     */
    public CallParts parts(Answerer answerer, String wish) {
        if (!canHear()) {
            throw new UserException("No engine that hears is ready on this machine: "
                    + String.join(
                            "; ",
                            states.stream()
                                    .filter(state -> state.part() == Part.HEARS)
                                    .map(state -> state.name() + ": " + state.advice())
                                    .toList()));
        }
        List<Recognizer> ears = new ArrayList<>(recognizers);
        List<Speaker> mouths = new ArrayList<>(speakers);
        if (dialogue != null) {
            VoiceSettings.DoubaoChoice choice = settings.doubao();
            DoubaoDialogue own = new DoubaoDialogue(
                    dialogue,
                    new DialogueChoice(
                            secret(choice.dialogueKeyVariable()), choice.dialogueModel(), choice.dialogueVoice()),
                    client);
            ears.add(0, own);
            mouths.add(0, own);
        }
        return parts(ears, mouths, answerer, wish);
    }

    /** The same without ears, for a call whose questions come as text. */
    public CallParts deafParts(Answerer answerer, String wish) {
        return parts(List.of(), speakers, answerer, wish);
    }

    private CallParts parts(List<Recognizer> ears, List<Speaker> mouths, Answerer answerer, String wish) {
        return new CallParts(
                activity(),
                ears,
                mouths,
                answerer,
                wish.isEmpty() ? settings.voice() : wish,
                TurnSettings.of(ears),
                SpeechText.Lengths.USUAL,
                settings.aheadMillis());
    }

    @Override
    public void close() {
        recognizers.forEach(Recognizer::close);
        speakers.forEach(Speaker::close);
        if (model != null) {
            model.close();
        }
        threads.shutdownNow();
    }

    private @Nullable SileroModel lookForActivity() {
        Path file = settings.activityModel().orElse(null);
        if (file == null) {
            states.add(new EngineState(
                    "energy",
                    Part.ACTIVITY,
                    true,
                    "this program",
                    "a Silero model tells speech from noise better: --voice activity-model=FILE.onnx"));
            return null;
        }
        try {
            SileroModel loaded = new SileroModel(file);
            states.add(new EngineState("silero", Part.ACTIVITY, true, file.toString(), ""));
            return loaded;
        } catch (UserException e) {
            states.add(new EngineState("silero", Part.ACTIVITY, false, file.toString(), SpeechServer.reason(e)));
            states.add(new EngineState("energy", Part.ACTIVITY, true, "this program", ""));
            return null;
        }
    }

    private void lookForRecognizer(String name) {
        switch (name) {
            case VoiceSettings.POCKETSPHINX ->
                program(
                                name,
                                Part.HEARS,
                                "pocketsphinx_continuous",
                                "apt install pocketsphinx pocketsphinx-en-us (English)")
                        .ifPresent(path -> recognizers.add(CommandRecognizer.pocketsphinx(path, threads)));
            case VoiceSettings.COMMAND -> {
                if (settings.command().isEmpty()) {
                    missing(name, Part.HEARS, "--voice command=\"PROGRAM ARGUMENTS\" names a program that hears");
                } else {
                    String program = settings.command().get(0);
                    program(name, Part.HEARS, program, program + " is not on this machine")
                            .ifPresent(path -> {
                                List<String> words = new ArrayList<>(settings.command());
                                words.set(0, path);
                                recognizers.add(new CommandRecognizer(name, words, threads));
                            });
                }
            }
            case VoiceSettings.SERVER ->
                server(name, Part.HEARS).ifPresent(server -> recognizers.add(new ServerRecognizer(server, client)));
            case VoiceSettings.FUNASR ->
                settings.funAsr()
                        .ifPresentOrElse(
                                address -> {
                                    states.add(new EngineState(name, Part.HEARS, true, address.toString(), ""));
                                    recognizers.add(new FunAsrRecognizer(address, client));
                                },
                                () -> missing(name, Part.HEARS, "--voice funasr=ws://HOST:10095 names its websocket"));
            case VoiceSettings.DOUBAO ->
                doubao(name, Part.HEARS)
                        .ifPresent(doubao -> recognizers.add(new DoubaoRecognizer(
                                doubao,
                                settings.doubao().hearResource(),
                                settings.doubao().isSequenced(),
                                client)));
            case VoiceSettings.DIALOGUE -> lookForDialogue(name);
            default -> throw new IllegalArgumentException("an engine that nobody knows: " + name);
        }
    }

    private void lookForDialogue(String name) {
        VoiceSettings.DoubaoChoice choice = settings.doubao();
        Doubao keys = keys(choice);
        if (keys.appId().isEmpty()
                || keys.accessKey().isEmpty()
                || secret(choice.dialogueKeyVariable()).isEmpty()) {
            missing(
                    name,
                    Part.HEARS,
                    "put its keys into " + choice.appVariable() + ", " + choice.tokenVariable() + " and "
                            + choice.dialogueKeyVariable());
            return;
        }
        dialogue = keys;
        states.add(new EngineState(name, Part.HEARS, true, choice.base().getHost() + " (" + SERVICE + ")", ""));
        states.add(new EngineState(name, Part.SPEAKS, true, choice.base().getHost() + " (" + SERVICE + ")", ""));
    }

    private Doubao keys(VoiceSettings.DoubaoChoice choice) {
        return new Doubao(
                choice.base(),
                secret(choice.appVariable()),
                secret(choice.tokenVariable()),
                secret(choice.keyVariable()));
    }

    private void lookForSpeaker(String name) {
        switch (name) {
            case VoiceSettings.ESPEAK ->
                program(name, Part.SPEAKS, "espeak-ng", "apt install espeak-ng (Chinese and English)")
                        .ifPresent(
                                path -> speakers.add(CommandSpeaker.espeak(path, settings.wordsPerMinute(), threads)));
            case VoiceSettings.FESTIVAL ->
                program(name, Part.SPEAKS, "text2wave", "apt install festival festvox-us-slt-hts (English)")
                        .ifPresent(path -> speakers.add(CommandSpeaker.festival(path, threads)));
            case VoiceSettings.SERVER ->
                server(name, Part.SPEAKS).ifPresent(server -> speakers.add(new ServerSpeaker(server, client, threads)));
            case VoiceSettings.DOUBAO ->
                doubao(name, Part.SPEAKS)
                        .ifPresent(doubao -> speakers.add(new DoubaoSpeaker(
                                doubao,
                                settings.doubao().speakResource(),
                                voices(settings.doubao().voices()),
                                client)));
            default -> throw new IllegalArgumentException("an engine that nobody knows: " + name);
        }
    }

    private Optional<SpeechServer> server(String name, Part part) {
        VoiceSettings.Server choice = settings.server().orElse(null);
        if (choice == null) {
            missing(name, part, "--voice server=http://HOST/v1 names a server with OpenAI's paths");
            return Optional.empty();
        }
        String model = part == Part.HEARS ? choice.hearModel() : choice.speakModel();
        if (model.isEmpty()) {
            missing(
                    name,
                    part,
                    "--voice server-" + (part == Part.HEARS ? "hear" : "speak") + "-model=NAME names its model");
            return Optional.empty();
        }
        states.add(new EngineState(name, part, true, choice.base() + " (" + SERVICE + ")", ""));
        return Optional.of(new SpeechServer(
                choice.base(),
                secret(choice.keyVariable()),
                model,
                choice.voices(),
                choice.language(),
                choice.format(),
                choice.rate()));
    }

    private Optional<Doubao> doubao(String name, Part part) {
        VoiceSettings.DoubaoChoice choice = settings.doubao();
        Doubao doubao = keys(choice);
        boolean both = !doubao.appId().isEmpty() && !doubao.accessKey().isEmpty();
        if (!both && doubao.apiKey().isEmpty()) {
            missing(
                    name,
                    part,
                    "put its keys into " + choice.appVariable() + " and " + choice.tokenVariable() + ", or into "
                            + choice.keyVariable());
            return Optional.empty();
        }
        states.add(new EngineState(name, part, true, choice.base().getHost() + " (" + SERVICE + ")", ""));
        return Optional.of(doubao);
    }

    private Secret secret(String variable) {
        return new Secret(variable, environment.getOrDefault(variable, "").strip());
    }

    private Optional<String> program(String name, Part part, String program, String advice) {
        Optional<String> found = find(program);
        if (found.isPresent()) {
            states.add(new EngineState(name, part, true, found.get(), ""));
        } else {
            missing(name, part, advice);
        }
        return found;
    }

    private Optional<String> find(String program) {
        Stream<Path> places = program.contains(File.separator)
                ? Stream.of(Path.of(program))
                : Arrays.stream(environment.getOrDefault("PATH", "").split(File.pathSeparator))
                        .filter(folder -> !folder.isEmpty())
                        .map(folder -> Path.of(folder, program));
        return places.filter(path -> Files.isRegularFile(path) && Files.isExecutable(path))
                .map(Path::toString)
                .findFirst();
    }

    private void missing(String name, Part part, String advice) {
        states.add(new EngineState(name, part, false, "", advice));
    }

    private static List<Speaker.Voice> voices(String names) {
        return Arrays.stream(names.split(","))
                .map(String::strip)
                .map(name -> new Speaker.Voice(name, name, name.startsWith("en") ? "en" : "zh"))
                .toList();
    }

    private static List<String> order(List<String> wanted, List<String> all) {
        return wanted.isEmpty() ? all : wanted;
    }
}
