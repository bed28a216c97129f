package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ReducedMotion;
import dev.stride.Chromium;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How the chat page looks and is used. {@code -Dstride.pictures=DIR} keeps what it looked like. */
class ChatPageLooksTest extends ChatPageRig {
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
