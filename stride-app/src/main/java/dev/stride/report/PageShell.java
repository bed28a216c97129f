package dev.stride.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/**
 * What every page has around its content: head, style and script with a content policy that allows exactly those two, the
 * switches of language and runs, and the footer.
 *
 * <p>Everything is visible without script; the toggles are plain form elements, and the script only reads values under
 * the pointer. A text from a data set can do nothing even if it were not escaped. The page is well-formed XML.
 */
final class PageShell {
    private final Markup page;
    private final Language first;
    private final List<String> runs;
    private final List<Figure> figures = new ArrayList<>();

    /**
     * @param runs names of what can be switched off
     */
    PageShell(Markup page, Language first, List<String> runs) {
        this.page = page;
        this.first = first;
        this.runs = List.copyOf(runs);
    }

    /** Begins the page, up to the place of its header. */
    void begin(String title) {
        String style = resource("report.css") + runStyles();
        String script = resource("report.js");
        page.open("html", "lang", first.tag()).line();
        page.open("head").line();
        page.leaf("meta", "charset", "utf-8").line();
        page.leaf(
                "meta",
                "http-equiv",
                "Content-Security-Policy",
                "content",
                "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script)
                        + "; base-uri 'none'; form-action 'none'");
        page.line().leaf("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        page.leaf("meta", "name", "color-scheme", "content", "light dark").line();
        page.element("title", title).line();
        page.code("style", style).line().close();
        page.open("body").line();
        switches();
        page.open("div", "class", "page").line();
    }

    /** The labels of the languages and the title, inside a header. */
    void title(String title) {
        page.open("div", "class", "languages");
        page.element("label", "English", "for", "show-en", "lang", "en");
        page.element("label", "中文", "for", "show-zh", "lang", "zh");
        page.close();
        page.element("h1", title, "class", "given");
    }

    /** A figure whose values the script can read. */
    void add(Figure figure) {
        figures.add(figure);
    }

    /** Ends the page and gives it. */
    String end() {
        page.open("footer").words(Words.FOOTER).close();
        page.close().line();
        page.code("script", ChartJson.of(figures), "type", "application/json", "id", "charts")
                .line();
        page.code("script", resource("report.js")).line().close().close();
        return "<!DOCTYPE html>\n" + page + "\n";
    }

    /** Form elements stand before the page, so that the style sheet can act on them without script. */
    private void switches() {
        for (Language language : Language.values()) {
            List<String> attributes = new ArrayList<>(
                    List.of("type", "radio", "name", "language", "id", "show-" + language.tag(), "class", "switch"));
            attributes.addAll(List.of("autocomplete", "off"));
            attributes.addAll(List.of("aria-label", language == Language.ENGLISH ? "English" : "中文"));
            if (language == first) {
                attributes.addAll(List.of("checked", "checked"));
            }
            page.leaf("input", attributes.toArray(String[]::new));
        }
        box("smooth", Words.SMOOTH.in(first));
        for (int i = 0; i < runs.size(); i++) {
            box("run-" + i, runs.get(i));
        }
        page.line();
    }

    private void box(String id, String label) {
        page.leaf(
                "input",
                "type",
                "checkbox",
                "id",
                id,
                "class",
                "switch",
                "autocomplete",
                "off",
                "aria-label",
                label,
                "checked",
                "checked");
    }

    /** The rules that need the number of runs. */
    private String runStyles() {
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < runs.size(); i++) {
            rules.append("#run-" + i + ":not(:checked)~.page .run-" + i + "{display:none}\n");
            rules.append("#run-" + i + ":not(:checked)~.page [for=run-" + i + "]{opacity:.45}\n");
            rules.append("#run-" + i + ":focus-visible~.page [for=run-" + i + "]{outline:2px solid var(--focus)}\n");
        }
        return rules.toString();
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(PageShell.class.getResourceAsStream(name), name)) {
            // browsers read line ends so, and the policy's hash is of what they read
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " of this program: " + e.getMessage(), e);
        }
    }

    private static String hash(String code) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(code.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
