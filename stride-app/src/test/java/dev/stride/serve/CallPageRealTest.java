package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Download;
import dev.stride.experiment.RunStore;
import dev.stride.voice.Pcm;
import dev.stride.voice.Spoken;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The call page in a real browser against {@code stride serve} over a run that was just trained, by this machine's engines. */
class CallPageRealTest {
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path shared;

    private static Path run;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temp;

    @BeforeAll
    static void train() throws Exception {
        LocalSpeech.require();
        run = ServedRun.train(shared);
    }

    @Test
    void spokenQuestion_isUnderstood_andTheAnswerCanBeUnderstoodToo() throws Exception {
        Microphone question =
                new Microphone().silence(0.7).say("what is the learning rate").silence(1);
        try (ServedRun server = ServedRun.of(run, temp, Map.of(), "speaker=festival");
                CallPage call = new CallPage(temp, server.page(), question.once(temp))) {
            call.page.click("#keep");
            CallPageRig.call(call.page);
            call.page.await("document.querySelector('[data-who=you] .said')?.textContent.includes('learning')");
            CallPageRig.phase(call.page, "speaking");
            call.page.await("document.querySelector('[data-who=model] .said')?.textContent.length > 40");
            CallPageRig.picture(call.page, "real-en");
            CallPageRig.phase(call.page, "listening");
            assertThat(call.page.page().locator("[data-who=model] .said").allInnerTexts())
                    .containsExactly(ServedRun.ANSWER);
            assertThat(CallPageRig.text(call.page, "#latency")).contains("to the first sound", "recognition");
            assertThat(CallPageRig.text(call.page, "#run-state")).isEqualTo(ServedRun.STEPS + " steps");
            call.page.click("#hang");
            CallPageRig.phase(call.page, "idle");
            Pcm[] kept = recording(call);
            assertThat(LocalSpeech.hear(kept[0])).contains("learning");
            assertThat(LocalSpeech.speech(kept[1])).isGreaterThan(0.4);
            String understood = LocalSpeech.hear(kept[1]);
            assertThat(overlap(understood, ServedRun.ANSWER)).as(understood).isGreaterThan(0.7);
            assertThat(overlap(understood, "nobody ever spoke such words as these here"))
                    .isLessThan(0.3);
            assertThat(server.engines()).isEmpty();
            assertThat(call.page.complaints()).isEmpty();
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "the voice that dies is a shell script")
    void voiceThatDiesInMidAnswer_isTold_andTheNextAnswerIsWhole() throws Exception {
        Path programs = dyingVoice(temp.resolve("bin"));
        Map<String, String> path = Map.of("PATH", programs + File.pathSeparator + System.getenv("PATH"));
        try (ServedRun server = ServedRun.of(run, temp, path, "speaker=espeak-ng", "words-per-minute=400");
                CallPage call = new CallPage(
                        temp, server.page(), new Microphone().silence(1).again(temp))) {
            CallPageRig.call(call.page);
            call.ask("hello");
            call.page.await("document.getElementById('notice').textContent.includes('espeak-ng failed for a moment')");
            assertThat(CallPageRig.text(call.page, "#notice")).contains("status 137", "The call goes on");
            CallPageRig.phase(call.page, "listening");
            assertThat(CallPageRig.text(call.page, "[data-who=model] .said")).isEqualTo(ServedRun.ANSWER);
            double first = call.soundMillis(1);
            call.page.page().locator("#notice .icon").click();
            call.ask("what is the question");
            CallPageRig.phase(call.page, "speaking");
            CallPageRig.phase(call.page, "listening");
            assertThat(call.page.page().locator("[data-who=model] .said").allInnerTexts())
                    .containsExactly(ServedRun.ANSWER, ServedRun.ANSWER);
            assertThat(call.soundMillis(2)).isGreaterThan(3 * first);
            List<JsonNode> played = call.told("stride.played");
            assertThat(played.get(played.size() - 1).path("ms").asDouble())
                    .isCloseTo(call.soundMillis(2), within(20.0));
            assertThat(call.heard("stride.failed")).hasSize(1);
            assertThat(call.page
                            .value("document.getElementById('notice').hidden")
                            .asBoolean())
                    .isTrue();
        }
    }

    /** An espeak-ng that is killed in the midst of the second piece that it speaks, and then lives again. */
    private static Path dyingVoice(Path folder) throws IOException {
        Path real = Spoken.requireProgram("espeak-ng");
        Files.createDirectories(folder);
        Path program = Files.writeString(
                folder.resolve("espeak-ng"),
                "#!/bin/sh\ntimes=$(cat \"$0.times\" 2>/dev/null || echo 0)\necho $((times + 1)) > \"$0.times\"\n"
                        + "if [ \"$times\" = 1 ]; then\n  " + real
                        + " \"$@\" | head -c 20000\n  kill -KILL $$\nfi\nexec "
                        + real + " \"$@\"\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return folder;
    }

    @Test
    void runThatStillTrains_isDrawnOn_andEnds() throws Exception {
        Path growing = temp.resolve("growing");
        copy(run, growing);
        Path events = growing.resolve(RunStore.EVENTS);
        List<String> lines = Files.readAllLines(events);
        Path result = growing.resolve(RunStore.RESULT);
        String end = Files.readString(result);
        Files.delete(result);
        int half = lines.size() / 2;
        Files.write(events, lines.subList(0, half));
        try (ServedRun server = ServedRun.of(growing, temp, Map.of());
                CallPage call = new CallPage(
                        temp, server.page(), new Microphone().silence(1).again(temp))) {
            call.page.await(CallPageLooksTest.CHART + " && window.chartOf.read().series.loss.length > 3");
            assertThat(CallPageRig.text(call.page, "#run-state"))
                    .startsWith("training, step ")
                    .endsWith(" of " + ServedRun.STEPS);
            int before = points(call);
            assertThat(before).isBetween(5, ServedRun.STEPS - 5);
            String facts = CallPageRig.text(call.page, "#facts");
            assertThat(facts).contains("My peak learning rate is 1e-2", "still training");
            Files.write(events, lines.subList(half, lines.size()), StandardOpenOption.APPEND);
            call.page.await("document.getElementById('run-state').textContent.startsWith('training, step "
                    + ServedRun.STEPS + "')");
            assertThat(points(call)).isEqualTo(ServedRun.STEPS);
            Files.writeString(result, end);
            call.page.await("document.getElementById('run-state').textContent === '" + ServedRun.STEPS + " steps'");
            assertThat(CallPageRig.text(call.page, "#facts"))
                    .contains("in " + ServedRun.STEPS + " steps", "the run has ended")
                    .isNotEqualTo(facts);
            assertThat(call.page.complaints()).isEmpty();
        }
    }

    private static int points(CallPage call) {
        return call.page
                .value(
                        "window.chartOf.read().series.loss.filter(value => value !== null && value !== undefined).length")
                .asInt();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
    }

    /** The microphone and the answers of a call that was kept. */
    private Pcm[] recording(CallPage call) throws IOException {
        Download file = call.page.page().waitForDownload(() -> call.page.click("#save"));
        Path kept = temp.resolve("kept.wav");
        file.saveAs(kept);
        ByteBuffer wav = ByteBuffer.wrap(Files.readAllBytes(kept)).order(ByteOrder.LITTLE_ENDIAN);
        short[][] sides = new short[2][(wav.limit() - 44) / 4];
        for (int i = 0; i < sides[0].length; i++) {
            sides[0][i] = wav.getShort(44 + 4 * i);
            sides[1][i] = wav.getShort(46 + 4 * i);
        }
        return new Pcm[] {new Pcm(sides[0], wav.getInt(24)), new Pcm(sides[1], wav.getInt(24))};
    }

    /** The share of a text's words that were understood. */
    private static double overlap(String understood, String said) {
        List<String> left = new ArrayList<>(words(understood));
        List<String> all = words(said);
        return (double) all.stream().filter(left::remove).count() / all.size();
    }

    private static List<String> words(String text) {
        return Arrays.asList(
                text.toLowerCase(Locale.ROOT).replaceAll("[^a-z ]", "").split(" +"));
    }
}
