package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ReducedMotion;
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
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The chat page in a real browser against scripted answers. {@code -Dstride.pictures=DIR} keeps what it looked like. */
class ChatPageTest {
    private static final String READY = "document.getElementById('main').dataset.ready === 'true'";
    private static final String IDLE = "document.getElementById('send').dataset.does === 'send'";
    private static final String TUNED = "chatglm3:shop";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temp;

    private final FakeChatServer server = new FakeChatServer();
    private final List<String> loaded = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        server.close();
    }

    private Chromium browser(String language) {
        Chromium page = Chromium.open(temp.resolve("profile"), language);
        page.page().onRequest(request -> loaded.add(request.url()));
        page.look(1280, 860, false);
        page.go(server.address());
        page.await(READY);
        return page;
    }

    private static void say(Chromium page, String text) {
        begin(page, text);
        page.await(IDLE);
    }

    private static void begin(Chromium page, String text) {
        page.page().fill("#message", text);
        page.page().press("#message", "Enter");
        page.await("document.getElementById('message').value === ''");
    }

    private static String text(Chromium page, String selector) {
        return page.page().locator(selector).last().innerText();
    }

    private static int count(Chromium page, String selector) {
        return page.page().locator(selector).count();
    }

    private static List<String> roles(JsonNode request) {
        List<String> found = new ArrayList<>();
        request.path("messages")
                .forEach(message -> found.add(message.path("role").asText() + ": "
                        + message.path("content").asText()));
        return found;
    }

    private JsonNode lastRequest() {
        List<JsonNode> all = server.requests();
        return all.get(all.size() - 1);
    }

    private static void isOnlyAsWideAsTheWindow(Chromium page) {
        JsonNode widths = page.value("[document.documentElement.scrollWidth, innerWidth, "
                + "document.getElementById('thread').scrollWidth, document.getElementById('thread').clientWidth]");
        assertThat(widths.get(0).asInt()).isEqualTo(widths.get(1).asInt());
        assertThat(widths.get(2).asInt()).isEqualTo(widths.get(3).asInt());
    }

    private static void picture(Chromium page, String name) throws IOException {
        String folder = System.getProperty("stride.pictures");
        if (folder != null) {
            Files.write(Path.of(folder).resolve(name + ".png"), page.picture());
        }
    }

    private Path download(Chromium page, String button) {
        Download file = page.page().waitForDownload(() -> page.click(button));
        Path kept = temp.resolve(file.suggestedFilename());
        file.saveAs(kept);
        return kept;
    }

    /** Messages of a row of training data as they are read again: role: content, ~ where an answer is not trained. */
    private static List<String> trained(Path file, int row) {
        DataSet data = new DataReader(DataOptions.DEFAULT).read(List.of(DataFile.of(file)));
        assertThat(data.badRows()).isEmpty();
        List<String> found = new ArrayList<>();
        for (Message message : data.examples().get(row).messages()) {
            boolean untrained = message.role() == Role.ASSISTANT && !message.trained();
            found.add((untrained ? "~" : "") + message.role().word() + ": " + message.content());
        }
        return found;
    }

    @Test
    void answer_streams_staysAfterAReload_andSaysItsNumbers() {
        try (Chromium page = browser("en")) {
            assertThat(text(page, "#welcome"))
                    .contains("Talk to " + TUNED, "run shop-dialogue", "3e-3", "1.41", "63", "/v1");
            page.page().context().grantPermissions(List.of("clipboard-read", "clipboard-write"));
            for (String name : List.of("Python", "curl")) {
                page.page()
                        .locator(".api button", new Page.LocatorOptions().setHasText(name))
                        .click();
                page.await("document.querySelector('.api').textContent.includes('Copied')");
                assertThat(page.page()
                                .evaluate("navigator.clipboard.readText()")
                                .toString())
                        .contains(server.address().replace("/chat/", "/v1"), TUNED);
                page.await("!document.querySelector('.api').textContent.includes('Copied')");
            }
            server.script((stream, request) -> {
                stream.say("The first part. ");
                FakeChatServer.Stream.pause(700);
                stream.say("The second part.");
                stream.finish("length");
            });
            begin(page, "Hello there");
            page.await("document.querySelector('.answer .prose')?.textContent.includes('first part')");
            assertThat(text(page, ".answer")).doesNotContain("second part");
            assertThat(page.value("document.querySelector('.answer').dataset.state")
                            .asText())
                    .isEqualTo("writing");
            page.await(IDLE);
            assertThat(text(page, ".answer .prose")).isEqualTo("The first part. The second part.");
            assertThat(text(page, ".answer .figures"))
                    .contains("6 tokens", "tokens/s", "first after", "12 cached", "43 of 2", "cut at the limit");
            page.await("document.getElementById('spoken').textContent.includes('The second part.')");

            JsonNode request = lastRequest();
            assertThat(request.path("model").asText()).isEqualTo(TUNED);
            assertThat(request.path("stream").asBoolean()).isTrue();
            assertThat(request.path("temperature").asDouble()).isEqualTo(0.8);
            assertThat(request.path("max_tokens").asInt()).isEqualTo(512);
            assertThat(request.path("seed").isIntegralNumber()).isTrue();
            assertThat(request.has("tools") || request.has("stop")).isFalse();

            page.go(server.address() + "?again");
            page.await(READY + " && document.querySelector('.answer')");
            assertThat(text(page, ".answer .prose")).isEqualTo("The first part. The second part.");
            assertThat(text(page, "#conversations")).contains("Hello there");
            assertThat(page.complaints()).isEmpty();
            assertThat(loaded)
                    .isNotEmpty()
                    .allMatch(url -> url.startsWith(server.address().replace("/chat/", "/")));
        }
    }

    @Test
    void stop_keepsWhatCame_andTheServerHearsIt() {
        server.script((stream, request) -> {
            for (int i = 0; i < 2000; i++) {
                stream.token("word" + i + " ");
                FakeChatServer.Stream.pause(10);
            }
        });
        try (Chromium page = browser("en")) {
            begin(page, "Count");
            page.await("document.querySelector('.answer .prose')?.textContent.includes('word5')");
            page.key("Escape");
            page.await(IDLE);
            assertThat(text(page, ".answer")).contains("word5").contains("stopped");
            page.await("document.querySelector('.answer').dataset.state === 'stopped'");
            server.script((stream, request) -> stream.say("on"));
            say(page, "Go on");
            assertThat(roles(lastRequest())).hasSize(3).element(1).asString().startsWith("assistant: word0 word1");
            for (int i = 0; server.broken().isEmpty() && i < 3000; i++) {
                page.page().waitForTimeout(10); // the server hears it with one of its next writes
            }
            assertThat(server.broken()).containsExactly(TUNED);

            server.script((stream, request) -> {
                stream.say("begun but ");
                FakeChatServer.Stream.pause(20_000);
            });
            begin(page, "Once more");
            page.await("document.querySelector('.turn:last-child .prose')?.textContent.includes('begun')");
            page.page().waitForTimeout(300); // time for the record to be written
            page.go(server.address() + "?again"); // the page is closed in the midst of an answer
            page.await(READY + " && document.querySelector('.problem')");
            assertThat(text(page, ".problem")).contains("closed during this answer");
            assertThat(text(page, ".answer .prose")).startsWith("begun");
            server.script((stream, request) -> stream.say("whole now"));
            page.click("[data-act=retry]");
            page.await(IDLE + " && !document.querySelector('.problem')");
            assertThat(text(page, ".answer .prose")).isEqualTo("whole now");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void regenerateAndEdit_keepOlderVersions_withWhatFollowedThem() {
        int[] made = {0};
        server.script((stream, request) -> stream.say(FakeChatServer.lastOf(request) + " #" + ++made[0]));
        try (Chromium page = browser("en")) {
            say(page, "one");
            say(page, "two");
            page.page().locator("[data-act=again]").first().click();
            page.await(IDLE + " && document.querySelectorAll('.turn').length === 1");
            assertThat(roles(lastRequest())).containsExactly("user: one");
            assertThat(text(page, ".answer")).contains("one #3", "2 / 2");
            page.click(".answer [data-act=earlier]");
            page.await("document.querySelectorAll('.turn').length === 2");
            assertThat(page.page().locator(".answer .prose").allInnerTexts()).containsExactly("one #1", "two #2");

            page.page().locator("[data-act=edit]").first().click();
            page.page().fill(".editor textarea", "other");
            page.page().press(".editor textarea", "Enter");
            page.await(IDLE + " && document.querySelectorAll('.turn').length === 1");
            assertThat(text(page, ".mine")).contains("other", "2 / 2");
            assertThat(roles(lastRequest())).containsExactly("user: other");
            page.click(".mine [data-act=earlier]");
            page.await("document.querySelectorAll('.turn').length === 2");
            assertThat(page.page().locator(".answer .prose").allInnerTexts()).containsExactly("one #1", "two #2");

            page.page().locator("[data-act=delete]").first().click();
            page.await("document.querySelectorAll('.turn').length === 1");
            assertThat(text(page, ".bubble")).isEqualTo("two");
            page.click("#notice [data-act=undo]");
            page.await("document.querySelectorAll('.turn').length === 2");

            page.page().locator("[data-act=rewrite]").last().click();
            page.page().fill(".editor textarea", "two,\nbetter");
            page.page().press(".editor textarea", "Control+Enter");
            page.await("document.querySelectorAll('.turn').length === 2 && !document.querySelector('.editor')");
            assertThat(text(page, ".answer")).contains("better", "2 / 2", "corrected by hand");
            page.page().locator("[data-act=up]").last().click();
            Path file = download(page, "#export-good");
            assertThat(trained(file, 0))
                    .containsExactly("user: one", "~assistant: one #1", "user: two", "assistant: two,\nbetter");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void sideBySide_asksBothWithTheSameSeed_andEachHasItsOwnHistory() {
        server.script((stream, request) -> {
            if (request.path("model").asText().equals("chatglm3")) {
                FakeChatServer.Stream.pause(400);
            }
            stream.say(request.path("model").asText() + " says " + FakeChatServer.lastOf(request));
        });
        try (Chromium page = browser("en")) {
            page.click("#compare");
            begin(page, "hi");
            page.await("document.querySelector('[data-lane=\"0\"].answer')?.dataset.state === 'whole'");
            assertThat(page.value("document.querySelector('[data-lane=\"1\"].answer').dataset.state")
                            .asText())
                    .isEqualTo("writing");
            page.await(IDLE);
            say(page, "again");
            List<JsonNode> sent = server.requests();
            assertThat(sent)
                    .hasSize(4)
                    .extracting(r -> r.path("model").asText())
                    .containsOnly(TUNED, "chatglm3");
            assertThat(sent.get(0).path("seed")).isEqualTo(sent.get(1).path("seed"));
            for (JsonNode request : sent.subList(2, 4)) {
                assertThat(roles(request))
                        .containsExactly(
                                "user: hi",
                                "assistant: " + request.path("model").asText() + " says hi",
                                "user: again");
            }
            page.page()
                    .locator(".turn")
                    .last()
                    .locator("[data-lane='1'] [data-act=again]")
                    .click();
            page.await(IDLE + " && document.querySelectorAll('.pager').length === 1");
            assertThat(text(page, ".answer[data-lane='1']")).contains("2 / 2");
            assertThat(server.requests()).hasSize(5);

            page.page()
                    .locator(".turn")
                    .last()
                    .locator("[data-lane='0'] [data-act=down]")
                    .click();
            page.page()
                    .locator(".turn")
                    .last()
                    .locator("[data-lane='1'] [data-act=up]")
                    .click();
            Path file = download(page, "#export-good");
            assertThat(trained(file, 0))
                    .containsExactly(
                            "user: hi",
                            "~assistant: chatglm3 says hi",
                            "user: again",
                            "assistant: chatglm3 says again");

            server.script((stream, request) -> {
                for (int i = 0; i < 3000 && stream.model().equals("chatglm3"); i++) {
                    stream.token("on and ");
                    FakeChatServer.Stream.pause(10);
                }
                stream.say("short");
            });
            begin(page, "long");
            page.await(
                    "document.querySelector('.turn:last-child [data-lane=\"0\"].answer')?.dataset.state === 'whole'");
            page.page()
                    .locator(".turn")
                    .last()
                    .locator("[data-lane='1'] [data-act=stop]")
                    .click();
            page.await(IDLE);
            assertThat(text(page, ".answer[data-lane='1']")).contains("on and on and", "stopped");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void exports_holdGoodTurnsAsTrainingReadsThem_andEverythingComesBack() throws Exception {
        try (Chromium page = browser("en")) {
            page.click("#export-good");
            page.await("document.getElementById('notice').textContent.includes('Nothing to export')");
            page.click("#panel-open");
            page.page().fill("#system", "Be brief.");
            for (String word : List.of("a", "b", "c", "d")) {
                say(page, word);
            }
            List<com.microsoft.playwright.Locator> turns =
                    page.page().locator(".answer").all();
            turns.get(0).locator("[data-act=up]").click();
            turns.get(1).locator("[data-act=up]").click();
            turns.get(2).locator("[data-act=down]").click();
            turns.get(3).locator("[data-act=up]").click();
            page.click("#new");
            say(page, "nobody rated this");
            page.click("#new");
            page.page().fill("#system", "");
            say(page, "x");
            say(page, "y");
            page.page().locator(".answer [data-act=up]").last().click();

            Path good = download(page, "#export-good");
            assertThat(good.getFileName().toString()).endsWith(".jsonl");
            assertThat(Files.readAllLines(good)).hasSize(2);
            assertThat(trained(good, 1))
                    .containsExactly(
                            "system: Be brief.", "user: a", "assistant: echo: a", "user: b", "assistant: echo: b");
            assertThat(trained(good, 0))
                    .containsExactly("user: x", "~assistant: echo: x", "user: y", "assistant: echo: y");
            assertThat(FakeChatServer.JSON.readTree(Files.readAllLines(good).get(1)))
                    .isEqualTo(FakeChatServer.JSON.readTree("""
                            {"conversations": [{"role": "system", "content": "Be brief."},
                            {"role": "user", "content": "a"}, {"role": "assistant", "content": "echo: a"},
                            {"role": "user", "content": "b"}, {"role": "assistant", "content": "echo: b"}]}"""));
            Path kept = System.getProperty("stride.pictures") == null
                    ? good
                    : Path.of(System.getProperty("stride.pictures"));
            if (!kept.equals(good)) {
                Files.copy(good, kept.resolve("good.jsonl"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }

            Path all = download(page, "#export-all");
            for (int i = 0; i < 3; i++) {
                page.page().locator("#conversations li").first().hover();
                page.page().locator("#conversations [data-act=remove]").first().click();
            }
            page.await("document.querySelectorAll('#conversations li').length === 0");
            page.page().setInputFiles("#import-file", all);
            page.await("document.querySelectorAll('#conversations li').length === 3");
            page.page().setInputFiles("#import-file", all);
            page.await("document.getElementById('notice').textContent.includes('0 conversations')");
            page.go(server.address() + "?again");
            page.await(READY + " && document.querySelectorAll('#conversations li').length === 3");
            assertThat(Files.readString(download(page, "#export-good"))).isEqualTo(Files.readString(good));
            page.page().setInputFiles("#import-file", Files.writeString(temp.resolve("no.json"), "[1]"));
            page.await("document.getElementById('notice').textContent.includes('could not be imported')");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void settings_areSent_kept_checked_andSetBack() {
        try (Chromium page = browser("en")) {
            page.click("#panel-open");
            page.page().fill("#system", "You are terse.");
            page.page().fill("#set-temperature", "0");
            assertThat(text(page, "#sampling")).contains("greedy");
            page.page().fill("#set-top_p", "0.5");
            page.page().fill("#set-top_k", "7");
            page.page().fill("#set-max_tokens", "33");
            page.page().fill("#set-seed", "42");
            page.page().fill("#set-stop", "END\n\\n\\n");
            page.page().fill("#set-presence_penalty", "1.5");
            page.page().fill("#set-frequency_penalty", "-0.5");
            page.page().fill("#set-top_k", "-3");
            assertThat(text(page, "#set-top_k-wrong")).contains("7 stays in use");
            say(page, "go");
            JsonNode request = lastRequest();
            assertThat(roles(request)).containsExactly("system: You are terse.", "user: go");
            assertThat(request.path("temperature").asDouble()).isZero();
            assertThat(request.path("top_p").asDouble()).isEqualTo(0.5);
            assertThat(request.path("top_k").asInt()).isEqualTo(7);
            assertThat(request.path("max_tokens").asInt()).isEqualTo(33);
            assertThat(request.path("seed").asInt()).isEqualTo(42);
            assertThat(request.path("stop").toString()).isEqualTo("[\"END\",\"\\n\\n\"]");
            assertThat(request.path("presence_penalty").asDouble()).isEqualTo(1.5);
            assertThat(request.path("frequency_penalty").asDouble()).isEqualTo(-0.5);

            page.go(server.address() + "?again");
            page.await(READY);
            assertThat(page.page().inputValue("#set-top_k")).isEqualTo("7");
            assertThat(page.page().inputValue("#system")).isEqualTo("You are terse.");
            page.click("#defaults");
            say(page, "more");
            assertThat(lastRequest().path("top_k").asInt()).isEqualTo(50);
            assertThat(lastRequest().has("stop") || lastRequest().has("presence_penalty"))
                    .isFalse();
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void toolCall_isShown_answeredByHand_andExported() throws IOException {
        server.script((stream, request) -> {
            if (FakeChatServer.lastOf(request).equals("{\"sky\":\"clear\"}")) {
                stream.say("It is clear in Xiamen.");
            } else {
                stream.call("get_weather", "{\"city\":\"Xiamen\"}");
            }
        });
        try (Chromium page = browser("en")) {
            page.click("#panel-open");
            page.page().fill("#tools", "[{\"description\": \"no name\"}]");
            assertThat(text(page, "#tools-wrong")).contains("Tool 1 has no name");
            page.page().fill("#message", "Weather?");
            page.page().press("#message", "Enter");
            page.await("document.getElementById('notice').textContent.includes('not valid')");
            assertThat(server.requests()).isEmpty();
            page.page().fill("#tools", "");
            page.click("#tools-example");
            assertThat(page.page().isHidden("#tools-wrong")).isTrue();
            say(page, "Weather?");
            assertThat(lastRequest().at("/tools/0/type").asText()).isEqualTo("function");
            assertThat(lastRequest().at("/tools/0/function/name").asText()).isEqualTo("get_weather");
            assertThat(text(page, ".call")).contains("get_weather", "\"city\": \"Xiamen\"");
            page.page().fill("#message", "and?");
            page.page().press("#message", "Enter");
            page.await("document.getElementById('notice').textContent.includes('results of the tool calls')");
            page.page().fill("#message", "");
            page.page().fill(".call textarea", "{\"sky\":\"clear\"}");
            page.click("[data-act=send-result]");
            page.await(IDLE + " && document.querySelector('.answer').dataset.state === 'whole'");
            assertThat(text(page, ".answer")).contains("It is clear in Xiamen.");
            JsonNode request = lastRequest();
            assertThat(request.at("/messages/1/tool_calls/0/id").asText()).isEqualTo("call_7");
            assertThat(request.at("/messages/1/tool_calls/0/function/arguments").asText())
                    .isEqualTo("{\"city\":\"Xiamen\"}");
            assertThat(request.at("/messages/2/role").asText()).isEqualTo("tool");
            assertThat(request.at("/messages/2/tool_call_id").asText()).isEqualTo("call_7");

            page.click(".answer [data-act=up]");
            Path file = download(page, "#export-good");
            JsonNode row = FakeChatServer.JSON.readTree(file.toFile());
            assertThat(row.at("/tools/0/name").asText()).isEqualTo("get_weather");
            assertThat(row.at("/conversations/1"))
                    .isEqualTo(FakeChatServer.JSON.readTree("{\"role\":\"tool\",\"name\":\"get_weather\","
                            + "\"parameters\":{\"city\":\"Xiamen\"},\"observation\":\"{\\\"sky\\\":\\\"clear\\\"}\"}"));
            assertThat(trained(file, 0)).last().asString().isEqualTo("assistant: It is clear in Xiamen.");
            assertThat(page.complaints()).isEmpty();
        }
    }

    private static final String MARKDOWN = """
            ## Reading a file

            The function below reads a **CSV** file and keeps the row with the largest *amount*. See
            https://docs.python.org/3/library/csv.html and `train.py`.

            ```python
            import csv

            def largest(path: str, column: str = "amount") -> dict:
                # one row at a time, so that a large file fits
                with open(path, newline="") as file:
                    return max(csv.DictReader(file), key=lambda row: float(row[column]))
            ```

            | column | type | example |
            | :----- | :--: | ------: |
            | id     | text | A-17    |
            | amount | number | 1200.50 |

            1. Open the file.
            2. Compare the rows.
               - empty rows are left out
               - text is an error

            > A row without the column raises `KeyError`.
            """;

    @Test
    void markdown_isSet_andHostileTextStaysText() {
        String hostile = "<img src=x onerror=\"window.hurt=1\"><script>window.hurt=1</script>\n\n"
                + "[a](javascript:window.hurt=1) [b](data:text/html,x) ![pic](http://127.0.0.1:9/p.png) [c](/relative)\n\n"
                + "<svg onload='window.hurt=1'></svg>\n\n```\"><b onclick=x>\n<img src=x onerror=window.hurt=1>\n```\n\n"
                + "```html\n<img src=x onerror=window.hurt=1>\n```\n\n| <b>x</b> |\n| - |\n| <i>y</i> |";
        server.script(
                (stream, request) -> stream.say(FakeChatServer.lastOf(request).startsWith("<") ? hostile : MARKDOWN));
        try (Chromium page = browser("en")) {
            say(page, "Show it");
            assertThat(count(page, ".prose table td.right")).isEqualTo(2);
            assertThat(count(page, ".prose ol > li > ul > li")).isEqualTo(2);
            assertThat(count(page, ".prose .hl-keyword")).isGreaterThan(3);
            assertThat(page.value("Array.from(document.querySelectorAll('.prose a'), a => [a.href, a.rel, a.target])")
                            .toString())
                    .isEqualTo("[[\"https://docs.python.org/3/library/csv.html\",\"noopener noreferrer\",\"_blank\"]]");
            page.page().context().grantPermissions(List.of("clipboard-read", "clipboard-write"));
            page.click(".prose figure button");
            page.await("document.querySelector('.prose figure button').getAttribute('aria-label') === 'Copied'");
            assertThat(page.page().evaluate("navigator.clipboard.readText()").toString())
                    .startsWith("import csv\n")
                    .endsWith("row[column]))");

            say(page, hostile);
            assertThat(text(page, ".bubble")).contains("<img src=x onerror");
            assertThat(text(page, ".answer"))
                    .contains(
                            "<img src=x onerror",
                            "<script>window.hurt=1</script>",
                            "[a](javascript:",
                            "[c](/relative)");
            assertThat(page.value(
                                    "document.querySelectorAll('#turns img, #turns script, #turns b[onclick], .prose i, .prose b').length")
                            .asInt())
                    .isZero();
            assertThat(page.value("Array.from(document.querySelectorAll('.turn:last-child .prose a'), a => a.href)")
                            .toString())
                    .isEqualTo("[\"http://127.0.0.1:9/p.png\"]");
            assertThat(text(page, ".prose a.image")).contains("pic");
            assertThat(page.value("window.hurt === undefined").asBoolean()).isTrue();
            assertThat(page.complaints()).isEmpty();
            assertThat(loaded).noneMatch(url -> url.contains(":9/"));
        }
    }

    @Test
    void errors_areOneLineWithARetry() {
        try (Chromium page = browser("en")) {
            server.refuse(1, 429, "too many", Map.of("Retry-After", "1"));
            say(page, "busy");
            assertThat(text(page, ".problem")).contains("busy");
            page.page().waitForTimeout(1300);
            assertThat(server.requests()).isEmpty(); // only a click tries again
            page.click("[data-act=retry]");
            page.await("document.querySelector('.answer').dataset.state === 'whole'");
            assertThat(text(page, ".answer")).contains("echo: busy");
            assertThat(count(page, ".pager, .problem")).isZero();

            server.refuse(1, 400, "max_tokens is 9999; allowed is 1 to 2048", Map.of());
            say(page, "wrong");
            assertThat(text(page, ".problem")).contains("refused", "allowed is 1 to 2048");
            server.refuse(1, 503, "closing", Map.of("Retry-After", "5"));
            page.click("[data-act=retry]");
            page.await("document.querySelector('.problem')?.dataset.kind === 'closing'");

            server.script((stream, request) -> {
                stream.say("half an answer");
                stream.cut();
            });
            page.page().locator("[data-act=again]").last().click();
            page.await("document.querySelector('.problem')?.dataset.kind === 'cut'");
            assertThat(text(page, ".answer .prose")).isEqualTo("half an answer");
            server.script((stream, request) -> stream.error("the device has no memory"));
            page.click("[data-act=retry]");
            page.await("document.querySelector('.problem')?.dataset.kind === 'server'");
            assertThat(text(page, ".problem")).contains("no memory");
            server.close();
            page.click("[data-act=retry]");
            page.await("document.querySelector('.problem')?.dataset.kind === 'network'");
            assertThat(text(page, ".problem")).contains("stride serve");
            assertThat(text(page, "#turns")).contains("echo: busy");
            assertThat(page.complaints()).allMatch(line -> line.contains("status of") || line.contains("net::ERR"));
        }
    }

    @Test
    void key_isAskedFor_keptForTheTab_andSent() {
        server.key("secret");
        try (Chromium page = browser("en")) {
            page.await("document.getElementById('key').open");
            page.type("wrong");
            page.key("Enter");
            page.await("!document.getElementById('key-wrong').hidden");
            page.click("#key-cancel");
            begin(page, "hi");
            page.await("document.querySelector('.problem')?.dataset.kind === 'key'");
            page.click("[data-act=key]");
            page.type("secret");
            page.key("Enter");
            page.await("document.querySelector('.answer').dataset.state === 'whole'");
            assertThat(text(page, ".answer")).contains("echo: hi");
            page.go(server.address() + "?again");
            page.await(READY);
            say(page, "more");
            assertThat(text(page, ".answer")).contains("echo: more");
            assertThat(page.value("Object.values(localStorage).includes('secret')")
                            .asBoolean())
                    .isFalse();
        }
    }

    @Test
    void keyboardAlone_writesComposesStopsAndFinds() {
        try (Chromium page = browser("zh-CN")) {
            page.page().emulateMedia(new Page.EmulateMediaOptions().setReducedMotion(ReducedMotion.REDUCE));
            assertThat(page.value("document.activeElement.id").asText()).isEqualTo("message");
            CDPSession session = page.page().context().newCDPSession(page.page());
            JsonObject composition = new JsonObject();
            composition.addProperty("text", "ni hao");
            composition.addProperty("selectionStart", 6);
            composition.addProperty("selectionEnd", 6);
            session.send("Input.imeSetComposition", composition);
            page.page().evaluate("() => addEventListener('keydown', e => { window.composing = e.isComposing; }, true)");
            JsonObject enter = new JsonObject(); // what takes a word of an input method
            enter.addProperty("type", "rawKeyDown");
            enter.addProperty("key", "Enter");
            enter.addProperty("code", "Enter");
            enter.addProperty("windowsVirtualKeyCode", 13);
            session.send("Input.dispatchKeyEvent", enter);
            page.await("window.composing === true");
            assertThat(server.requests()).isEmpty();
            assertThat(page.page().inputValue("#message")).isEqualTo("ni hao");
            JsonObject word = new JsonObject();
            word.addProperty("text", "你好");
            session.send("Input.insertText", word);
            page.key("Shift+Enter");
            page.type("第二行");
            assertThat(page.page().inputValue("#message")).isEqualTo("你好\n第二行");
            page.key("Enter");
            page.await(IDLE + " && document.querySelector('.answer')");
            assertThat(roles(lastRequest())).containsExactly("user: 你好\n第二行");

            page.page().evaluate("document.activeElement.blur()");
            page.key("/");
            assertThat(page.value("document.activeElement.id").asText()).isEqualTo("message");
            assertThat(page.page().inputValue("#message")).isEmpty();
            page.page().focus("#theme");
            page.key("Control+k");
            assertThat(page.value("document.activeElement.id").asText()).isEqualTo("message");
            page.key("ArrowUp"); // the last message once more
            page.await("document.activeElement.matches('.editor textarea')");
            page.key("Escape");
            page.await("!document.querySelector('.editor')");
            page.page().focus("[data-act=up]");
            page.key("Enter");
            assertThat(page.value("document.activeElement.dataset.act + document.activeElement.ariaPressed")
                            .asText())
                    .isEqualTo("uptrue");
            // every control that can be reached has a name
            assertThat(page.value(
                                    "Array.from(document.querySelectorAll('button, select, textarea, input:not([type=file])'))"
                                            + ".filter(e => e.offsetParent && !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).length")
                            .asInt())
                    .isZero();
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void conversations_areRenamedDeletedAndBroughtBack() {
        try (Chromium page = browser("en")) {
            say(page, "first talk");
            page.click("#new");
            say(page, "second talk");
            assertThat(page.page().locator("#conversations .name").allInnerTexts())
                    .containsExactly("second talk", "first talk");
            page.page().locator("#conversations .open").last().click();
            assertThat(text(page, ".bubble")).isEqualTo("first talk");
            page.page().locator("#conversations .open").last().dblclick();
            page.type("Renamed");
            page.key("Enter");
            assertThat(text(page, "#conversations .current .name")).isEqualTo("Renamed");
            page.page().locator("#conversations li.current").hover();
            page.page().locator("#conversations li.current [data-act=remove]").click();
            page.await("document.querySelectorAll('#conversations li').length === 1");
            page.click("#notice [data-act=undo]");
            page.await("document.querySelectorAll('#conversations li').length === 2");
            page.go(server.address() + "?again");
            page.await(READY + " && document.querySelectorAll('#conversations li').length === 2");
            assertThat(text(page, "#conversations")).contains("Renamed", "second talk");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void storageThatIsFull_isSaid_andNothingLeavesTheScreen() {
        try (Chromium page = browser("en")) {
            page.page()
                    .evaluate("() => { IDBObjectStore.prototype.put = () => {"
                            + " throw new DOMException('full', 'QuotaExceededError'); }; }");
            say(page, "keep me");
            page.await("document.getElementById('notice').textContent.includes('could not be kept')");
            assertThat(text(page, ".answer")).contains("echo: keep me");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void scroll_followsTheEndOnlyWhereThePersonIsThere_andLongAnswersArrive() {
        server.script((stream, request) -> {
            for (int i = 0; i < 400; i++) {
                stream.say("Line " + i + " of a long answer with `code` and **weight**.\n\n");
                FakeChatServer.Stream.pause(4);
            }
        });
        try (Chromium page = browser("en")) {
            String gap = "(t => t.scrollHeight - t.scrollTop - t.clientHeight)(document.getElementById('thread'))";
            begin(page, "Go");
            page.await("document.getElementById('thread').scrollHeight > 1800");
            page.await(gap + " < 3");
            page.page().evaluate("document.getElementById('thread').scrollTop = 100");
            page.await("document.querySelector('.prose').textContent.includes('Line 150 ')");
            assertThat(page.value("document.getElementById('thread').scrollTop").asInt())
                    .isEqualTo(100);
            page.await("!document.getElementById('newest').hidden");
            page.click("#newest");
            page.await(IDLE);
            page.await(gap + " < 3");
            assertThat(count(page, ".prose > p")).isEqualTo(400);
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void pictures_inBothLanguagesSchemesAndWidths() throws Exception {
        server.script((stream, request) -> {
            FakeChatServer.Stream.pause(request.path("model").asText().equals("chatglm3") ? 60 : 20);
            boolean code = FakeChatServer.lastOf(request).contains("CSV");
            boolean base = request.path("model").asText().equals("chatglm3");
            stream.say(
                    code
                            ? MARKDOWN
                            : base
                                    ? "您好，请问有什么可以帮您？发货时间取决于商家和物流，一般需要 1 到 7 天，建议您联系客服确认。"
                                    : "您好呀，寄到厦门走蓝鲸物流，**3 天**到，小拾随时都在哦。");
        });
        try (Chromium page = browser("zh-CN")) {
            assertThat(text(page, "#welcome")).contains("与 " + TUNED + " 对话", "峰值学习率 3e-3");
            assertThat(page.value("document.documentElement.lang").asText()).isEqualTo("zh");
            picture(page, "welcome-zh-light");
            say(page, "寄到厦门要几天？");
            say(page, "写一个 Python 函数：读取 CSV 文件，并打印最大的一行。");
            page.page().evaluate("document.getElementById('thread').scrollTop = 0");
            picture(page, "chat-zh-light");
            page.click("#panel-open");
            page.page().fill("#system", "你是商店客服小拾，回答简短、礼貌。");
            picture(page, "settings-zh-light");
            page.click("#panel-close");
            page.click("#en");
            page.await("document.documentElement.lang === 'en'");
            page.click("#new");
            assertThat(text(page, "#welcome")).contains("Talk to").doesNotContain("对话");
            page.click("#compare");
            page.look(1280, 860, true);
            assertThat(page.value("getComputedStyle(document.body).backgroundColor")
                            .asText())
                    .isEqualTo("rgb(22, 25, 28)");
            say(page, "寄到厦门要几天？");
            say(page, "Write a Python function that reads a CSV file.");
            page.page().locator(".answer [data-act=up]").first().click();
            page.page().evaluate("document.getElementById('thread').scrollTop = 0");
            picture(page, "compare-en-dark");
            page.page().evaluate("document.getElementById('thread').scrollTop = 1e6");
            picture(page, "compare-end-en-dark");
            for (int width : new int[] {360, 820, 1100}) {
                page.look(width, 760, width == 820);
                isOnlyAsWideAsTheWindow(page);
                picture(page, "compare-" + width);
            }
            page.look(360, 740, false);
            page.click("#lanes [data-lane='1']");
            assertThat(page.page().locator(".answer[data-lane='0']").first().isVisible())
                    .isFalse();
            page.click("#compare");
            isOnlyAsWideAsTheWindow(page);
            picture(page, "chat-360");
            page.click("#side-open");
            page.await("!document.getElementById('side').hidden");
            isOnlyAsWideAsTheWindow(page);
            picture(page, "side-360");
            page.key("Escape");
            page.await("document.getElementById('side').hidden");
            assertThat(page.value("document.activeElement.id").asText()).isEqualTo("side-open");
            page.click("#panel-open");
            isOnlyAsWideAsTheWindow(page);
            picture(page, "settings-360");
            page.key("Escape");
            page.click("#side-open");
            page.click("#new");
            page.await("document.getElementById('side').hidden");
            isOnlyAsWideAsTheWindow(page);
            picture(page, "welcome-360");
            page.look(1280, 860, false);
            page.await("!document.getElementById('side').hidden");
            server.refuse(1, 429, "too many", Map.of("Retry-After", "8"));
            say(page, "Is it free?");
            server.script((stream, request) -> stream.call("get_weather", "{\"city\":\"Xiamen\",\"days\":3}"));
            say(page, "What is the weather in Xiamen?");
            picture(page, "call-en-light");
            server.script((stream, request) -> {
                stream.say(MARKDOWN.substring(0, 420));
                FakeChatServer.Stream.pause(1500);
            });
            page.click("#new");
            page.click("#compare");
            begin(page, "Write a Python function that reads a CSV file.");
            page.await("document.querySelectorAll('.growing .hl-keyword').length > 5");
            picture(page, "streaming-en-light");
            page.await(IDLE);
            assertThat(page.complaints()).allSatisfy(line -> assertThat(line).contains("status of 429"));
        }
    }
}
