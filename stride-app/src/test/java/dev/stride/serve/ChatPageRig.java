package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Download;
import dev.stride.Chromium;
import dev.stride.data.DataFile;
import dev.stride.data.DataOptions;
import dev.stride.data.DataReader;
import dev.stride.data.DataSet;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The chat page in a real browser and a server that plays its part. */
abstract class ChatPageRig {

    static final String READY = "document.getElementById('main').dataset.ready === 'true'";
    static final String IDLE = "document.getElementById('send').dataset.does === 'send'";
    static final String TUNED = "chatglm3:shop";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temp;

    final FakeChatServer server = new FakeChatServer();
    final List<String> loaded = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        server.close();
    }

    Chromium browser(String language) {
        Chromium page = Chromium.open(temp.resolve("profile"), language);
        page.page().onRequest(request -> loaded.add(request.url()));
        page.look(1280, 860, false);
        page.go(server.address());
        page.await(READY);
        return page;
    }

    static void say(Chromium page, String text) {
        begin(page, text);
        page.await(IDLE);
    }

    static void begin(Chromium page, String text) {
        page.page().fill("#message", text);
        page.page().press("#message", "Enter");
        page.await("document.getElementById('message').value === ''");
    }

    static String text(Chromium page, String selector) {
        return page.page().locator(selector).last().innerText();
    }

    static int count(Chromium page, String selector) {
        return page.page().locator(selector).count();
    }

    static List<String> roles(JsonNode request) {
        List<String> found = new ArrayList<>();
        request.path("messages")
                .forEach(message -> found.add(message.path("role").asText() + ": "
                        + message.path("content").asText()));
        return found;
    }

    JsonNode lastRequest() {
        List<JsonNode> all = server.requests();
        return all.get(all.size() - 1);
    }

    static void isOnlyAsWideAsTheWindow(Chromium page) {
        JsonNode widths = page.value("[document.documentElement.scrollWidth, innerWidth, "
                + "document.getElementById('thread').scrollWidth, document.getElementById('thread').clientWidth]");
        assertThat(widths.get(0).asInt()).isEqualTo(widths.get(1).asInt());
        assertThat(widths.get(2).asInt()).isEqualTo(widths.get(3).asInt());
    }

    static void picture(Chromium page, String name) throws IOException {
        String folder = System.getProperty("stride.pictures");
        if (folder != null) {
            Files.write(Path.of(folder).resolve(name + ".png"), page.picture());
        }
    }

    Path download(Chromium page, String button) {
        Download file = page.page().waitForDownload(() -> page.click(button));
        Path kept = temp.resolve(file.suggestedFilename());
        file.saveAs(kept);
        return kept;
    }

    /** Messages of a row of training data as they are read again: role: content, ~ where an answer is not trained. */
    static List<String> trained(Path file, int row) {
        DataSet data = new DataReader(DataOptions.DEFAULT).read(List.of(DataFile.of(file)));
        assertThat(data.badRows()).isEmpty();
        List<String> found = new ArrayList<>();
        for (Message message : data.examples().get(row).messages()) {
            boolean untrained = message.role() == Role.ASSISTANT && !message.trained();
            found.add((untrained ? "~" : "") + message.role().word() + ": " + message.content());
        }
        return found;
    }
}
