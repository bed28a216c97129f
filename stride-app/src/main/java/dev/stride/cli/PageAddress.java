package dev.stride.cli;

import dev.stride.config.Problem;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import sun.misc.Signal;

/**
 * Where a page of this process is, and what every verb with a page does about it.
 *
 * @param host a name or an address, as it was given
 * @param port 0 for a free one
 */
record PageAddress(String host, int port) {
    static final String LOOPBACK = "127.0.0.1";

    private static final int TOKEN_BYTES = 16;
    private static final int MAX_PORT = 65_535;

    /** Adds what is wrong with a port to the problems of a request. */
    static void check(String option, int port, List<Problem> problems) {
        if (port < 0 || port > MAX_PORT) {
            problems.add(Problem.of(option, Integer.toString(port), "0 (a free one) to " + MAX_PORT));
        }
    }

    InetSocketAddress socket() {
        return new InetSocketAddress(host, port);
    }

    /** What a browser of this machine opens, up to the path: {@code http://127.0.0.1:6017}. */
    String url(int boundPort) {
        InetAddress bound = socket().getAddress();
        String name = bound.isAnyLocalAddress() ? LOOPBACK : bound.getHostAddress();
        return "http://" + (name.contains(":") ? "[" + name + "]" : name) + ":" + boundPort;
    }

    /** Whether only this machine can reach it. */
    boolean isLoopback() {
        return socket().getAddress().isLoopbackAddress();
    }

    /** Whether it stands for all addresses of this machine. */
    boolean isEverywhere() {
        return socket().getAddress().isAnyLocalAddress();
    }

    /** 32 hexadecimal digits that nobody can guess. */
    static String newToken() {
        byte[] token = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(token);
        return HexFormat.of().formatHex(token);
    }

    /** From now on Ctrl-C and SIGTERM open this latch instead of ending the process. */
    static CountDownLatch untilInterrupted() {
        CountDownLatch end = new CountDownLatch(1);
        for (String name : new String[] {"INT", "TERM"}) {
            Signal.handle(new Signal(name), signal -> end.countDown());
        }
        return end;
    }
}
