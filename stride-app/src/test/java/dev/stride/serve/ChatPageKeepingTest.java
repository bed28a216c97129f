package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.Chromium;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the chat page keeps: conversations, settings, the key, and files of them. */
class ChatPageKeepingTest extends ChatPageRig {
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
}
