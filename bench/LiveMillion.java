import dev.stride.live.LiveRun;
import dev.stride.live.LiveRuns;
import dev.stride.live.SeriesRequest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;

/** What following a run of a million updates costs, and a folder of thousands of runs; started by live-million.sh. */
final class LiveMillion {
    private static final int COUNT = 1_000_000;
    private static final int FOLDERS = 5_000;

    public static void main(String[] args) throws Exception {
        Path work = Path.of(args[0]);
        Path million = work.resolve("million");
        Path many = work.resolve("many");
        if (!Files.exists(million)) {
            Files.createDirectories(million.resolve("long"));
            write(million.resolve("long/events.jsonl"), COUNT);
            for (int i = 0; i < FOLDERS; i++) {
                Path run = Files.createDirectories(many.resolve("group-" + i % 50).resolve("run-" + i));
                write(run.resolve("events.jsonl"), 100);
                Files.writeString(run.resolve("plan.json"), "{\"schedule\":{\"steps\":100}}");
                Files.writeString(
                        run.resolve("result.json"),
                        "{\"status\":\"finished\",\"steps\":100,\"best\":null,\"final\":{},\"reason\":\"done\"}");
            }
        }
        million(million);
        many(many);
    }

    private static void million(Path root) throws Exception {
        Path events = root.resolve("long/events.jsonl");
        say("file: %d MB, %d bytes a line", Files.size(events) >> 20, Files.size(events) / COUNT);
        for (int i = 0; i < 3; i++) {
            try (LiveRuns runs = LiveRuns.open(root, InstantSource.system())) {
                long start = System.nanoTime();
                readAll(runs);
                say("read %,d records: %.2f s", runs.run("long").orElseThrow().records(), seconds(start));
            }
        }
        try (LiveRuns runs = LiveRuns.open(root, InstantSource.system())) {
            // what has just been written to counts as running and is kept
            Files.writeString(events, "\n", StandardOpenOption.APPEND);
            readAll(runs);
            LiveRun run = runs.run("long").orElseThrow();
            run.series(SeriesRequest.whole());
            say("columns: %.1f MB", run.bytes() / 1e6);
            double all = Double.POSITIVE_INFINITY;
            time("series of 1200 points, whole", () -> run.series(SeriesRequest.whole()).toString());
            time(
                    "series of 1200 points, whole, smoothed by 0.99",
                    () -> run.series(new SeriesRequest(SeriesRequest.Axis.STEP, -all, all, 1200, 0.99)).toString());
            time(
                    "series of 1200 points, a tenth of the run",
                    () -> run.series(new SeriesRequest(SeriesRequest.Axis.STEP, 500_000, 600_000, 1200, 0)).toString());
            time(
                    "series of 1200 points, 2000 updates, exact",
                    () -> run.series(new SeriesRequest(SeriesRequest.Axis.STEP, 500_000, 501_999, 1200, 0)).toString());
            time("card", () -> run.card().toString());
            time("round with nothing new", () -> String.valueOf(runs.poll()));
            byte[] line = line(new Random(1), COUNT).getBytes(StandardCharsets.UTF_8);
            time("append one update and read it", () -> {
                Files.write(events, line, StandardOpenOption.APPEND);
                return String.valueOf(runs.poll());
            });
        }
        try (var file = java.nio.channels.FileChannel.open(events, StandardOpenOption.WRITE)) {
            file.truncate(file.size() - 1); // the next run of this makes another last line; it is damaged and does no harm
        }
    }

    private static void many(Path root) throws Exception {
        try (LiveRuns runs = LiveRuns.open(root, InstantSource.system())) {
            long start = System.nanoTime();
            readAll(runs);
            say("%,d finished runs of 100 updates, first look: %.2f s", runs.runs().size(), seconds(start));
            Thread.sleep(8000);
            for (int i = 0; i < 4; i++) {
                Thread.sleep(2100);
                start = System.nanoTime();
                runs.poll();
                say("a round of every 2 s over them: %.0f ms", 1000 * seconds(start));
            }
            time("a round of every 0.2 s over them", () -> String.valueOf(runs.poll()));
            time("overview of all", () -> runs.overview().toString());
            long bytes = runs.runs().stream().mapToLong(LiveRun::bytes).sum();
            say("columns of them: %d bytes", bytes);
        }
    }

    private static void readAll(LiveRuns runs) {
        while (runs.poll()) {}
    }

    /** The median of nine, after three that warm up. */
    private static void time(String what, Callable<String> work) throws Exception {
        double[] took = new double[9];
        int length = 0;
        for (int i = -3; i < took.length; i++) {
            long start = System.nanoTime();
            length = work.call().length();
            if (i >= 0) {
                took[i] = 1000 * seconds(start);
            }
        }
        Arrays.sort(took);
        say("%s: %.2f ms (%.2f to %.2f), %d characters", what, took[4], took[0], took[8], length);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    /** Lines as a trainer writes them, with numbers of full length. */
    private static void write(Path file, int count) throws IOException {
        Random random = new Random(1);
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
            for (int i = 1; i <= count; i++) {
                out.write(line(random, i).getBytes(StandardCharsets.US_ASCII));
            }
        }
    }

    private static String line(Random random, int i) {
        double rate = 1e-3 * (1 - i / 1.1e6);
        return "{\"type\":\"step\",\"step\":" + i + ",\"loss\":" + (2 + Math.exp(-i / 1e5) + 0.1 * random.nextGaussian())
                + ",\"lr\":{\"decay\":" + rate + ",\"no_decay\":" + rate + "},\"grad_norm\":" + (1 + random.nextDouble())
                + ",\"tokens\":" + (700 + random.nextInt(100)) + ",\"seconds\":" + (0.2 + random.nextDouble() / 10)
                + ",\"tokens_per_second\":" + (800 + 10 * random.nextDouble()) + ",\"epoch\":" + i / 5000.0 + "}\n";
    }
}
