package dev.stride;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.WaitUntilState;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A tab of the system's Chromium without a window, driven by Playwright; for tests of pages. Where no Chromium is installed
 * the test is skipped, visibly. Used by the thread that opened it alone.
 */
public final class Chromium implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PATIENCE_MILLIS = 90_000;
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome", "chrome");

    private final Playwright playwright;
    private final BrowserContext context;
    private final Page page;
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    private Chromium(Path profile, String language, List<String> more) {
        Path program = program();
        List<String> arguments =
                new ArrayList<>(List.of("--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"));
        arguments.addAll(more);
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        try {
            context = playwright
                    .chromium()
                    .launchPersistentContext(
                            profile,
                            new BrowserType.LaunchPersistentContextOptions()
                                    .setExecutablePath(program)
                                    .setLocale(language)
                                    .setArgs(arguments));
            context.setDefaultTimeout(PATIENCE_MILLIS);
            page = context.pages().get(0);
        } catch (PlaywrightException e) {
            playwright.close();
            throw e;
        }
        page.onPageError(complaints::add);
        page.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                complaints.add(message.text() + " " + message.location());
            }
        });
    }

    /**
     * Opens a browser.
     *
     * @param profile a folder for its files; cookies stay in it
     * @param language as {@code navigator.language} has it
     */
    public static Chromium open(Path profile, String language) {
        return open(profile, language, List.of());
    }

    /**
     * Opens a browser with more arguments than the usual ones.
     *
     * @param more as on Chromium's command line
     */
    public static Chromium open(Path profile, String language, List<String> more) {
        return new Chromium(profile, language, more);
    }

    private static Path program() {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            for (String name : NAMES) {
                if (Files.isExecutable(Path.of(folder, name))) {
                    return Path.of(folder, name);
                }
            }
        }
        Path mac = Path.of("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
        assumeTrue(
                Files.isExecutable(mac),
                "SKIPPED: no Chromium is on the PATH (Debian: apt install chromium), so the page was not looked at");
        return mac;
    }

    /** What the browser complained about: exceptions, refused scripts, failed requests. */
    public List<String> complaints() {
        page.evaluate("0"); // what the page said until now has arrived when this is answered
        return List.copyOf(complaints);
    }

    /** The tab, for what the methods here do not do. */
    public Page page() {
        return page;
    }

    /** Goes to an address; returns when the page and what it loads at once are there. */
    public void go(String address) {
        page.navigate(address, new Page.NavigateOptions().setWaitUntil(WaitUntilState.LOAD));
    }

    /** Sets the window's size in CSS pixels, and the colour scheme. */
    public void look(int width, int height, boolean dark) {
        page.setViewportSize(width, height);
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(dark ? ColorScheme.DARK : ColorScheme.LIGHT));
    }

    /** The value of an expression. */
    public JsonNode value(String expression) {
        return JSON.valueToTree(page.evaluate("() => (" + expression + ")"));
    }

    /** Waits until an expression is true; fails after long patience. */
    public void await(String expression) {
        try {
            page.waitForFunction("() => Boolean(" + expression + ")");
        } catch (PlaywrightException e) {
            throw new AssertionError(
                    "never became true: " + expression + "; the page says: " + page.innerText("body"), e);
        }
    }

    /** Presses and releases a key. */
    public void key(String key) {
        page.keyboard().press(key);
    }

    /** The event of a key that is held down: what a keyboard sends again and again. */
    public void repeatKey(String key) {
        page.dispatchEvent("body", "keydown", Map.of("key", key, "repeat", true));
    }

    /** Types a text into what has the focus. */
    public void type(String text) {
        page.keyboard().insertText(text);
    }

    /** Clicks an element in its middle, as a mouse does. */
    public void click(String selector) {
        page.click(selector);
    }

    /** A picture of the window as PNG. */
    public byte[] picture() {
        return page.screenshot();
    }

    @Override
    public void close() {
        try {
            context.close();
        } finally {
            playwright.close();
        }
    }
}
