package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.stride.Chromium;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.SampleRecord;
import dev.stride.search.SweepTrial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A sweep's page, opened from the disk in a real browser. {@code -Dstride.pictures=DIR} keeps what it looked like. */
class SweepPageBrowserTest {
    private static final String TIP = "document.querySelector('figure[data-points] .tip')";
    private static final String SHOWN = "(" + TIP + ".hidden ? '' : " + TIP + ".innerText)";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temp;

    private Chromium open(SweepData data, String language, int width) throws Exception {
        Path file = temp.resolve("report.html");
        SweepReport.write(file, data, Language.ENGLISH);
        Chromium page = Chromium.open(temp.resolve("profile"), language);
        page.look(width, 800, false);
        page.go(file.toUri().toString());
        return page;
    }

    private SweepData recorded() {
        return SweepFile.read(SyntheticSweep.write(temp.resolve("sweep")));
    }

    private static String text(Chromium page, String expression) {
        return page.value(expression).asText();
    }

    private static void isOnlyAsWideAsTheWindow(Chromium page) {
        JsonNode widths = page.value("[document.documentElement.scrollWidth, innerWidth]");
        assertThat(widths.get(0).asInt()).isEqualTo(widths.get(1).asInt());
    }

    private static void picture(Chromium page, String name) throws IOException {
        String folder = System.getProperty("stride.pictures");
        if (folder != null) {
            Files.write(Path.of(folder).resolve(name + ".png"), page.picture());
        }
    }

