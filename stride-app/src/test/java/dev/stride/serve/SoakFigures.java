package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.torch.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a child process of a soak measures, a name and a number a line; and what its test reads of it. */
record SoakFigures(Map<String, Long> numbers) {
    private static final long MIB = 1 << 20;

    /** Prints what the process holds once its engine is idle. */
    static void print(ChatRig rig, String when) throws IOException, InterruptedException {
        rig.await(status -> status.answering() + status.waiting() == 0);
        Thread.sleep(2_000); // connections that were left are closed by then
        System.gc();
        System.gc();
        Runtime java = Runtime.getRuntime();
        System.out.println(when + "-heap " + (java.totalMemory() - java.freeMemory()));
        System.out.println(when + "-resident " + Native.memory().resident());
        System.out.println(when + "-threads " + Thread.activeCount());
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            System.out.println(when + "-files " + files.count());
        }
    }

    static SoakFigures read(String out) {
        return new SoakFigures(out.lines()
                .collect(Collectors.toMap(line -> line.split(" ")[0], line -> Long.parseLong(line.split(" ")[1]))));
    }

    long of(String name) {
        return Objects.requireNonNull(numbers.get(name), name);
    }

    /** Fails where the process holds more at the end than before. */
    void assertNothingIsLeft() {
        // a request that leaves 2 KiB behind would show
        assertThat(growth("heap")).as("%s", numbers).isLessThan(12 * MIB);
        assertThat(growth("resident")).as("%s", numbers).isLessThan(20 * MIB);
        assertThat(growth("threads")).as("%s", numbers).isLessThan(20);
        assertThat(growth("files")).as("%s", numbers).isLessThan(20);
    }

    private long growth(String what) {
        return of("after-" + what) - of("before-" + what);
    }
}
