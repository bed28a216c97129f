package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Page;
import dev.stride.Chromium;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Talking on the chat page, in a real browser against scripted answers. */
class ChatPageTest extends ChatPageRig {
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
}
