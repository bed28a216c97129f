package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ReducedMotion;
import dev.stride.Chromium;
import org.junit.jupiter.api.Test;

/** How the call page looks and is used by keys, and its chart. {@code -Dstride.pictures=DIR} keeps what it looked like. */
class CallPageLooksTest extends CallPageRig {
    /** What the chart has drawn; null until its module was asked for. */
    static final String CHART =
            "window.chartOf ? window.chartOf.read() : (import('./call-chart.js').then(m => { window.chartOf = m; }), null)";

    @Test
    void chart_growsWhileTheRunTrains_thenRests() throws Exception {
        try (Chromium page = browser("en")) {
            page.await("(" + CHART + ")?.series.loss?.filter(v => v !== null).length === 60");
            assertThat(page.value("Object.keys(window.chartOf.read().series)").toString())
                    .isEqualTo("[\"planned\",\"rate\",\"loss\",\"evals\"]");
            assertThat(text(page, "#run-state")).isEqualTo("training, step 60 of 189");
            server.step(130);
            page.await("window.chartOf.read().series.loss.filter(v => v !== null).length === 130");
            assertThat(page.value("document.querySelectorAll('#chart .mark').length")
                            .asInt())
                    .isEqualTo(1);
            assertThat(page.value("document.querySelector('#chart .mark-text').textContent")
                            .asText())
                    .contains("reduce", "loss rose for 12 steps");
            assertThat(page.value(
                                    "window.chartOf.read().series.evals.filter(v => v !== null && v !== undefined).length")
                            .asInt())
                    .isEqualTo(3);
            server.step(189);
            page.await("document.getElementById('run-state').textContent === '189 steps'");
            int reads = server.chartReads();
            Thread.sleep(2600);
            assertThat(server.chartReads()).isEqualTo(reads);
            page.page().selectOption("#model", "chatglm3");
            page.await("!document.getElementById('no-run').hidden");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void keyboardAlone_callsMutesAndHangsUp() throws Exception {
        try (Chromium page = browser("en")) {
            page.page().emulateMedia(new Page.EmulateMediaOptions().setReducedMotion(ReducedMotion.REDUCE));
            page.key("Space");
            phase(page, "listening");
            page.key("m");
            phase(page, "muted");
            assertThat(page.value("document.getElementById('press').ariaLabel").asText())
                    .isEqualTo("Unmute");
            server.forget();
            while (server.frames().size() < 20) {
                Thread.sleep(10);
            }
            assertThat(FakeCallServer.loudest(server.frames().subList(10, 20))).isZero();
            page.key("M");
            phase(page, "listening");
            page.key("/");
            page.type("mm m");
            assertThat(page.value("document.body.dataset.phase").asText()).isEqualTo("listening");
            page.key("Enter");
            server.await("stride.said", event -> event.path("text").asText().equals("mm m"));
            page.key("Escape");
            phase(page, "idle");
            assertThat(page.value("document.activeElement.id").asText()).isEqualTo("press");
            page.key("Enter");
            phase(page, "listening");
            assertThat(page.value(
                                    "Array.from(document.querySelectorAll('button, select, input')).filter(e => e.offsetParent"
                                            + " && !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).length")
                            .asInt())
                    .isZero();
            assertThat(page.value("document.getAnimations().length").asInt()).isZero();
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void pictures_inBothLanguagesSchemesAndWidths() throws Exception {
        try (Chromium page = browser("zh-CN")) {
            assertThat(text(page, "#phase")).isEqualTo("按一下，开始说话");
            assertThat(text(page, "#facts")).isEqualTo("峰值学习率 1e-2，预热 19 步，余弦衰减。用 1e-2：试过的 5 个里损失最低。");
            page.await("document.querySelector('.uplot')");
            picture(page, "idle-zh");
            page.page().locator("#examples button").first().click();
            server.await("stride.said", event -> event.path("text").asText().equals("你最喜欢哪个学习率？为什么？"));
            phase(page, "thinking");
            picture(page, "thinking-zh");
            talkTo(page, 1, "我最喜欢 1e-2。五个学习率里它的验证损失最低，1.351，而且没有发散。", 3500);
            picture(page, "speaking-zh");
            server.done(1, "completed");
            server.latency(1);
            phase(page, "listening");
            server.say("stride.partial", 2, "text", "那 3e-2 为什么");
            page.await("document.querySelector('[data-who=you] .rest').textContent !== undefined");
            server.step(130);
            page.await("document.getElementById('run-state').textContent.includes('130')");
            server.say("input_audio_buffer.speech_started", 2);
            page.await("document.body.dataset.hearing === 'true'");
            picture(page, "listening-zh");
            page.click("#en");
            assertThat(text(page, "#phase")).isEqualTo("Listening to you");
            assertThat(text(page, "#beside")).doesNotContain("学习率");
            page.look(1280, 860, true);
            assertThat(page.value("getComputedStyle(document.body).backgroundColor")
                            .asText())
                    .isEqualTo("rgb(22, 25, 28)");
            picture(page, "listening-en-dark");
            server.say("conversation.item.input_audio_transcription.completed", 2, "transcript", "And why not 3e-2?");
            talkTo(page, 2, "It diverged at step 41: the guard stopped that trial after the loss had tripled.", 5000);
            page.await("document.querySelectorAll('[data-who=model] .said')[1].textContent.length > 12");
            picture(page, "speaking-en-dark");
            for (int width : new int[] {360, 700, 1000}) {
                page.look(width, 760, width == 700);
                isOnlyAsWideAsTheWindow(page);
                picture(page, "speaking-" + width);
            }
            page.look(360, 740, false);
            page.page().evaluate("document.getElementById('beside').scrollIntoView()");
            picture(page, "beside-360");
            page.page().evaluate("document.getElementById('how').scrollIntoView()");
            picture(page, "beside-end-360");
            page.look(1280, 1200, false);
            picture(page, "tall-en");
            page.look(1280, 860, false);
            server.cut();
            page.await("!document.getElementById('notice').hidden");
            picture(page, "lost-en");
            assertThat(page.complaints()).isEmpty();
            leavesNothingElsewhere();
        }
    }

    private void talkTo(Chromium page, int turn, String answer, int millis) {
        server.answer(turn, answer);
        server.tone(turn, 24_000, millis, 330);
        phase(page, "speaking");
        page.await("Number(document.getElementById('ring').style.getPropertyValue('--level')) > 0.2");
    }
}
