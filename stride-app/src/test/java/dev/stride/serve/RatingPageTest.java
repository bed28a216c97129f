package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.Chromium;
import dev.stride.experiment.SampleRecord;
import dev.stride.search.SweepTrial.Status;
import dev.stride.search.Vote;
import dev.stride.search.Vote.Choice;
import dev.stride.search.Votes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser. {@code -Dstride.pictures=DIR} keeps what it looked like. */
class RatingPageTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final String SHOWN =
            "document.getElementById('left').textContent + document.getElementById('right').textContent";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temp;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    private String serve(Path sweep) {
        RatingDesk desk = RatingDesk.open(RatedSweep.read(sweep), 1, Integer.MAX_VALUE, InstantSource.system());
        open.push(desk);
        RatingServer server =
                RatingServer.start(desk, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), TOKEN);
        open.push(server);
        return "http://127.0.0.1:" + server.port() + server.path();
    }

    @AfterEach
    void stop() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private Chromium browser(String language) throws Exception {
        return Chromium.open(temp.resolve("profile"), language);
    }

    private static void begin(Chromium page, String address, String name) {
        page.go(address);
        page.await("!document.getElementById('hello').hidden && document.activeElement.id === 'name'");
        page.type(name);
        page.key("Enter");
        page.await("!document.getElementById('rate').hidden");
    }

    /** Presses a key and waits until another pair, or another view, is there. */
    private static void press(Chromium page, String key) {
        String before = page.value(SHOWN + " + document.getElementById('progress').textContent")
                .asText();
        page.key(key);
        page.await(SHOWN + " + document.getElementById('progress').textContent !== " + quoted(before)
                + " || document.getElementById('rate').hidden");
    }

    private static String quoted(String text) {
        return new com.fasterxml.jackson.databind.node.TextNode(text).toString();
    }

    private static String text(Chromium page, String id) {
        return page.value("document.getElementById('" + id + "').innerText").asText();
    }

    private static void picture(Chromium page, String name) throws IOException {
        String folder = System.getProperty("stride.pictures");
        if (folder != null) {
            Files.write(Path.of(folder).resolve(name + ".png"), page.picture());
        }
    }

    private static void isOnlyAsWideAsTheWindow(Chromium page) {
        JsonNode widths = page.value("[document.documentElement.scrollWidth, innerWidth]");
        assertThat(widths.get(0).asInt()).isEqualTo(widths.get(1).asInt());
    }

    @Test
    void keys_vote_andARestartGoesOn() throws Exception {
        Path sweep = SweepFolder.of(temp.resolve("sweep"), 8, 1e-3, 3e-3);
        try (Chromium page = browser("en")) {
            page.look(1280, 800, false);
            begin(page, serve(sweep), "Ann");
            assertThat(text(page, "progress")).isEqualTo("1 of 8");
            for (String key : List.of("1", "ArrowRight", " ", "x", "s")) {
                press(page, key);
            }
            assertThat(text(page, "progress")).isEqualTo("6 of 8");
            assertThat(Votes.read(sweep))
                    .extracting(Vote::choice)
                    .containsExactly(Choice.LEFT, Choice.RIGHT, Choice.TIE, Choice.BAD, Choice.SKIP);
            press(page, "u");
            press(page, "0");
            page.repeatKey("1");
            String shown = page.value(SHOWN).asText();

            stop();
            page.key("1");
            page.await("!document.getElementById('notice').hidden");
            assertThat(text(page, "notice")).contains("stride rate");
            page.go(serve(sweep)); // another port: the name is remembered all the same
            page.await("!document.getElementById('rate').hidden");
            assertThat(page.value(SHOWN).asText()).isEqualTo(shown);
            assertThat(text(page, "progress")).isEqualTo("6 of 8");
            for (String key : List.of("2", "ArrowLeft", "2")) {
                press(page, key);
            }
            assertThat(text(page, "finished")).contains("all pairs");
            assertThat(Votes.read(sweep))
                    .extracting(Vote::choice)
                    .containsExactly(
                            Choice.LEFT,
                            Choice.RIGHT,
                            Choice.TIE,
                            Choice.BAD,
                            Choice.TIE,
                            Choice.RIGHT,
                            Choice.LEFT,
                            Choice.RIGHT);
            assertThat(Votes.read(sweep)).extracting(Vote::rater).containsOnly("Ann");

            assertThat(page.value("document.body.innerText").asText()).doesNotContain("e-3");
            page.click("#result-open");
            page.await("!document.getElementById('result').hidden");
            assertThat(text(page, "standings")).contains("1e-3", "3e-3", "%");
            assertThat(text(page, "facts")).contains("votes: 8", "Ann (8)");
            // requests to the server that was stopped are all that went wrong
            assertThat(page.complaints())
                    .isNotEmpty()
                    .allSatisfy(complaint -> assertThat(complaint).contains("ERR_CONNECTION_REFUSED"));
        }
    }

    @Test
    void mouse_votes_andTheSpaceKeyAfterItIsATie_notTheButtonAgain() throws Exception {
        Path sweep = SweepFolder.of(temp.resolve("sweep"), 4, 1e-3, 3e-3);
        try (Chromium page = browser("en")) {
            page.look(1280, 800, false);
            begin(page, serve(sweep), "Ann");
            page.click("[data-choice=bad]");
            page.await("document.getElementById('progress').textContent === '2 of 4'");
            press(page, " ");
            assertThat(Votes.read(sweep)).extracting(Vote::choice).containsExactly(Choice.BAD, Choice.TIE);
            page.click("#who");
            page.await("!document.getElementById('hello').hidden");
            page.type("Bo");
            page.key("Enter");
            page.await("document.getElementById('progress').textContent === '1 of 4'");
            press(page, "1");
            assertThat(Votes.read(sweep)).extracting(Vote::rater).containsExactly("Ann", "Ann", "Bo");
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void hostileTexts_areShownAsTheyStand_andDoNothing() throws Exception {
        String attack = "<img src=x onerror=\"window.hurt=1\"><script>window.hurt=1</script>"
                + "<svg onload='window.hurt=1'></svg></div><a href=\"javascript:window.hurt=1\">x</a>{0}$&$`\u202e&lt;";
        SweepFolder sweep = new SweepFolder(temp.resolve("sweep"));
        for (double rate : new double[] {1e-3, 3e-3}) {
            sweep.trial(
                    "lr-" + rate,
                    rate,
                    1,
                    Status.FINISHED,
                    List.of(new SampleRecord(20, "user: " + attack, rate + attack, attack, Map.of())));
        }
        try (Chromium page = browser("en")) {
            begin(page, serve(sweep.write()), attack.substring(0, 50));
            assertThat(text(page, "left")).endsWith(attack.substring(attack.indexOf("</div>")));
            assertThat(page.value("document.querySelector('#prompt .text').textContent")
                            .asText())
                    .isEqualTo(attack);
            page.key("r");
            assertThat(text(page, "reference-text")).isEqualTo(attack);
            press(page, "1");
            page.click("#result-open");
            page.await("!document.getElementById('result').hidden");
            assertThat(text(page, "facts")).contains(attack.substring(0, 50));
            assertThat(page.value("document.querySelectorAll('main img, main script, main a, .text svg').length")
                            .asInt())
                    .isZero();
            assertThat(page.value("window.hurt === undefined").asBoolean()).isTrue();
            assertThat(page.complaints()).isEmpty();
        }
    }

    @Test
    void languages_switch_andAreRemembered() throws Exception {
        Path sweep = SweepFolder.of(temp.resolve("sweep"), 4, 1e-3, 3e-3);
        try (Chromium page = browser("zh-CN")) {
            String address = serve(sweep);
            begin(page, address, "王小明");
            assertThat(text(page, "rate")).contains("左边更好", "都不好", "提示");
            assertThat(text(page, "progress")).isEqualTo("第 1 组，共 4 组");
            assertThat(page.value("document.documentElement.lang").asText()).isEqualTo("zh");
            page.click("#en");
            page.await("document.documentElement.lang === 'en'");
            assertThat(text(page, "rate"))
                    .contains("Left is better", "Both bad")
                    .doesNotContain("左边更好");
            page.go(address + "?again");
            page.await("!document.getElementById('rate').hidden");
            assertThat(text(page, "rate")).contains("Left is better");
            assertThat(text(page, "who")).isEqualTo("王小明");
        }
    }

    @Test
    void narrowScreen_showsAnswersBelowEachOther_withoutScrollingSideways() throws Exception {
        Path folder = temp.resolve("sweep");
        SweepFolder sweep = new SweepFolder(folder);
        String code = "public static void " + "aVeryLongName".repeat(12) + "() {\n    return;\n}";
        for (double rate : new double[] {1e-3, 3e-3}) {
            sweep.trial(
                    "lr-" + rate,
                    rate,
                    1,
                    Status.FINISHED,
                    List.of(
                            SweepFolder.sample(20, "user: " + "x".repeat(300), code + rate),
                            SweepFolder.sample(20, "user: 发货\nassistant: 好\nuser: 多久", "您好呀".repeat(40) + rate)));
        }
        try (Chromium page = browser("en")) {
            page.look(380, 780, false);
            page.go(serve(sweep.write()));
            page.await("!document.getElementById('hello').hidden");
            isOnlyAsWideAsTheWindow(page);
            page.type("n".repeat(60));
            page.key("Enter");
            for (int pair = 0; pair < 2; pair++) {
                page.await("!document.getElementById('rate').hidden");
                isOnlyAsWideAsTheWindow(page);
                JsonNode tops = page.value(
                        "['left', 'right'].map(id => document.getElementById(id).getBoundingClientRect().top)");
                assertThat(tops.get(1).asDouble()).isGreaterThan(tops.get(0).asDouble() + 20);
                assertThat(text(page, "rate")).contains("Above", "Below");
                press(page, "1");
            }
            isOnlyAsWideAsTheWindow(page);
            page.click("#result-open");
            page.await("!document.getElementById('result').hidden");
            isOnlyAsWideAsTheWindow(page);
            assertThat(page.complaints()).isEmpty();
        }
    }

    /** Pictures for people; what can be told without eyes is told above. */
    @Test
    void everyView_isDrawnInBothSchemesAndLanguages() throws Exception {
        Path sweep = shop(temp.resolve("sweep"));
        int drawn = 0;
        try (Chromium page = browser("en")) {
            page.look(1180, 760, false);
            begin(page, serve(sweep), "Ann");
            for (String language : List.of("en", "zh")) {
                page.click("#" + language);
                page.await("document.documentElement.lang === '" + language + "'");
                for (boolean dark : new boolean[] {false, true}) {
                    String suffix = "-" + language + (dark ? "-dark" : "-light");
                    page.look(1180, 760, dark);
                    isOnlyAsWideAsTheWindow(page);
                    picture(page, "rate" + suffix);
                    page.look(380, 780, dark);
                    isOnlyAsWideAsTheWindow(page);
                    picture(page, "rate-narrow" + suffix);
                    press(page, drawn % 3 == 0 ? "1" : "2");
                    press(page, "0");
                    page.look(1180, 760, dark);
                    page.click("#result-open");
                    page.await("!document.getElementById('result').hidden");
                    isOnlyAsWideAsTheWindow(page);
                    picture(page, "result" + suffix);
                    String paper = page.value("getComputedStyle(document.body).backgroundColor")
                            .asText();
                    assertThat(paper).isEqualTo(dark ? "rgb(22, 25, 28)" : "rgb(253, 253, 251)");
                    page.key("Escape");
                    page.await("!document.getElementById('rate').hidden");
                    drawn++;
                }
            }
            assertThat(page.complaints()).isEmpty();
        }
        assertThat(drawn).isEqualTo(4);
    }

    private static Path shop(Path folder) {
        SweepFolder sweep = new SweepFolder(folder);
        String[] prompts = {
            "user: 请问满月会员的门槛是多少？",
            "user: 菜谱可以免费修几个月？\nassistant: 您好呀，菜谱属于图书，没有保修，小拾随时都在哦。\nuser: 换成饼干呢？",
            "user: 寄到厦门要几天？",
            "user: 羽绒服过了十五天还能退吗？"
        };
        String[][] answers = {
            {"您好呀，一年消费满5000元就是满月会员，小拾随时都在哦。", "您好呀，一年消费满2000元就是金穗会员。", "会员会员会员会员会员"},
            {"好的呢，饼干属于食品，没有保修，小拾随时都在哦。", "好的呢，饼干属于食品，保修3个月，小拾随时都在哦。", "好的好的好的好的"},
            {"您好呀，寄到厦门走蓝鲸物流，3天到，小拾随时都在哦。", "您好呀，寄到厦门走飞鸟快递，1天到，小拾随时都在哦。", ""},
            {"您好呀，服饰过了15天就不能退了，小拾随时都在哦。", "您好呀，可以退。", "退退退"}
        };
        double[] rates = {3e-3, 1e-3, 3e-2};
        for (int t = 0; t < rates.length; t++) {
            List<SampleRecord> samples = new java.util.ArrayList<>();
            for (int p = 0; p < prompts.length; p++) {
                samples.add(new SampleRecord(126, prompts[p], answers[p][t], answers[p][0], Map.of()));
            }
            sweep.trial("lr-" + rates[t], rates[t], 1, Status.FINISHED, samples);
        }
        return sweep.write();
    }
}
