package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Download;
import dev.stride.voice.Pcm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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
        return Arrays.asList(text.toLowerCase(java.util.Locale.ROOT)
                .replaceAll("[^a-z ]", "")
                .split(" +"));
    }
}
