package dev.stride.voice;

import dev.stride.config.Nearest;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which engines hear and speak in a call and how they are reached. Keys are never in settings, only the names of the
 * environment variables that hold them.
 *
 * @param recognizers engines that hear, the first one that is ready is taken and the others stand in; empty for all that are
 *     ready
 * @param speakers engines that speak, in the same way
 * @param voice the wish for a voice, empty for the engine's first
 * @param activityModel a Silero model in ONNX form; without it speech is told by energy and pitch
 * @param server a server with OpenAI's paths, if there is one
 * @param doubao Doubao's services
 * @param funAsr the websocket of a FunASR runtime, if there is one
 * @param command a program that hears and its arguments: {@code {wav}} stands for a file, without it the sound comes on its
 *     input; empty for none
 * @param wordsPerMinute the speed of espeak-ng, 80 to 450
 * @param aheadMillis how far ahead of the player sound is given out
 */
public record VoiceSettings(
        List<String> recognizers,
        List<String> speakers,
        String voice,
        Optional<Path> activityModel,
        Optional<Server> server,
        DoubaoChoice doubao,
        Optional<URI> funAsr,
        List<String> command,
        int wordsPerMinute,
        int aheadMillis) {
    /**
     * A server with OpenAI's paths.
     *
     * @param base its address up to and with {@code /v1}
     * @param keyVariable the environment variable with its key
     * @param hearModel the model for transcriptions, empty if it only speaks
     * @param speakModel the model for speech, empty if it only hears
     * @param voices voices to offer, separated by commas
     * @param language two letters to help the recognizer, or empty
     * @param format pcm or wav
     * @param rate samples a second of pcm
     */
    public record Server(
            URI base,
            String keyVariable,
            String hearModel,
            String speakModel,
            String voices,
            String language,
            String format,
            int rate) {}

    /**
     * Doubao's services, which are used when their keys are in the environment.
     *
     * @param base their common address
     * @param appVariable the environment variable with the application's id
     * @param tokenVariable the environment variable with its access token
     * @param keyVariable the environment variable with the newer single key, which is enough alone
     * @param hearResource the resource id of recognition
     * @param speakResource the resource id of speech
     * @param voices voices to offer, separated by commas; they must fit the resource
     * @param isSequenced whether packets of recognition are numbered
     * @param dialogueKeyVariable the environment variable with the fixed value that the console shows for the dialogue
     * @param dialogueModel the model of the dialogue
     * @param dialogueVoice a voice that fits it
     */
    public record DoubaoChoice(
            URI base,
            String appVariable,
            String tokenVariable,
            String keyVariable,
            String hearResource,
            String speakResource,
            String voices,
            boolean isSequenced,
            String dialogueKeyVariable,
            String dialogueModel,
            String dialogueVoice) {}

    static final String POCKETSPHINX = "pocketsphinx";
    static final String ESPEAK = "espeak-ng";
    static final String FESTIVAL = "festival";
    static final String SERVER = "server";
    static final String DOUBAO = "doubao";
    static final String FUNASR = "funasr";
    static final String COMMAND = "command";
    /** One socket that hears and speaks; it is used only where it is asked for, since it costs more. */
    static final String DIALOGUE = "doubao-dialogue";

    static final List<String> HEARING = List.of(COMMAND, SERVER, FUNASR, DOUBAO, POCKETSPHINX);
    static final List<String> SPEAKING = List.of(SERVER, DOUBAO, ESPEAK, FESTIVAL);

    private static final Map<String, String> DEFAULTS = defaults();

    private static Map<String, String> defaults() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("recognizer", "auto");
        all.put("speaker", "auto");
        all.put("voice", "");
        all.put("activity-model", "");
        all.put("server", "");
        all.put("server-key", "OPENAI_API_KEY");
        all.put("server-hear-model", "whisper-1");
        all.put("server-speak-model", "tts-1");
        all.put("server-voices", "alloy");
        all.put("server-language", "");
        all.put("server-format", "pcm");
        all.put("server-rate", "24000");
        all.put("doubao", "wss://openspeech.bytedance.com");
        all.put("doubao-app", "DOUBAO_APP_ID");
        all.put("doubao-token", "DOUBAO_ACCESS_TOKEN");
        all.put("doubao-key", "DOUBAO_API_KEY");
        all.put("doubao-hear-resource", "volc.bigasr.sauc.duration");
        all.put("doubao-speak-resource", "seed-tts-1.0");
        all.put("doubao-voices", "zh_female_shuangkuaisisi_moon_bigtts");
        all.put("doubao-sequenced", "false");
        all.put("doubao-dialogue-key", "DOUBAO_APP_KEY");
        all.put("doubao-dialogue-model", "O");
        all.put("doubao-dialogue-voice", "zh_female_vv_jupiter_bigtts");
        all.put("funasr", "");
        all.put("command", "");
        all.put("words-per-minute", "170");
        all.put("ahead", Integer.toString(CallParts.USUAL_AHEAD));
        return all;
    }

    /** The names that {@link #of} takes and their values where nothing is given. */
    public static Map<String, String> names() {
        return Map.copyOf(DEFAULTS);
    }

    private static List<String> with(List<String> names, String more) {
        List<String> all = new ArrayList<>(names);
        all.add(more);
        return all;
    }

    /** Settings where nothing is given. */
    public static VoiceSettings usual() {
        return of(Map.of());
    }

    /**
     * Settings by their names.
     *
     * @throws UserException with everything that is wrong
     */
    public static VoiceSettings of(Map<String, String> given) {
        Reader read = new Reader(given);
        for (String name : given.keySet()) {
            if (!DEFAULTS.containsKey(name)) {
                read.problems.add(new Problem(
                        "voice." + name, "an unknown setting", "", "", Nearest.advice(name, DEFAULTS.keySet())));
            }
        }
        URI server = read.address("server", "http", "https");
        URI doubao = read.address("doubao", "wss", "ws");
        URI funAsr = read.address("funasr", "ws", "wss");
        String model = read.text("activity-model");
        VoiceSettings settings = new VoiceSettings(
                read.engines("recognizer", with(HEARING, DIALOGUE)),
                read.engines("speaker", SPEAKING),
                read.text("voice"),
                model.isEmpty() ? Optional.empty() : Optional.of(Path.of(model)),
                Optional.ofNullable(server)
                        .map(base -> new Server(
                                base,
                                read.variable("server-key"),
                                read.text("server-hear-model"),
                                read.text("server-speak-model"),
                                read.text("server-voices"),
                                read.text("server-language"),
                                read.word("server-format", List.of("pcm", "wav")),
                                read.number("server-rate", 8_000, 48_000))),
                new DoubaoChoice(
                        doubao == null ? URI.create(DEFAULTS.getOrDefault("doubao", "")) : doubao,
                        read.variable("doubao-app"),
                        read.variable("doubao-token"),
                        read.variable("doubao-key"),
                        read.text("doubao-hear-resource"),
                        read.text("doubao-speak-resource"),
                        read.text("doubao-voices"),
                        read.word("doubao-sequenced", List.of("true", "false")).equals("true"),
                        read.variable("doubao-dialogue-key"),
                        read.text("doubao-dialogue-model"),
                        read.text("doubao-dialogue-voice")),
                Optional.ofNullable(funAsr),
                read.words("command"),
                read.number("words-per-minute", 80, 450),
                read.number("ahead", 0, 5_000));
        if (!read.problems.isEmpty()) {
            throw new UserException("The settings of calls do not work:", read.problems);
        }
        return settings;
    }

    /** Reads values and keeps what is wrong with them. */
    private static final class Reader {
        final List<Problem> problems = new ArrayList<>();
        private final Map<String, String> given;

        Reader(Map<String, String> given) {
            this.given = given;
        }

        String text(String name) {
            return given.getOrDefault(name, DEFAULTS.getOrDefault(name, "")).strip();
        }

        String word(String name, List<String> allowed) {
            String value = text(name);
            if (!allowed.contains(value)) {
                wrong(name, value, String.join(", ", allowed));
            }
            return value;
        }

        /** The name of a variable; a key itself, given by mistake, is not repeated. */
        String variable(String name) {
            String value = text(name);
            if (!value.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                wrong(
                        name,
                        "something of " + value.length() + " characters",
                        "the name of the environment variable that holds the key, not the key");
            }
            return value;
        }

        int number(String name, int least, int most) {
            String value = text(name);
            try {
                int number = Integer.parseInt(value);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // told below, as a number out of range is
                return wrongNumber(name, value, least, most);
            }
            return wrongNumber(name, value, least, most);
        }

        private int wrongNumber(String name, String value, int least, int most) {
            wrong(name, value, least + " to " + most);
            return least;
        }

        @Nullable
        URI address(String name, String... schemes) {
            String value = text(name);
            if (value.isEmpty()) {
                return null;
            }
            try {
                URI address = URI.create(value);
                if (address.getHost() != null && Arrays.asList(schemes).contains(address.getScheme())) {
                    if (address.getUserInfo() == null) {
                        return address;
                    }
                    wrong(name, "an address with a password in it", "an address without; keys go into the environment");
                    return null;
                }
            } catch (IllegalArgumentException e) {
                wrong(name, value, "an address that begins with " + String.join(":// or ", schemes) + "://");
                return null;
            }
            wrong(name, value, "an address that begins with " + String.join(":// or ", schemes) + "://");
            return null;
        }

        List<String> engines(String name, List<String> known) {
            String value = text(name);
            if (value.equals("auto")) {
                return List.of();
            }
            List<String> engines =
                    Arrays.stream(value.split(",")).map(String::strip).toList();
            for (String engine : engines) {
                if (!known.contains(engine)) {
                    problems.add(new Problem(
                            "voice." + name,
                            engine,
                            "auto, or some of " + String.join(", ", known) + ", the first choice first",
                            "",
                            Nearest.advice(engine, known)));
                }
            }
            return engines;
        }

        /** Words separated by spaces, with double quotes around one that has spaces; no shell reads them. */
        List<String> words(String name) {
            List<String> words = new ArrayList<>();
            StringBuilder word = new StringBuilder();
            boolean quoted = false;
            for (char c : (text(name) + " ").toCharArray()) {
                if (c == '"') {
                    quoted = !quoted;
                } else if (c == ' ' && !quoted) {
                    if (!word.isEmpty()) {
                        words.add(word.toString());
                        word.setLength(0);
                    }
                } else {
                    word.append(c);
                }
            }
            if (quoted) {
                wrong(name, text(name), "a program and its arguments, quotes in pairs");
            }
            return words;
        }

        private void wrong(String name, String value, String allowed) {
            problems.add(Problem.of("voice." + name, value, allowed));
        }
    }
}
