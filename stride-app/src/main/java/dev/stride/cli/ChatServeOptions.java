package dev.stride.cli;

import dev.stride.chat.EngineSettings;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.serve.ChatDefaults;
import dev.stride.voice.VoiceSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code serve --model} takes besides: adapters and names, who may ask, and how much at a time. */
final class ChatServeOptions {
    private static final String KEY_VARIABLE = "STRIDE_API_KEY";
    private static final int NOT_GIVEN = -1;

    @Option(
            names = "--adapter",
            paramLabel = "[NAME=]DIR",
            description =
                    "An adapter, or a run's folder, that answers beside the base as BASE:NAME; may be given several times.")
    private List<String> adapters = new ArrayList<>();

    @Option(names = "--name", paramLabel = "NAME", description = "The base's name. Default: the name of its folder.")
    private @Nullable String name;

    @Option(
            names = "--alias",
            paramLabel = "ALIAS[=NAME]",
            description =
                    "Another name of a model, for programs that have one built in, for example gpt-4o-mini. Without NAME: the"
                            + " first adapter, or the base where there is none.")
    private List<String> aliases = new ArrayList<>();

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description = "A key that programs must send; may be given several times. Also from the environment: "
                    + KEY_VARIABLE + ". Default: none on this machine alone, else the printed one.")
    private List<String> keys = new ArrayList<>();

    @Option(
            names = "--cors",
            paramLabel = "ORIGIN",
            description = "A page elsewhere that may ask from a browser, for example http://localhost:3000; * for all.")
    private List<String> origins = new ArrayList<>();

    @Option(
            names = "--answers",
            paramLabel = "N",
            defaultValue = "" + EngineSettings.ANSWERS,
            description = "Answers at a time. Default: ${DEFAULT-VALUE}.")
    private int answers;

    @Option(
            names = "--waiting",
            paramLabel = "N",
            defaultValue = "" + EngineSettings.WAITING,
            description = "Requests that may wait besides; one more gets status 429. Default: ${DEFAULT-VALUE}.")
    private int waiting;

    @Option(
            names = "--cache-mib",
            paramLabel = "N",
            description =
                    "Memory for keys and values. Default: a quarter of what the weights leave, from 64 to 16384 MiB.")
    private int cacheMib = NOT_GIVEN;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "New tokens where a request names no number. Default: what the context leaves.")
    private int maxTokens = NOT_GIVEN;

    @Option(
            names = "--grace",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description =
                    "Ctrl-C lets answers that are under way go on for so long; a second one ends at once. Default:"
                            + " ${DEFAULT-VALUE}.")
    private int grace;

    @Option(
            names = "--voice",
            paramLabel = "NAME=VALUE",
            description = "A setting of calls, for example server=http://127.0.0.1:8001/v1; may be given several times"
                    + " (docs/call.md).")
    private Map<String, String> voice = new LinkedHashMap<>();

    @Option(
            names = "--ignore-unknown",
            description =
                    "Pass over keys of a request that are not known instead of refusing it, for services that send keys"
                            + " of their own.")
    private boolean lenient;

    @Option(names = "--quiet", description = "Do not print a line for each request.")
    private boolean quiet;

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    /** @throws UserException with everything that cannot be */
    void check() {
        List<Problem> problems = new ArrayList<>();
        atLeast("--answers", answers, 1, problems);
        atLeast("--waiting", waiting, 0, problems);
        atLeast("--grace", grace, 0, problems);
        if (cacheMib != NOT_GIVEN) {
            atLeast("--cache-mib", cacheMib, 1, problems);
        }
        if (maxTokens != NOT_GIVEN) {
            atLeast("--max-tokens", maxTokens, 1, problems);
        }
        for (String key : keys()) {
            if (!key.matches("[!-~]+")) {
                problems.add(Problem.of(
                        "--api-key", "a key with other characters", "letters, digits and signs of ASCII, no spaces"));
            }
        }
        for (String origin : origins) {
            if (!origin.equals("*") && !origin.matches("https?://[^/ ]+")) {
                problems.add(Problem.of("--cors", origin, "http://HOST[:PORT], https://HOST[:PORT] or *"));
            }
        }
        for (String adapter : adapters) {
            Path folder = Path.of(adapter.substring(adapter.indexOf('=') + 1));
            if (!Files.isDirectory(folder)) {
                problems.add(Problem.of("--adapter", adapter, "[NAME=]DIR, a folder that exists"));
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException("the model cannot be served like this", problems);
        }
    }

    /** The folders of the adapters by their names. */
    Map<String, Path> adapters() {
        Map<String, Path> named = new LinkedHashMap<>();
        for (String given : adapters) {
            int equals = given.indexOf('=');
            Path folder = Path.of(given.substring(equals + 1));
            String own = equals < 0 ? ChatSource.nameOf(folder) : given.substring(0, equals);
            if (named.put(own, folder) != null) {
                throw new UserException("--adapter: two are named " + own + "; give them names: NAME=DIR");
            }
        }
        return named;
    }

    @Nullable
    String name() {
        return name;
    }

    /** @param first the model that is meant where an alias names none */
    Map<String, String> aliases(String first) {
        Map<String, String> named = new LinkedHashMap<>();
        for (String given : aliases) {
            int equals = given.indexOf('=');
            named.put(
                    equals < 0 ? given : given.substring(0, equals), equals < 0 ? first : given.substring(equals + 1));
        }
        return named;
    }

    List<String> keys() {
        List<String> all = new ArrayList<>(keys);
        String own = System.getenv(KEY_VARIABLE);
        if (own != null && !own.isBlank()) {
            all.add(own.strip());
        }
        return all;
    }

    Set<String> origins() {
        return new LinkedHashSet<>(origins);
    }

    EngineSettings engine(long memoryBytes, long weightBytes) {
        EngineSettings planned = EngineSettings.planned(memoryBytes, weightBytes)
                .withAnswers(answers)
                .withWaiting(waiting);
        return cacheMib == NOT_GIVEN ? planned : planned.withCacheBytes((long) cacheMib << 20);
    }

    ChatDefaults defaults() {
        return sampling.defaults(maxTokens == NOT_GIVEN ? 0 : maxTokens);
    }

    /** @throws UserException with everything that is wrong in them */
    VoiceSettings voice() {
        return VoiceSettings.of(voice);
    }

    int graceSeconds() {
        return grace;
    }

    boolean isLenient() {
        return lenient;
    }

    boolean isQuiet() {
        return quiet;
    }

    private static void atLeast(String option, int given, int least, List<Problem> problems) {
        if (given < least) {
            problems.add(Problem.of(option, Integer.toString(given), "at least " + least));
        }
    }
}
