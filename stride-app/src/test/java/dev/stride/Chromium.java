package dev.stride;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A tab of a headless Chromium, driven through its DevTools protocol; for tests of pages. Where no Chromium is installed the
 * test is skipped, visibly.
 */
public final class Chromium implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PATIENCE_SECONDS = 90;
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome", "chrome");
    private static final Map<String, String> CODES = Map.of(
            " ", "Space", "ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowRight", "Escape", "Escape", "Enter", "Enter");

    private final Process process;
    private final WebSocket socket;
    private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private int calls;

    private Chromium(Path profile, String language) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                program().toString(),
                "--headless=new",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "--lang=" + language,
                "--accept-lang=" + language,
                "--no-first-run",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars"));
        if ("root".equals(System.getProperty("user.name"))) {
            command.add("--no-sandbox"); // Chromium's sandbox does not work for root, as in containers
        }
        command.add("about:blank");
        Files.createDirectories(profile);
        Path port = profile.resolve("DevToolsActivePort");
        Files.deleteIfExists(port);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(profile.resolve("chromium.log").toFile())
                .start();
        try {
            socket = connect(port);
            call("Page.enable", JSON.createObjectNode());
            call("Runtime.enable", JSON.createObjectNode());
            call("Log.enable", JSON.createObjectNode());
        } catch (Exception e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /**
     * Opens a browser.
     *
     * @param profile a folder for its files; cookies stay in it
     * @param language as {@code navigator.language} has it
     */
    public static Chromium open(Path profile, String language) throws Exception {
        return new Chromium(profile, language);
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

    private WebSocket connect(Path portFile) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.exists(portFile) || Files.readAllLines(portFile).size() < 2) {
            if (System.nanoTime() > end || !process.isAlive()) {
                throw new IllegalStateException(
                        "Chromium did not start: " + Files.readString(portFile.resolveSibling("chromium.log")));
            }
            Thread.sleep(50);
        }
        HttpClient client = HttpClient.newHttpClient();
        URI list = URI.create("http://127.0.0.1:" + Files.readAllLines(portFile).get(0) + "/json/list");
        while (true) {
            for (JsonNode target : JSON.readTree(
                    client.send(HttpRequest.newBuilder(list).build(), HttpResponse.BodyHandlers.ofString())
                            .body())) {
                if (target.path("type").asText().equals("page")) {
                    URI tab = URI.create(target.path("webSocketDebuggerUrl").asText());
                    return client.newWebSocketBuilder()
                            .buildAsync(tab, new Ear())
                            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                }
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException("Chromium has no tab");
            }
            Thread.sleep(50);
        }
    }

    private final class Ear implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                try {
                    hear(JSON.readTree(text.toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                text.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedFuture(null);
        }
    }

    private void hear(JsonNode message) {
        CompletableFuture<JsonNode> asked = waiting.remove(message.path("id").asInt(-1));
        if (asked != null) {
            asked.complete(message);
        }
        String method = message.path("method").asText();
        if (method.equals("Runtime.exceptionThrown")
                || (method.equals("Log.entryAdded")
                        && message.at("/params/entry/level").asText().equals("error"))) {
            complaints.add(message.path("params").toString());
        }
    }

    private JsonNode call(String method, ObjectNode params) {
        int id = ++calls;
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", params);
        socket.sendText(message.toString(), true).join();
        JsonNode result;
        try {
            result = answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(method + " got no answer", e);
        }
        if (result.has("error")) {
            throw new IllegalStateException(method + ": " + result.path("error"));
        }
        return result.path("result");
    }

    /** What the browser complained about: exceptions, refused scripts, failed requests. */
    public List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** Goes to an address. */
    public void go(String address) {
        call("Page.navigate", JSON.createObjectNode().put("url", address));
        await("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /** Sets the window's size in CSS pixels, and the colour scheme. */
    public void look(int width, int height, boolean dark) {
        call(
                "Emulation.setDeviceMetricsOverride",
                JSON.createObjectNode()
                        .put("width", width)
                        .put("height", height)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", width < 500));
        ObjectNode media = JSON.createObjectNode();
        media.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", dark ? "dark" : "light");
        call("Emulation.setEmulatedMedia", media);
    }

    /** The value of an expression. */
    public JsonNode value(String expression) {
        JsonNode result = call(
                "Runtime.evaluate",
                JSON.createObjectNode().put("expression", expression).put("returnByValue", true));
        if (result.has("exceptionDetails")) {
            throw new IllegalStateException(expression + ": " + result.path("exceptionDetails"));
        }
        return result.path("result").path("value");
    }

    /** Waits until an expression is true; fails after long patience. */
    public void await(String expression) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!value("Boolean(" + expression + ")").asBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "never became true: " + expression + "; the page says: " + value("document.body.innerText"));
            }
            try {
                Thread.sleep(30);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Presses and releases a key. */
    public void key(String key) {
        press(key, false);
    }

    /** Presses a key as a keyboard does that repeats it. */
    public void repeatKey(String key) {
        press(key, true);
    }

    private void press(String key, boolean repeat) {
        String code = CODES.getOrDefault(
                key, (Character.isDigit(key.charAt(0)) ? "Digit" : "Key") + key.toUpperCase(Locale.ROOT));
        ObjectNode down = JSON.createObjectNode()
                .put("type", "keyDown")
                .put("key", key)
                .put("code", code)
                .put("autoRepeat", repeat);
        if (key.length() == 1) {
            down.put("text", key).put("windowsVirtualKeyCode", (int)
                    key.toUpperCase(Locale.ROOT).charAt(0));
        } else if (key.equals("Enter")) {
            down.put("text", "\r").put("windowsVirtualKeyCode", 13);
        }
        call("Input.dispatchKeyEvent", down);
        call(
                "Input.dispatchKeyEvent",
                JSON.createObjectNode().put("type", "keyUp").put("key", key).put("code", code));
    }

    /** Types a text into what has the focus. */
    public void type(String text) {
        call("Input.insertText", JSON.createObjectNode().put("text", text));
    }

    /** Clicks an element in its middle, as a mouse does. */
    public void click(String selector) {
        JsonNode at = value(
                "(() => { const e = document.querySelector('" + selector + "'); e.scrollIntoView({block: 'center'});"
                        + " const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()");
        for (String type : List.of("mousePressed", "mouseReleased")) {
            call(
                    "Input.dispatchMouseEvent",
                    JSON.createObjectNode()
                            .put("type", type)
                            .put("x", at.get(0).asDouble())
                            .put("y", at.get(1).asDouble())
                            .put("button", "left")
                            .put("clickCount", 1));
        }
    }

    /** A picture of the window as PNG. */
    public byte[] picture() {
        return Base64.getDecoder()
                .decode(call("Page.captureScreenshot", JSON.createObjectNode().put("format", "png"))
                        .path("data")
                        .asText());
    }

    @Override
    public void close() {
        try {
            call("Browser.close", JSON.createObjectNode());
        } catch (IllegalStateException e) {
            process.destroy(); // it closed its socket before it answered
        }
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
