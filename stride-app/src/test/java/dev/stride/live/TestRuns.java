package dev.stride.live;

import dev.stride.experiment.AtomicFile;
import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.StepEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/** Run folders that a test writes as a trainer would, and a clock that it moves. */
final class TestRuns {
    /** A clock that stands still until it is moved. */
    static final class Clock implements InstantSource {
        private Instant now = Instant.now();

        @Override
        public Instant instant() {
            return now;
        }

        void tick(Duration by) {
            now = now.plus(by);
        }
    }

    private TestRuns() {}

    static StepEvent step(long step, double loss) {
        return step(step, loss, 1);
    }

    static StepEvent step(long step, double loss, double gradNorm) {
        Map<String, Double> lr = new LinkedHashMap<>();
        lr.put("decay", 1e-3 / step);
        lr.put("no_decay", 2e-3 / step);
        return new StepEvent(step, loss, lr, gradNorm, 100, 0.5, 200, step / 100.0);
    }

    static EvalEvent eval(long step, double loss) {
        return new EvalEvent(step, loss, 50, Map.of("bleu-4", 0.5), 1);
    }

    static BranchEvent branch(long step, String name, String parent) {
        return new BranchEvent(step, name, parent, 0.5, "no gain");
    }

    /** Updates with losses that fall, for example from 4 to 2. */
    static void steps(Path run, int from, int to) {
        for (int i = from; i <= to; i++) {
            append(run, step(i, 2 + 2.0 / i));
        }
    }

    static void append(Path run, RunEvent event) {
        append(run, event.toJson() + "\n");
    }

    static void append(Path run, String text) {
        write(run.resolve("events.jsonl"), text, true);
    }

    static void write(Path file, String text) {
        write(file, text, false);
    }

    private static void write(Path file, String text, boolean append) {
        try {
            Files.createDirectories(file.getParent());
            if (append) {
                Files.write(
                        file,
                        text.getBytes(StandardCharsets.UTF_8),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
            } else {
                Files.writeString(file, text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void result(Path run, String status) {
        AtomicFile.write(
                run.resolve("result.json"),
                "{\"status\":\"" + status + "\",\"steps\":3,\"best\":null,\"final\":{},\"reason\":\"because\"}");
    }

    /** Makes a file look old to whoever has not seen it yet. */
    static void age(Path file, Instant to) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(to));
    }

    /** Rounds until everything is read. */
    static void readAll(LiveRuns runs) {
        int rounds = 0;
        while (runs.poll()) {
            if (++rounds > 10_000) {
                throw new IllegalStateException("it never comes to an end");
            }
        }
    }
}
