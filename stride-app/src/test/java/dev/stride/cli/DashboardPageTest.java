package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.stride.Child;
import dev.stride.Chromium;
import dev.stride.SmallFiles;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import dev.stride.train.Runs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dashboard in a real browser beside a real training in a process of its own. What the page draws is read back from it
 * and compared with what the run wrote. {@code -Dstride.pictures=DIR} keeps what it looked like.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "an open file of the run cannot be looked at there")
class DashboardPageTest {
    private static final String RUN = "live run";
    private static final String MAIN = "window.strideDashboard.chart('main')";
    /** A name that would run a script where it became a part of the page. */
    private static final String HOSTILE = "<img src=x onerror=\"document.title='taken'\">";

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path shared;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temp;

    private static SmallFiles files;

    private @Nullable Process child;
    private @Nullable Dashboard dashboard;

    @BeforeAll
    static void write() {
        files = SmallFiles.write(shared, 64, 20, 4, 21);
    }

    @AfterEach
    void end() throws InterruptedException {
        if (dashboard != null) {
            dashboard.close();
        }
        if (child != null) {
            child.destroyForcibly().waitFor();
        }
    }

    @Test
    void aLiveRun_isFollowed_actedOn_andStopped() throws Exception {
        Path run = train();
        try (Chromium page = open("en-US")) {
            page.await("window.strideDashboard.state().connection === 'live' && window.strideDashboard.state().canAct");
            choose(page, RUN);
            follow(page, run);
            annotate(page, run);
            evaluate(page, run);
            halve(page, run);
            restart(page, run);
            stop(page, run);
            picture(page, "dashboard-stopped");
            assertThat(page.complaints())
                    .as("the server was away for a while, and said so")
                    .allMatch(complaint -> complaint.contains("net::ERR_CONNECTION_REFUSED")
                            || complaint.contains("net::ERR_INCOMPLETE_CHUNKED_ENCODING")
                            || complaint.contains("403"));
        }
    }

    @Test
    void twoLanguages_aNarrowScreen_andAHostileName() throws Exception {
        Path run = train();
        await(() -> Files.exists(run.resolve("events.jsonl")) && steps(run).size() > 60);
        copy(run, HOSTILE);
        try (Chromium page = open("zh-CN")) {
            page.await("document.documentElement.lang.startsWith('zh') && document.body.innerText.includes('学习率')");
            choose(page, RUN);
            page.await(MAIN + " && " + MAIN + ".x.length > 50");
            page.await("document.body.innerText.includes('停止并保存')");
            picture(page, "dashboard-zh");
            page.click("#en");
            page.await("document.documentElement.lang === 'en' && document.body.innerText.includes('Stop and save')");

            choose(page, HOSTILE);
            page.await("document.getElementById('run').innerText.includes('onerror')");
            assertThat(page.value("document.images.length").asInt()).isZero();
            assertThat(page.value("document.title").asText()).isNotEqualTo("taken");

            page.look(380, 800, true);
            page.go(page.value("location.href").asText());
            page.await("window.strideDashboard && window.strideDashboard.state().connection === 'live'");
            assertThat(page.value("document.documentElement.scrollWidth").asInt())
                    .isLessThanOrEqualTo(380);
            picture(page, "dashboard-narrow");
            assertThat(page.complaints()).isEmpty();
        }
    }

