package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.ConfigReader;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.StepEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Starts runs as the command line does and reads back what they left. */
public final class Runs {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Runs() {}

    /** Prepares a run of flags and values, for example {@code "--lr", "1e-3"}. */
    public static Preparation prepare(List<String> words) {
        return prepare(words, 1);
    }

    /** The same for one of several processes. */
    static Preparation prepare(List<String> words, int ranks) {
        Map<String, List<String>> flags = new LinkedHashMap<>();
        for (int i = 0; i < words.size(); i += 2) {
            flags.computeIfAbsent(words.get(i), flag -> new ArrayList<>()).add(words.get(i + 1));
        }
        return Preparation.of(ConfigReader.read(null, flags, List.of()), 1, ranks);
    }

    /** Runs into a new folder. */
    public static RunResult train(List<String> words, Path folder, BooleanSupplier interrupted) {
        try (TrainingRun run = new TrainingRun(prepare(words), TrainCallback.NONE)) {
            return run.train(folder, watching(interrupted), interrupted);
        }
    }

    /** Goes on with a run. */
    public static RunResult resume(List<String> words, Path folder, BooleanSupplier interrupted) {
        try (TrainingRun run = new TrainingRun(prepare(words), TrainCallback.NONE)) {
            return run.resume(folder, watching(interrupted), interrupted);
        }
    }

    /** Says yes once so many updates were made in this process. */
    public static BooleanSupplier after(int updates) {
        return new After(updates);
    }

    /** What a run must tell such a supplier. */
    static TrainCallback watching(BooleanSupplier interrupted) {
        return interrupted instanceof After after ? after : TrainCallback.NONE;
    }

    private static final class After implements BooleanSupplier, TrainCallback {
        private final int updates;
        private int made;

        After(int updates) {
            this.updates = updates;
        }

        @Override
        public void event(RunEvent event) {
            if (event instanceof StepEvent) {
                made++;
            }
        }

        @Override
        public boolean getAsBoolean() {
            return made >= updates;
        }
    }

    /** The words and some more. */
    public static List<String> with(List<String> words, String... more) {
        return Stream.concat(words.stream(), Arrays.stream(more)).toList();
    }

    /** All events of a run's folder. */
    public static List<RunEvent> events(Path folder) {
        try {
            List<RunEvent> events = new ArrayList<>();
            for (String line : Files.readAllLines(folder.resolve("events.jsonl"))) {
                events.add(RunEvent.fromJson(MAPPER.readTree(line)));
            }
            return events;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The updates of a run's folder. */
    public static List<StepEvent> steps(Path folder) {
        return events(folder).stream()
                .filter(StepEvent.class::isInstance)
                .map(StepEvent.class::cast)
                .toList();
    }

    /** The numbers of a run that must not depend on when it was interrupted: its updates and evaluations, without times. */
    public static List<String> numbers(Path folder) {
        List<String> numbers = new ArrayList<>();
        for (RunEvent event : events(folder)) {
            if (event instanceof SaveEvent) {
                continue;
            }
            var json = event.toJson();
            json.remove(List.of("seconds", "tokens_per_second"));
            numbers.add(json.toString());
        }
        assertCounted(numbers.size());
        return numbers;
    }

    /** The steps whose checkpoints a run has written. */
    public static List<Long> saves(Path folder) {
        return events(folder).stream()
                .filter(SaveEvent.class::isInstance)
                .map(RunEvent::step)
                .toList();
    }

    /** How many evaluations a run has. */
    public static long evaluations(Path folder) {
        return events(folder).stream().filter(EvalEvent.class::isInstance).count();
    }

    /**
     * The bytes of every file of a checkpoint but the manifest, in hexadecimal of their sha256; of the state only what
     * must not depend on interruptions.
     */
    public static Map<String, String> content(Path folder, long step) {
        Path checkpoint = folder.resolve(String.format("checkpoints/step-%06d", step));
        JsonNode manifest = json(checkpoint.resolve("manifest.json"));
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.list(checkpoint)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (!name.equals("manifest.json")) {
                    content.put(name, sha256(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (manifest.isEmpty() || content.size() < 4) {
            throw new AssertionError(checkpoint + " has only " + content.keySet());
        }
        return content;
    }

    /** A JSON file. */
    public static JsonNode json(Path file) {
        try {
            return MAPPER.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(Path file) throws IOException {
        try {
            var digest = java.security.MessageDigest.getInstance("SHA-256");
            return java.util.HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertCounted(int count) {
        if (count == 0) {
            throw new AssertionError("no event to compare");
        }
    }

    /** Takes away the checkpoints behind a step, as if a process had been killed there. */
    static void keepUpTo(Path run, int step) throws IOException {
        try (Stream<Path> checkpoints = Files.list(run.resolve("checkpoints"))) {
            for (Path checkpoint : checkpoints.toList()) {
                String name = checkpoint.getFileName().toString();
                if (name.startsWith("step-") && Integer.parseInt(name.substring(5)) > step) {
                    try (Stream<Path> files = Files.walk(checkpoint)) {
                        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                            Files.delete(file);
                        }
                    }
                }
            }
        }
        assertThat(run.resolve(String.format("checkpoints/step-%06d", step))).exists();
    }
}
