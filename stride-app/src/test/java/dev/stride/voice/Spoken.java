package dev.stride.voice;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Speech that espeak-ng makes for tests; where it is missing they are skipped, visibly. */
public final class Spoken {
    private Spoken() {}

    static Pcm english(String text) throws Exception {
        return say("en-us", text);
    }

    static Pcm chinese(String text) throws Exception {
        return say("cmn-latn-pinyin", text);
    }

    /** A program of this machine; skips the test, visibly, where it is missing. */
    public static Path requireProgram(String name) {
        String path = System.getenv("PATH");
        return Arrays.stream(path == null ? new String[0] : path.split(File.pathSeparator))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseGet(() -> {
                    assumeTrue(
                            false,
                            "SKIPPED: " + name + " is not installed on this machine (apt install "
                                    + name.replace("_continuous", " pocketsphinx-en-us") + ")");
                    throw new AssertionError("unreachable");
                });
    }

    private static Pcm say(String voice, String text) throws Exception {
        Path program = requireProgram("espeak-ng");
        Process process = new ProcessBuilder(List.of(program.toString(), "-v", voice, "--stdout", "--", text)).start();
        byte[] wav = process.getInputStream().readAllBytes();
        if (process.waitFor() != 0) {
            throw new AssertionError("espeak-ng failed");
        }
        return WavReader.read(wav).at(Pcm.SPEECH_RATE);
    }
}