    /** The chart has what the run wrote, soon after it wrote it. */
    private static void follow(Chromium page, Path run) throws IOException {
        page.await(MAIN + " && " + MAIN + ".x.length > 20");
        int before = page.value(MAIN + ".x.length").asInt();
        page.await(MAIN + ".x.length > " + (before + 20));
        Map<Long, StepEvent> written =
                steps(run).stream().collect(Collectors.toMap(StepEvent::step, Function.identity(), (a, b) -> b));
        JsonNode chart = page.value(MAIN);
        JsonNode series = chart.path("series");
        List<String> rates = new ArrayList<>();
        series.fieldNames().forEachRemaining(name -> {
            if (name.startsWith("lr ")) {
                rates.add(name);
            }
        });
        assertThat(rates).as("groups of one rate share a line: %s", series).isNotEmpty();
        int compared = 0;
        for (int i = 0; i < chart.path("x").size(); i++) {
            StepEvent step = written.get(chart.path("x").get(i).asLong());
            JsonNode loss = series.path("loss").path(i);
            if (step != null && loss.isNumber()) {
                assertThat(loss.asDouble()).isCloseTo(step.loss(), Percentage.withPercentage(0.01));
                double rate = series.path(rates.get(0)).path(i).asDouble();
                assertThat(step.lr().values())
                        .anySatisfy(lr -> assertThat(rate).isCloseTo(lr, Percentage.withPercentage(0.01)));
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(20);
    }

    private static void annotate(Chromium page, Path run) throws Exception {
        page.click("button[data-action=note]");
        page.await("document.getElementById('ask').open");
        page.type("looks well, 很好 <b>");
        page.click("#ask-send");
        page.await("document.querySelector('[data-request=note][data-state=taken]')");
        assertThat(Files.readString(run.resolve("events.jsonl"))).contains("looks well, 很好 <b>");
    }

    private static void evaluate(Chromium page, Path run) throws Exception {
        page.click("button[data-action=evaluate]");
        page.await("document.querySelector('[data-request=evaluate][data-state=taken]')");
        await(() -> Files.readString(run.resolve("events.jsonl")).contains("\"eval\""));
    }

    private static void halve(Chromium page, Path run) throws Exception {
        page.click("button[data-action=halve]");
        page.await("document.getElementById('ask').open");
        page.click("#ask-send");
        page.await("document.querySelector('[data-request=halve][data-state=taken]')");
        VerdictEvent verdict = Runs.events(run).stream()
                .filter(VerdictEvent.class::isInstance)
                .map(VerdictEvent.class::cast)
                .filter(event -> event.action().equals("reduce-lr"))
                .findFirst()
                .orElseThrow();
        assertThat(verdict.monitor()).isEqualTo(VerdictEvent.PERSON);
        Map<Long, StepEvent> written =
                steps(run).stream().collect(Collectors.toMap(StepEvent::step, Function.identity(), (a, b) -> b));
        StepEvent last = Objects.requireNonNull(written.get(verdict.step()));
        await(() -> steps(run).size() > verdict.step() + 1);
        StepEvent next = steps(run).get((int) verdict.step());
        assertThat(next.lr().values().iterator().next())
                .as("a constant schedule")
                .isEqualTo(last.lr().values().iterator().next() / 2);
    }

    /** The server ends and another takes its port: the page comes back by itself, and no update is missing in the curve. */
    private void restart(Chromium page, Path run) throws Exception {
        int port = Objects.requireNonNull(dashboard).port();
        dashboard.close();
        page.await("window.strideDashboard.state().connection !== 'live'");
        int away = steps(run).size();
        await(() -> steps(run).size() > away + 20);
        dashboard = Dashboard.open(temp.resolve("runs"), new PageAddress(PageAddress.LOOPBACK, port));
        page.await("window.strideDashboard.state().connection === 'live'");
        page.await(MAIN + ".x.length > 0 && Math.max(..." + MAIN + ".x) > " + (away + 20));
        JsonNode losses =
                page.value("(() => { const c = " + MAIN + "; const at = c.x.map((x, i) => [x, c.series.loss[i]])"
                        + ".filter(p => p[1] !== null); return [at.length, at[0][0], at[at.length - 1][0]]; })()");
        long first = losses.get(1).asLong();
        long last = losses.get(2).asLong();
        if (last < 1000) { // fewer than the page asks for, so nothing is thinned
            assertThat(losses.get(0).asLong()).isEqualTo(last - first + 1);
        }
        assertThat(page.value("window.strideDashboard.state().canAct").asBoolean())
                .as("another server has another token")
                .isFalse();
        page.go(dashboard.url());
        page.await("window.strideDashboard && window.strideDashboard.state().connection === 'live'"
                + " && window.strideDashboard.state().canAct");
        choose(page, RUN);
    }

    private void stop(Chromium page, Path run) throws Exception {
        page.await("!document.querySelector('button[data-action=stop]').disabled");
        page.click("button[data-action=stop]");
        page.await("document.getElementById('ask').open");
        page.click("#ask-send");
        Child.Ended ended = Child.await(Objects.requireNonNull(child), temp.resolve("child"));
        assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.INTERRUPTED);
        JsonNode result = Runs.json(run.resolve("result.json"));
        assertThat(result.path("status").asText()).isEqualTo("interrupted");
        assertThat(result.path("reason").asText()).startsWith("stopped by");
        assertThat(run.resolve(String.format(
                        "checkpoints/step-%06d", result.path("steps").asLong())))
                .isDirectory();
        page.await("document.querySelector('#run').innerText.toLowerCase().includes('interrupted')");
        page.await("document.querySelector('button[data-action=stop]').disabled");
    }

    private Path train() throws Exception {
        Path run = Files.createDirectories(temp.resolve("runs")).resolve(RUN);
        child = Child.start(
                temp.resolve("child"),
                List.of("-Xmx256m"),
                Main.class,
                List.of(
                        "train",
                        "--model",
                        files.model().toString(),
                        "--data",
                        files.rows().toString(),
                        "--val",
                        files.validation().toString(),
                        "--val-generate",
                        "2",
                        "--max-new-tokens",
                        "4",
                        "--method",
                        "full",
                        "--lr",
                        "1e-4",
                        "--schedule",
                        "constant",
                        "--warmup",
                        "0",
                        "--steps",
                        "100000",
                        "--batch",
                        "16",
                        "--threads",
                        "1",
                        "--eval-every",
                        "1000000",
                        "--self-test",
                        "off",
                        "--guard",
                        "all=off",
                        "--out",
                        run.toString()));
        return run;
    }

    private Chromium open(String language) {
        dashboard = Dashboard.open(temp.resolve("runs"), new PageAddress(PageAddress.LOOPBACK, 0));
        Chromium page = Chromium.open(temp.resolve("profile"), language);
        page.look(1280, 900, false);
        page.go(dashboard.url());
        page.await("window.strideDashboard");
        return page;
    }

    /** Opens a run by its name in the list. */
    private static void choose(Chromium page, String name) {
        String item = "Array.from(document.querySelectorAll('#runs [data-item]')).find(e => e.innerText.includes("
                + new TextNode(name) + "))";
        page.await(item);
        page.value("(" + item + ".querySelector('button, a') || " + item + ").click()");
        page.await("document.querySelector('#run h2') || document.querySelector('#run h1')");
    }

    private static void copy(Path run, String name) throws IOException {
        Path target = Files.createDirectories(run.resolveSibling(name.replace("/", "")));
        for (String file : List.of("config.yaml", "plan.json", "events.jsonl")) {
            Files.copy(run.resolve(file), target.resolve(file));
        }
    }

    /** The updates that are written whole. */
    private static List<StepEvent> steps(Path run) throws IOException {
        List<StepEvent> steps = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("events.jsonl"))) {
            if (line.startsWith("{\"type\":\"step\"") && line.endsWith("}")) {
                steps.add((StepEvent) RunEvent.fromJson(JSON.readTree(line)));
            }
        }
        return steps;
    }

    private interface Condition {
        boolean isTrue() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long end = System.nanoTime() + 90_000_000_000L;
        while (!condition.isTrue()) {
            assertThat(System.nanoTime()).as("waited for long").isLessThan(end);
            Thread.sleep(50);
        }
    }

    private static void picture(Chromium page, String name) throws IOException {
        String folder = System.getProperty("stride.pictures");
        if (folder != null) {
            Files.write(Path.of(folder).resolve(name + ".png"), page.picture());
        }
    }
}
