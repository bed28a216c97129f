package dev.stride;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Java programs of the test class path in a process of their own. */
public final class Child {
    private static final int TIMEOUT_SECONDS = 120;

    private Child() {}

    /** What a child left when it ended. */
    public record Ended(int status, String out, String err) {}

    /** Starts a main class; its output goes to files beside {@code log}. */
    public static Process start(Path log, List<String> options, Class<?> main, List<String> arguments) {
        return start(log, options, Map.of(), main, arguments);
    }

    /** The same with variables of the environment. */
    public static Process start(
            Path log, List<String> options, Map<String, String> environment, Class<?> main, List<String> arguments) {
        return start(Path.of("").toAbsolutePath(), List.of(), log, options, environment, main, arguments);
    }

    /** The same in another folder. */
    public static Process startIn(
            Path place, Path log, Map<String, String> environment, Class<?> main, List<String> arguments) {
        return start(place, List.of(), log, List.of("-Xmx256m"), environment, main, arguments);
    }

    /** The same by another program, for example one that enters a network namespace. */
    public static Process startBy(
            List<String> program, Path log, Map<String, String> environment, Class<?> main, List<String> arguments) {
        return start(Path.of("").toAbsolutePath(), program, log, List.of("-Xmx256m"), environment, main, arguments);
    }

    private static Process start(
            Path place,
            List<String> program,
            Path log,
            List<String> options,
            Map<String, String> environment,
            Class<?> main,
            List<String> arguments) {
        List<String> command = new ArrayList<>(program);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-Dorg.bytedeco.javacpp.nopointergc=true", "-XX:TieredStopAtLevel=1", "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(out(log).toFile())
                .redirectError(err(log).toFile())
                .directory(place.toFile());
        // one pool of malloc that gives large blocks back at once, so that resident memory says what is allocated
        builder.environment()
                .putAll(Map.of(
                        "MALLOC_ARENA_MAX",
                        "1",
                        "MALLOC_MMAP_THRESHOLD_",
                        "131072",
                        "MALLOC_TRIM_THRESHOLD_",
                        "131072",
                        "OMP_WAIT_POLICY",
                        "passive"));
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the end of a child. */
    public static Ended await(Process child, Path log) throws InterruptedException {
        try {
            if (!child.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError(
                        "the child did not end within " + TIMEOUT_SECONDS + " s:\n" + Files.readString(err(log)));
            }
            return new Ended(child.exitValue(), Files.readString(out(log)), Files.readString(err(log)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            child.destroyForcibly();
        }
    }

    /** Returns once a child has written so many lines to a file; fails where it ends before that. */
    public static void awaitLines(Process child, Path log, Path file, int count)
            throws IOException, InterruptedException {
        while (lines(file) < count) {
            if (!child.isAlive()) {
                Ended ended = await(child, log);
                throw new AssertionError("the child ended with " + ended.status() + " before it had written " + count
                        + " lines of " + file.getFileName() + ":\n" + ended.err());
            }
            Thread.sleep(2);
        }
    }

    /** Sends a signal, for example {@code KILL}, as the shell's kill does. */
    public static void signal(String name, long pid) throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                .start()
                .waitFor();
        if (status != 0) {
            throw new AssertionError("kill -" + name + " " + pid + " ended with " + status);
        }
    }

    /** The process of a rank among its launcher's children, found by its environment (Linux). */
    public static ProcessHandle rank(Process launcher, int number) throws IOException {
        for (ProcessHandle child : launcher.children().toList()) {
            String environment = Files.readString(Path.of("/proc/" + child.pid() + "/environ"));
            if (List.of(environment.split("\0")).contains("RANK=" + number)) {
                return child;
            }
        }
        throw new AssertionError(
                "no rank " + number + " among " + launcher.children().toList());
    }

    /** Whole lines of a file; 0 where it is not there yet. */
    public static int lines(Path file) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        int lines = 0;
        for (byte b : Files.readAllBytes(file)) {
            lines += b == '\n' ? 1 : 0;
        }
        return lines;
    }

    private static Path out(Path log) {
        return log.resolveSibling(log.getFileName() + ".out");
    }

    private static Path err(Path log) {
        return log.resolveSibling(log.getFileName() + ".err");
    }
}