    @Test
    void sentence_standsFirst_inEitherLanguage() throws Exception {
        SweepData data = recorded();
        BilingualText sentence = Objects.requireNonNull(data.answer()).sentence();
        try (Chromium page = open(data, "en", 1280)) {
            String first = "document.querySelector('header .answer').innerText";
            assertThat(text(page, first)).isEqualTo(sentence.english());
            assertThat(text(page, "document.querySelector('main').innerText")).contains(SyntheticSweep.COURSE);
            assertThat(page.value("document.querySelector('header .answer').getBoundingClientRect().bottom")
                            .asDouble())
                    .as("without scrolling")
                    .isLessThan(800);
            picture(page, "sweep-en");
            page.click("label[for=show-zh]");
            page.await(first + " === " + new TextNode(sentence.chinese()));
            assertThat(text(page, "document.documentElement.lang")).isEqualTo("zh");
            assertThat(text(page, "document.querySelector('main').innerText"))
                    .contains(SyntheticSweep.COURSE_ZH, "搜索过程", "试验")
                    .doesNotContain(SyntheticSweep.COURSE, "How the search went");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void scores_areReadUnderThePointer_andByTheKeys() throws Exception {
        SweepData data = recorded();
        try (Chromium page = open(data, "en", 1280)) {
            assertThat(text(page, SHOWN)).isEmpty();
            page.value("document.querySelector('figure[data-points]').focus()");
            int read = 0;
            for (SweepData.Trial trial : data.trials().subList(0, 6)) {
                page.key("ArrowRight");
                page.await(SHOWN + ".startsWith('" + Numbers.scientific(trial.lr()) + ": "
                        + Numbers.compact(trial.score("loss")) + "')");
                read++;
            }
            assertThat(read).isEqualTo(6);
            picture(page, "sweep-keys");
            page.key("Escape");
            page.await(TIP + ".hidden");
            // the pointer's own events: where it points there is the mark that says so
            String third = text(
                    page,
                    "(() => { const all = Array.from(document.querySelectorAll('svg.score.wide g.at'));"
                            + " all[2].scrollIntoView({block: 'center'});"
                            + " const r = all[2].getBoundingClientRect();"
                            + " const under = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);"
                            + " under.dispatchEvent(new PointerEvent('pointermove', {bubbles: true}));"
                            + " return under.closest('g.at') === all[2] ? " + SHOWN + " : 'another mark'; })()");
            assertThat(third)
                    .startsWith("3e-4: " + Numbers.compact(data.trials().get(2).score("loss")));
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void samples_standSideBySide_andBelowEachOtherOnAPhone() throws Exception {
        SweepData data = recorded();
        String places = "Array.from(document.querySelectorAll('article.sample:first-of-type .prediction'))"
                + ".map(e => e.getBoundingClientRect()).filter(r => r.width > 0).map(r => [r.x, r.y])";
        try (Chromium page = open(data, "en", 1280)) {
            page.click("article.sample summary");
            page.click("article.sample summary");
            JsonNode wide = page.value(places);
            assertThat(wide.size()).isGreaterThanOrEqualTo(6);
            assertThat(wide.get(1).get(0).asDouble())
                    .isGreaterThan(wide.get(0).get(0).asDouble());
            assertThat(text(page, "document.querySelector('article.sample').innerText"))
                    .contains(SyntheticSweep.PROMPT, SyntheticSweep.REFERENCE, "lr-1e-3", "lr-3e-2");
            isOnlyAsWideAsTheWindow(page);
            page.look(380, 800, true);
            isOnlyAsWideAsTheWindow(page);
            JsonNode narrow = page.value(places);
            assertThat(narrow.get(1).get(1).asDouble())
                    .isGreaterThan(narrow.get(0).get(1).asDouble());
            page.value("scrollTo(0, 0)");
            picture(page, "sweep-380");
            page.value("document.querySelector('figure[data-points]').focus()");
            page.key("End");
            page.await("!" + TIP + ".hidden");
            isOnlyAsWideAsTheWindow(page);
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void cooldowns_areATableOfThePage() throws Exception {
        try (Chromium page = open(SweepPages.trunk(), "en", 380)) {
            assertThat(text(page, "document.querySelector('#cooldowns').innerText"))
                    .contains("Cooled branches", "2.5000", "2.7500")
                    .doesNotContain("冷却");
            isOnlyAsWideAsTheWindow(page);
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void hostileTexts_areShownAsTheyStand_andDoNothing() throws Exception {
        String attack = "<img src=x onerror=\"window.hurt=1\"><script>window.hurt=1</script>"
                + "<svg onload='window.hurt=1'></svg></script></div>{0}$&`&lt;";
        SweepData.Trial plain = SweepPages.trial(1e-3, 1, SweepTrial.Status.FINISHED, 1.5);
        ReportRun run = new ReportRun(
                attack,
                List.of(),
                List.of(new EvalEvent(4, 1.5, 100, Map.of(), 1)),
                List.of(new SampleRecord(4, "user: " + attack, attack, attack, Map.of(attack, 1.0))),
                List.of(),
                List.of(),
                Map.of(),
                null);
        SweepData.Trial trial = new SweepData.Trial(
                attack,
                plain.folder(),
                1e-3,
                plain.value(),
                1,
                SweepTrial.Status.STOPPED,
                10,
                10,
                attack,
                plain.metrics(),
                null,
                false,
                null,
                3,
                List.of(),
                run);
        try (Chromium page = open(SweepPages.sweep(List.of(trial), null, SweepPages.answer(1e-3, true)), "en", 1280)) {
            page.await("document.querySelectorAll('article.sample .text').length === 3");
            JsonNode shown =
                    page.value("Array.from(document.querySelectorAll('article.sample .text'), e => e.textContent)");
            assertThat(shown.get(0).asText()).isEqualTo("user: " + attack);
            assertThat(shown.get(1).asText()).isEqualTo(attack);
            assertThat(shown.get(2).asText()).isEqualTo(attack);
            assertThat(page.value("document.querySelectorAll('main img, main script, .text svg').length")
                            .asInt())
                    .isZero();
            assertThat(page.value("window.hurt === undefined").asBoolean()).isTrue();
            assertThat(page.complaints()).isEmpty();
        }
    }
}
