package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Chromium;
import dev.stride.chat.ChatEnd;
import dev.stride.cli.CheckRun;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The chat page in a real browser against the real server over the sample model and its adapters. */
class ChatPageRealTest {
    private static final String KEY = "sk-page";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temp;

    private Chromium browser(String address) {
        Chromium page = Chromium.open(temp.resolve("profile"), "en");
        page.look(1280, 860, false);
        page.go(address);
        page.await(ChatPageRig.READY);
        return page;
    }

    @Test
    void talk_stopRegenerateCompareRateAndExport_isReadAsTrainingData() throws Exception {
        try (ChatRig rig = ChatRig.open();
                Chromium page = browser(rig.address("/chat/"))) {
            assertThat(ChatPageRig.text(page, "#welcome")).contains("Talk to " + ChatRig.ONE);
            page.click("#panel-open");
            page.page().fill("#set-temperature", "0");
            page.page().fill("#set-max_tokens", "12");
            ChatPageRig.say(page, "早上好");
            String expected = rig.ask(
                            ChatRig.ONE,
                            12,
                            java.util.List.of(dev.stride.tokenizer.Message.of(dev.stride.tokenizer.Role.USER, "早上好")))
                    .text()
                    .strip();
            assertThat(page.value("document.querySelector('.answer').dataset.state")
                            .asText())
                    .isEqualTo("whole");
            assertThat(ChatPageRig.text(page, ".answer .figures")).contains("12 tokens", "cut at the limit");
            assertThat(expected).isNotEmpty();

            page.page().locator("[data-act=again]").first().click();
            page.await(ChatPageRig.IDLE + " && document.querySelector('.answer').textContent.includes('2 / 2')");

            page.page().fill("#set-max_tokens", "1800");
            ChatPageRig.begin(page, "说");
            rig.await(status -> status.answering() == 1);
            page.key("Escape");
            page.await(ChatPageRig.IDLE);
            rig.await(status -> status.answering() == 0);
            assertThat(rig.ended(ChatEnd.Reason.CANCELLED)).isEqualTo(1);

            page.page().fill("#set-max_tokens", "24");
            page.click("#new");
            page.click("#compare");
            ChatPageRig.begin(page, "你好");
            page.await("document.querySelectorAll('.answer[data-state=whole]').length === 2");
            page.await(ChatPageRig.IDLE);
            String base = rig.ask(
                            ChatRig.BASE,
                            24,
                            java.util.List.of(dev.stride.tokenizer.Message.of(dev.stride.tokenizer.Role.USER, "你好")))
                    .text()
                    .strip();
            assertThat(page.page().locator(".answer .prose").allInnerTexts()).contains(base);
            int lane = page.page().locator(".answer .prose").allInnerTexts().indexOf(base);
            page.page().locator("[data-act=up]").nth(lane).click();
            page.page().locator("[data-act=down]").nth(1 - lane).click();
            com.microsoft.playwright.Download file = page.page().waitForDownload(() -> page.click("#export-good"));
            Path kept = temp.resolve(file.suggestedFilename());
            file.saveAs(kept);
            assertThat(ChatPageRig.trained(kept, 0)).containsExactly("user: 你好", "assistant: " + base);
            assertThat(Files.readString(kept)).contains(base);
            CheckRun.passes(ChatRig.MODEL, kept);
            assertThat(page.complaints()).isEmpty();
            assertThat(rig.log).noneMatch(line -> line.status() >= 400 && line.status() != ApiLog.CLIENT_LEFT);
        }
    }

    @Test
    void key_isAskedFor_andThePrintedAddressNeedsNone() {
        try (ChatRig rig = ChatRig.open(ChatRig.setup().keys(KEY))) {
            try (Chromium page = browser(rig.address("/chat/"))) {
                page.await("document.getElementById('key').open");
                page.type("wrong");
                page.key("Enter");
                page.await("!document.getElementById('key-wrong').hidden");
                page.page().fill("#key-field", KEY);
                page.key("Enter");
                page.await("!document.getElementById('key').open");
                page.click("#panel-open");
                page.page().fill("#set-max_tokens", "4");
                ChatPageRig.say(page, "你好");
                assertThat(page.value("document.querySelector('.answer').dataset.state")
                                .asText())
                        .isEqualTo("whole");
                page.go(rig.address("/?token=" + ChatRig.TOKEN));
                page.await(ChatPageRig.READY);
                assertThat(page.page().url()).isEqualTo(rig.address("/chat/")).doesNotContain(ChatRig.TOKEN);
                page.click("#new");
                ChatPageRig.say(page, "你好");
                assertThat(page.value("document.querySelector('.answer').dataset.state")
                                .asText())
                        .isEqualTo("whole");
            }
            try (Chromium page = Chromium.open(temp.resolve("other"), "en")) {
                page.go(rig.address("/?token=" + ChatRig.TOKEN));
                page.await(ChatPageRig.READY);
                assertThat(page.value("document.getElementById('key').open").asBoolean())
                        .isFalse();
                ChatPageRig.say(page, "你好");
                assertThat(page.value("document.querySelector('.answer').dataset.state")
                                .asText())
                        .isEqualTo("whole");
            }
        }
    }
}
