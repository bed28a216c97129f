package dev.stride.serve;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may read the dashboard and who may act on it.
 *
 * <p>On a loopback address everybody on this machine may read, and who has the token may act; on any other address the
 * token is needed for both. It comes as a cookie, which the printed address sets, or as {@code Authorization: Bearer}. A
 * page of another site can do neither: its requests bear another {@code Host}, after its name was pointed at this machine, or
 * another {@code Origin}, and its browser sends the cookie with requests of this page alone.
 */
final class Gate {
    private static final String LOOPBACK_V4 = "127(\\.[0-9]{1,3}){3}";
    private static final Set<String> LOOPBACK = Set.of("localhost", "[::1]", "[0:0:0:0:0:0:0:1]");

    private final Token token;
    private final InetAddress bound;
    private final String host;
    private final String cookie;
    private final Set<String> origins;

    /**
     * @param bound the address that the server listens on
     * @param host as it was given, a name or an address
     * @param port part of the cookie's name, so that two servers of one machine do not take each other's
     */
    Gate(Token token, InetAddress bound, String host, int port) {
        this(token, bound, host, port, Set.of());
    }

    /** @param origins of pages elsewhere that are let in; {@code *} for all */
    Gate(Token token, InetAddress bound, String host, int port, Set<String> origins) {
        this.token = token;
        this.bound = bound;
        this.host = host.toLowerCase(Locale.ROOT);
        this.cookie = "stride_" + port;
        this.origins = origins;
    }

    /** Whether who has no token may read. */
    boolean isOpen() {
        return bound.isLoopbackAddress();
    }

    /** Refuses what another site's page may have sent. */
    void checkSite(Request request) throws Wrong {
        String asked = request.header("Host");
        if (asked == null || !isOurs(name(asked))) {
            throw new Wrong(
                    403,
                    "this server answers under its own name alone: open the address that it printed, or start it with"
                            + " --host and the name or address to be used");
        }
        if (isWelcome(request)) {
            return;
        }
        String origin = request.header("Origin");
        if (origin != null && !isSame(origin, asked)) {
            throw new Wrong(403, "a page of another site may not use this server");
        }
        boolean elsewhere = "cross-site".equals(request.header("Sec-Fetch-Site"));
        if (elsewhere && !"navigate".equals(request.header("Sec-Fetch-Mode"))) {
            throw new Wrong(403, "a page of another site may not use this server");
        }
    }

    /** The headers that let an admitted page of another site read the answer. */
    Map<String, String> crossOrigin(Request request) {
        String origin = request.header("Origin");
        if (origin == null || !isWelcome(request)) {
            return Map.of();
        }
        return Map.of(
                "Access-Control-Allow-Origin", origin,
                "Access-Control-Allow-Methods", "GET, POST, OPTIONS",
                "Access-Control-Allow-Headers",
                        Objects.requireNonNullElse(
                                request.header("Access-Control-Request-Headers"), "Authorization, Content-Type"),
                "Access-Control-Max-Age", "600",
                "Cross-Origin-Resource-Policy", "cross-origin",
                "Vary", "Origin");
    }

    private boolean isWelcome(Request request) {
        String origin = request.header("Origin");
        return origin != null && (origins.contains("*") || origins.contains(origin));
    }

    void checkReading(Request request) throws Wrong {
        if (!isOpen() && !mayAct(request)) {
            throw new Wrong(403, "open the address that stride printed, with the token in it");
        }
    }

    void checkActing(Request request) throws Wrong {
        if (!mayAct(request)) {
            throw new Wrong(
                    403, "only who has the token may change a run: open the address that stride printed at its start");
        }
    }

    boolean mayAct(Request request) {
        String given = request.bearer();
        return token.is(given == null ? request.cookie(cookie) : given);
    }

    boolean isToken(String given) {
        return token.is(given);
    }

    /** The header that lets a browser act until it is closed. */
    String cookieHeader() {
        return cookie + "=" + token.word() + "; Path=/; HttpOnly; SameSite=Strict";
    }

    /** A wildcard address has no name of its own; there the token alone decides, as cookies belong to one name. */
    private boolean isOurs(String name) {
        return LOOPBACK.contains(name)
                || name.matches(LOOPBACK_V4)
                || bound.isAnyLocalAddress()
                || name.equals(host)
                || name.equals(bracketed(bound));
    }

    private static String bracketed(InetAddress address) {
        String text = address.getHostAddress();
        return text.contains(":") ? "[" + text + "]" : text;
    }

    /** The name in {@code name:port}; the port may be another where a tunnel leads here. */
    private static String name(String authority) {
        int colon = authority.lastIndexOf(':');
        boolean port = colon > authority.lastIndexOf(']');
        return (port ? authority.substring(0, colon) : authority).toLowerCase(Locale.ROOT);
    }

    private static boolean isSame(String origin, @Nullable String asked) {
        String same = Objects.requireNonNullElse(asked, "").toLowerCase(Locale.ROOT);
        String given = origin.toLowerCase(Locale.ROOT);
        return given.equals("http://" + same) || given.equals("https://" + same);
    }
}
