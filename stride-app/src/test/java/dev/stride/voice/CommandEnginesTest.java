package dev.stride.voice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CommandEnginesTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void espeak_chineseAndEnglishPieces_areSpokenInOrder() throws Exception {
        Said said = new Said();
        Speaker espeak = espeak();
        Speaker.Session session = espeak.open("", said);
        session.say(0, "好的。");
        session.say(1, "我最喜欢的学习率是三乘十的负四次方。");
        session.say(2, "And it falls like a cosine.");
        session.finish();
        said.awaitDone();
        assertThat(said.millis().keySet()).containsExactly(0, 1, 2);
        assertThat(said.millis().get(1)).isGreaterThan(2_000);
        assertThat(speech(said.all())).isGreaterThan(0.5);
    }

    @Test
    void espeak_textThatLooksLikeOptionsOrPhonemes_isOnlyRead() throws Exception {
        Said said = new Said();
        Speaker.Session session = espeak().open("auto+f3", said);
        session.say(0, "--help -w /tmp/x; `touch /tmp/y` $(id)");
        session.finish();
        said.awaitDone();
        assertThat(said.millis().get(0)).isGreaterThan(500);
    }

    @Test
    void espeak_cancel_isSilentAtOnce() throws Exception {
        Said said = new Said();
        Speaker.Session session = espeak().open("", said);
        for (int i = 0; i < 50; i++) {
            session.say(i, "This is a long answer that nobody wants to hear to its end, number " + i + ".");
        }
        session.finish();
        said.awaitSound();
        session.cancel();
        double before = said.millis().values().stream().mapToDouble(d -> d).sum();
        assertThat(said.hasEnded(300)).isFalse();
        assertThat(said.millis().values().stream().mapToDouble(d -> d).sum()).isLessThanOrEqualTo(before + 200);
    }

    @Test
    void speaker_programThatIsMissingFailsOrIsSilent_saysSo() throws Exception {
        assertThat(failure("/nowhere/espeak-ng").message()).contains("cannot be started");
        assertThat(failure(Spoken.requireProgram("false").toString()).message()).contains("status 1");
        assertThat(failure(Spoken.requireProgram("true").toString()).message()).contains("no sound");
        assertThat(failure(Spoken.requireProgram("echo").toString()).message()).contains("RIFF");
    }

    @Test
    void pocketsphinx_clearEnglish_isRecognised() throws Exception {
        Path program = Spoken.requireProgram("pocketsphinx_continuous");
        Path festival = Spoken.requireProgram("text2wave");
        Said said = new Said();
        Speaker.Session voice =
                CommandSpeaker.festival(festival.toString(), threads).open("", said);
        voice.say(0, "What is the learning rate?");
        voice.finish();
        said.awaitDone();

        Heard heard = new Heard();
        Recognizer.Session session =
                CommandRecognizer.pocketsphinx(program.toString(), threads).open(heard);
        Heard.feed(session, Tones.join(Tones.silence(16_000, 0.4), said.all().at(16_000), Tones.silence(16_000, 0.5)));
        session.finish();
        assertThat(heard.result()).startsWith("what is the learning");
    }

    @Test
    void recognizer_streamingProgram_givesPartialsAndTheirSum() throws Exception {
        Heard heard = new Heard();
        Recognizer.Session session = shell("head -c 640 >/dev/null; echo 你好; cat >/dev/null; echo 世界; echo two words")
                .open(heard);
        session.feed(new short[320]);
        waitFor(() -> !heard.partials.isEmpty());
        assertThat(heard.partials.get(0)).isEqualTo("你好");
        session.finish();
        assertThat(heard.result()).isEqualTo("你好世界 two words");
    }

    @Test
    void recognizer_programOfAFile_getsTheTurnAndTheFileIsDeleted() throws Exception {
        Heard heard = new Heard();
        Recognizer recognizer = new CommandRecognizer(
                "by file", List.of(sh(), "-c", "echo $0; wc -c < $0", CommandRecognizer.FILE), threads);
        Recognizer.Session session = recognizer.open(heard);
        session.feed(new short[1_600]);
        session.feed(new short[1_600]);
        session.finish();
        String text = heard.result();
        assertThat(text).endsWith(" 6444");
        Path file = Path.of(text.substring(0, text.indexOf(' ')));
        assertThat(file.getFileName().toString()).startsWith("stride-turn");
        waitFor(() -> !Files.exists(file));
    }

    @Test
    void recognizer_programThatFailsOrEndsEarly_saysSo() throws Exception {
        Heard failing = new Heard();
        Recognizer.Session session = shell("echo no such model >&2; exit 3").open(failing);
        session.finish();
        assertThat(failing.failure().message()).contains("status 3").contains("no such model");

        Heard early = new Heard();
        shell("echo word").open(early);
        assertThat(early.failure().message()).contains("ended before the turn");
        assertThat(early.partials).containsExactly("word");
    }

    @Test
    void recognizer_programThatReadsNothing_holdsUpNobody() throws Exception {
        Heard heard = new Heard();
        Recognizer.Session session = shell("sleep 100").open(heard);
        for (int i = 0; i < 1_000; i++) {
            session.feed(new short[320]);
        }
        session.cancel();
        assertThat(heard.hasEnded(200)).isFalse();
    }

    @Test
    void open_afterTheEnd_isAFailureAndNoException() throws Exception {
        threads.shutdownNow();
        Heard heard = new Heard();
        new CommandRecognizer("closed", List.of("true"), threads).open(heard);
        assertThat(heard.failure().message()).contains("closed");
        Said said = new Said();
        CommandSpeaker.espeak("espeak-ng", 170, threads).open("", said);
        assertThat(said.failure().message()).contains("closed");
    }

    @Test
    void isChinese_mixedText_goesByItsLargerPart() {
        assertThat(CommandSpeaker.isChinese("学习率是 3e-4")).isTrue();
        assertThat(CommandSpeaker.isChinese("LoRA 的 rank 是 8")).isTrue();
        assertThat(CommandSpeaker.isChinese("The character 好 means good here.")).isFalse();
        assertThat(CommandSpeaker.isChinese("123")).isFalse();
    }

    private EngineFailure failure(String program) throws Exception {
        Said said = new Said();
        Speaker.Session session = CommandSpeaker.espeak(program, 170, threads).open("", said);
        session.say(0, "text");
        session.finish();
        return said.failure();
    }

    private Speaker espeak() {
        return CommandSpeaker.espeak(Spoken.requireProgram("espeak-ng").toString(), 170, threads);
    }

    private Recognizer shell(String script) {
        return new CommandRecognizer("a program", List.of(sh(), "-c", script), threads);
    }

    private static String sh() {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "SKIPPED: this machine has no /bin/sh");
        return "/bin/sh";
    }

    static void waitFor(java.util.function.BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not come within a minute");
            }
            Thread.sleep(5);
        }
    }

    private static double speech(Pcm sound) {
        VoiceActivity activity = new EnergyActivity();
        short[] all = sound.at(Pcm.SPEECH_RATE).samples();
        int frames = all.length / VoiceActivity.FRAME;
        int speech = 0;
        for (int i = 0; i < frames; i++) {
            short[] frame = java.util.Arrays.copyOfRange(all, i * VoiceActivity.FRAME, (i + 1) * VoiceActivity.FRAME);
            speech += activity.probability(frame) > 0.5 ? 1 : 0;
        }
        return (double) speech / frames;
    }
}
