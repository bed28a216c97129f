package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Chromium;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The call page in a real browser with a microphone that plays a file, and a server that plays its part. */
abstract class CallPageRig {
    static final String READY = "document.body.dataset.ready === 'true'";

    /** How loud the page sounds. */
    static final String LOUD =
            "((window.asked ??= import('./call-sound.js').then(m => { window.soundOf = m; })), window.soundOf?.loudness() ?? 0)";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temp;

    final FakeCallServer server = new FakeCallServer();
    final List<String> loaded = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        server.close();
    }

    Chromium browser(String language) throws IOException {
        Chromium page = open(
                language,
                List.of(
                        "--use-fake-device-for-media-stream",
                        "--use-fake-ui-for-media-stream",
                        "--use-file-for-fake-audio-capture=" + speechLike()));
        enter(page);
        return page;
    }

    Chromium open(String language, List<String> more) {
        Chromium page = Chromium.open(temp.resolve("profile"), language, more);
        page.page().onRequest(request -> loaded.add(request.url()));
        page.page().onWebSocket(socket -> loaded.add(socket.url()));
        page.look(1280, 860, false);
        return page;
    }

    void enter(Chromium page) {
        page.go(server.address());
        page.await(READY);
    }

    static void phase(Chromium page, String phase) {
        page.await("document.body.dataset.phase === '" + phase + "'");
    }

    static void call(Chromium page) {
        page.click("#press");
        phase(page, "listening");
    }

    static String text(Chromium page, String selector) {
        return page.page().locator(selector).last().innerText();
    }

    static void isOnlyAsWideAsTheWindow(Chromium page) {
        assertThat(page.value("document.documentElement.scrollWidth").asInt())
                .isEqualTo(page.value("innerWidth").asInt());
    }

    static void picture(Chromium page, String name) throws IOException {
        String folder = System.getProperty("stride.pictures");
        if (folder != null) {
            Files.write(Path.of(folder).resolve(name + ".png"), page.picture());
        }
    }

    void leavesNothingElsewhere() {
        String site =
                server.address().substring("http://".length(), server.address().length() - "/call/".length());
        assertThat(loaded)
                .isNotEmpty()
                .allSatisfy(url -> assertThat(url).matches("(http|ws)://" + site + "/.*|data:.*|blob:.*"));
    }

    /** Vowels of a voice that rises and falls, in syllables: what no noise suppression takes for noise. */
    private Path speechLike() throws IOException {
        int rate = 48_000;
        ByteBuffer sound = ByteBuffer.allocate(44 + rate * 4 * 2).order(ByteOrder.LITTLE_ENDIAN);
        sound.put("RIFF".getBytes(StandardCharsets.US_ASCII)).putInt(36 + rate * 8);
        sound.put("WAVEfmt ".getBytes(StandardCharsets.US_ASCII)).putInt(16).putShort((short) 1);
        sound.putShort((short) 1)
                .putInt(rate)
                .putInt(rate * 2)
                .putShort((short) 2)
                .putShort((short) 16);
        sound.put("data".getBytes(StandardCharsets.US_ASCII)).putInt(rate * 8);
        double angle = 0;
        for (int i = 0; i < rate * 4; i++) {
            double t = i / (double) rate;
            angle += 2 * Math.PI * (130 + 40 * Math.sin(2 * Math.PI * 0.9 * t)) / rate;
            double voice = 0;
            for (int k = 1; k <= 20; k++) {
                voice += Math.sin(k * angle) / k;
            }
            double syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * t));
            sound.putShort((short) (9000 * voice * syllable));
        }
        return Files.write(temp.resolve("voice.wav"), sound.array());
    }
}
