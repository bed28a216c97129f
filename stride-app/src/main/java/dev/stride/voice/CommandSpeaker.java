package dev.stride.voice;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * A program of this machine that speaks: text on its input, WAV on its output, one process for each piece. A cancel ends
 * the process.
 */
final class CommandSpeaker implements Speaker {
    private static final int CHUNK = 4_096;

    private final String name;
    private final List<Voice> voices;
    private final BiFunction<String, String, List<String>> command;
    private final Executor threads;

    /**
     * A program.
     *
     * @param command the program and its arguments for a voice and a text; the text itself goes to its input
     */
    CommandSpeaker(
            String name, List<Voice> voices, BiFunction<String, String, List<String>> command, Executor threads) {
        this.name = name;
        this.voices = List.copyOf(voices);
        this.command = command;
        this.threads = threads;
    }

    /** espeak-ng: Chinese and English, each piece in the voice of its script. */
    static CommandSpeaker espeak(String program, int wordsPerMinute, Executor threads) {
        List<Voice> voices = List.of(
                new Voice("auto", "espeak-ng", "zh,en"),
                new Voice("auto+f3", "espeak-ng, higher", "zh,en"),
                new Voice("auto+m3", "espeak-ng, lower", "zh,en"));
        return new CommandSpeaker(
                "espeak-ng",
                voices,
                (voice, text) -> List.of(
                        program,
                        "-v",
                        (isChinese(text) ? "cmn-latn-pinyin" : "en-us") + voice.substring("auto".length()),
                        "-s",
                        Integer.toString(wordsPerMinute),
                        "-b",
                        "1",
                        "--stdin",
                        "--stdout"),
                threads);
    }

    /** Festival's text2wave: English. */
    static CommandSpeaker festival(String program, Executor threads) {
        return new CommandSpeaker(
                "festival",
                List.of(
                        new Voice("cmu_us_slt_arctic_hts", "Festival, slt", "en"),
                        new Voice("kal_diphone", "Festival, kal", "en")),
                (voice, text) -> List.of(program, "-eval", "(voice_" + voice + ")", "-o", "-"),
                threads);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Voice> voices() {
        return voices;
    }

    @Override
    public Session open(String wish, Listener listener) {
        String voice = voices.stream()
                .map(Voice::id)
                .filter(wish::equals)
                .findFirst()
                .orElse(voices.get(0).id());
        return new PieceSession(name, (text, sound, stop) -> speak(voice, text, sound, stop), listener, threads);
    }

    @Override
    public void close() {}

    private void speak(String voice, String text, Consumer<Pcm> sound, PieceSession.Stop stop)
            throws IOException, InterruptedException {
        Child child = new Child(command.apply(voice, text));
        stop.by(child::kill);
        try {
            boolean taken = write(child, text);
            WavReader wav = new WavReader();
            byte[] buffer = new byte[CHUNK];
            try (InputStream out = child.process().getInputStream()) {
                for (int n = out.read(buffer); n >= 0; n = out.read(buffer)) {
                    short[] samples = wav.feed(Arrays.copyOf(buffer, n));
                    if (samples.length > 0) {
                        sound.accept(new Pcm(samples, wav.rate()));
                    }
                }
            }
            child.checkEnd();
            if (wav.rate() == 0 || !taken) {
                throw new IOException("the program gave no sound");
            }
        } finally {
            child.kill();
        }
    }

    /** False if the program ended before it read; its status says more than a broken pipe. */
    private static boolean write(Child child, String text) {
        try (OutputStream in = child.process().getOutputStream()) {
            in.write((text + "\n").getBytes(StandardCharsets.UTF_8));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether more of it is Chinese than not; a Chinese character weighs as much as a word of four letters. */
    static boolean isChinese(String text) {
        long chinese = text.codePoints().filter(Character::isIdeographic).count();
        long letters = text.codePoints()
                .filter(c -> Character.isLetter(c) && !Character.isIdeographic(c))
                .count();
        return chinese > 0 && 4 * chinese >= letters;
    }
}
