package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.Child;
import dev.stride.SmallCheckpoint;
import dev.stride.SmallFiles;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.StepEvent;
import dev.stride.search.AnswerSentence;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole sweeps through the command line, on a random checkpoint that learns its rows in a few updates. */
class SweepVerbTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static SmallFiles files;

    @BeforeAll
    static void write() {
        files = SmallFiles.write(shared, 24, 20, 12, 21);
    }

    private List<Object> words(String method, Object... more) {
        List<Object> words = new ArrayList<>(List.of(
                "sweep",
                "--model",
                files.model(),
                "--data",
                files.rows(),
                "--val",
                files.validation(),
                "--task",
                "dialogue",
                "--method",
                method,
                "--batch",
                4,
                "--steps",
                16,
                "--eval-every",
                4,
                "--val-generate",
                0,
                "--threads",
                1));
        if (method.equals("lora")) {
            words.addAll(List.of("--lora-rank", 4, "--lora-alpha", 8, "--lora-dropout", 0, "--lora-targets", "all"));
        }
        replaced(words, Arrays.asList(more));
        return words;
    }

    /** Adds flags and values, in place of the same flags. */
    private static void replaced(List<Object> words, List<?> more) {
        for (int i = 0; i < more.size(); i += 2) {
            int at = words.indexOf(more.get(i));
            if (at >= 0) {
                words.subList(at, at + 2).clear();
            }
            words.add(more.get(i));
            if (i + 1 < more.size()) {
                words.add(more.get(i + 1));
            }
        }
    }

    private Path out() {
        return folder.resolve("sweep");
    }

    @ParameterizedTest
    @CsvSource({"lora", "full"})
    void sweep_threeRates_areRunsOfTheirOwnAndOneAnswer(String method) {
        VerbRun run =
                VerbRun.of(words(method, "--lrs", "1e-4,1e-3,1e-2", "--grow", "off", "--prune", "off", "--out", out())
                        .toArray());
        assertThat(run.status()).as(run.err()).isZero();
        SweepResult result = SweepResult.read(out());
        assertThat(result.trials()).hasSize(3);
        for (SweepTrial trial : result.trials()) {
            assertThat(trial.status()).isEqualTo(SweepTrial.Status.FINISHED);
            assertThat(trial.steps()).isEqualTo(16);
            Path at = out().resolve(trial.folder());
            for (String file :
                    List.of("config.yaml", "plan.json", "events.jsonl", "rows.jsonl", "result.json", "report.html")) {
                assertThat(at.resolve(file)).isNotEmptyFile();
            }
            assertThat(TrainingVerbsTest.hparams(at))
                    .as("the sweep's table has the trial")
                    .isEmpty();
            // the mean of rows.jsonl is the validation loss of the events
            var last = EventReader.rows(at).get(EventReader.rows(at).size() - 1);
            double mean = last.losses().stream().mapToDouble(x -> x).sum()
                    / last.tokens().stream().mapToLong(x -> x).sum();
            assertThat(mean).isCloseTo(trial.metrics().get("loss"), Percentage.withPercentage(1e-9));
        }
        assertThat(out().resolve("report.html")).isNotEmptyFile();
        assertThat(out().resolve("sweep.yaml")).isNotEmptyFile();
        var answer = Objects.requireNonNull(result.answer());
        double lowest = result.trials().stream()
                .mapToDouble(trial -> trial.metrics().get("loss"))
                .min()
                .orElseThrow();
        assertThat(result.trials().stream()
                        .filter(trial -> trial.lr() == answer.lr())
                        .findFirst()
                        .orElseThrow()
                        .metrics()
                        .get("loss"))
                .isEqualTo(lowest);
        assertThat(run.out()).startsWith(answer.sentence());
        assertThat(AnswerSentence.fill(result).answer())
                .as("made again from the file")
                .isEqualTo(answer);
        assertThat(answer.command())
                .startsWith("./stride train ")
                .contains("--lr ")
                .doesNotContain("--lrs");
    }

    /** A trial of a shared base is the run that its own config.yaml describes. */
    @Test
    void sweep_trialOfASharedBase_equalsTheRunAlone() {
        VerbRun run =
                VerbRun.of(words("lora", "--lrs", "1e-3,3e-3,1e-2", "--grow", "off", "--prune", "off", "--out", out())
                        .toArray());
        assertThat(run.status()).as(run.err()).isZero();
        Path trial = out().resolve("trials/lr-3e-3");
        Path alone = folder.resolve("alone");
        VerbRun solo = VerbRun.of("train", "--config", trial.resolve("config.yaml"), "--out", alone);
        assertThat(solo.status()).as(solo.err()).isZero();
        List<Double> joint = losses(trial);
        List<Double> own = losses(alone);
        assertThat(joint).hasSameSizeAs(own).hasSize(16 + 4);
        for (int i = 0; i < joint.size(); i++) {
            // products over more rows are added up in another order
            assertThat(joint.get(i)).isCloseTo(own.get(i), Percentage.withPercentage(0.002));
        }
    }

    @Test
    void sweep_bestAtTheEdge_growsUntilBracketedOrBounded() {
        VerbRun run =
                VerbRun.of(words("lora", "--lrs", "1e-5,3e-5,1e-4", "--prune", "off", "--max-rates", 5, "--out", out())
                        .toArray());
        assertThat(run.status()).as(run.err()).isZero();
        SweepResult result = SweepResult.read(out());
        List<SweepTrial> grown = result.trials().stream()
                .filter(trial -> trial.origin() == SweepTrial.Origin.GROWN)
                .toList();
        assertThat(grown).hasSizeBetween(1, 2);
        assertThat(grown).allMatch(trial -> trial.lr() > 1e-4);
        assertThat(run.err()).contains("is the highest tried");
    }

    @Test
    void sweep_hopelessRate_isEndedEarlyByValidation() {
        VerbRun run = VerbRun.of(words(
                        "lora",
                        "--lrs",
                        "1e-9,3e-3,1e-2",
                        "--steps",
                        24,
                        "--grow",
                        "off",
                        "--prune",
                        "halving",
                        "--out",
                        out())
                .toArray());
        assertThat(run.status()).as(run.err()).isZero();
        SweepResult result = SweepResult.read(out());
        SweepTrial hopeless = result.trials().get(0);
        assertThat(hopeless.status()).isEqualTo(SweepTrial.Status.PRUNED);
        assertThat(hopeless.steps()).isLessThan(24);
        assertThat(hopeless.reason()).contains("at step");
        assertThat(result.updates().saved())
                .containsEntry(
                        "pruning",
                        result.trials().stream()
                                .filter(trial -> trial.status() == SweepTrial.Status.PRUNED)
                                .mapToLong(trial -> trial.plannedSteps() - trial.steps())
                                .sum());
        assertThat(Objects.requireNonNull(result.answer()).lr()).isGreaterThan(1e-9);
    }

    /** A rate at which everything overflows is stopped, a folder in the way fails, and the others come to their ends. */
    @Test
    void sweep_trialsThatStopOrFail_doNotTakeTheOthers() throws IOException {
        Files.createDirectories(out().resolve("trials"));
        VerbRun first =
                VerbRun.of(words("lora", "--lrs", "1e-3,3e-3,1e30", "--grow", "off", "--prune", "off", "--out", out())
                        .toArray());
        assertThat(first.status()).as("the folder is not empty").isEqualTo(2);
        assertThat(first.err()).contains("holds files that are not of a sweep");
        Files.delete(out().resolve("trials"));
        VerbRun run =
                VerbRun.of(words("lora", "--lrs", "1e-3,3e-3,1e30", "--grow", "off", "--prune", "off", "--out", out())
                        .toArray());
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(run.err()).contains("3e-3, 1e30 are above 1e-3, the cap of method lora");
        List<SweepTrial> trials = SweepResult.read(out()).trials();
        assertThat(trials)
                .extracting(SweepTrial::status)
                .containsExactly(SweepTrial.Status.FINISHED, SweepTrial.Status.FINISHED, SweepTrial.Status.STOPPED);
        // one more seed, whose folder is taken
        Files.writeString(out().resolve("trials/lr-1e-3-s43"), "in the way");
        Map<String, Long> before = sizes(out().resolve("trials/lr-3e-3"));
        VerbRun more = VerbRun.of("sweep", "--resume", out());
        assertThat(more.status()).as(more.err()).isZero();
        assertThat(sizes(out().resolve("trials/lr-3e-3"))).as("trained no more").isEqualTo(before);
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are sent by kill")
    void sweep_killedAndResumed_endsAsIfNothingHadHappened() throws Exception {
        Path whole = folder.resolve("whole");
        List<Object> words = words(
                "lora", "--lrs", "1e-3,3e-3,1e-2", "--steps", 40, "--save-every", 3, "--grow", "off", "--prune", "off");
        List<Object> undisturbed = new ArrayList<>(words);
        undisturbed.addAll(List.of("--out", whole));
        assertThat(VerbRun.of(undisturbed.toArray()).status()).isZero();
        words.addAll(List.of("--out", out()));
        kill(words, out().resolve("trials/lr-3e-3/events.jsonl"), 12);
        assertThat(out().resolve("trials/lr-3e-3/result.json"))
                .as("it was killed, it did not end")
                .doesNotExist();
        VerbRun resumed = VerbRun.of("sweep", "--resume", out());
        assertThat(resumed.status()).as(resumed.err()).isZero();
        for (SweepTrial trial : SweepResult.read(out()).trials()) {
            assertThat(trial.status()).isEqualTo(SweepTrial.Status.FINISHED);
            List<Double> again = losses(out().resolve(trial.folder()));
            List<Double> expected = losses(whole.resolve(trial.folder()));
            assertThat(again).hasSameSizeAs(expected);
            for (int i = 0; i < again.size(); i++) {
                // members go on from saves of their own, so passes hold other rows: another order of adding up
                assertThat(again.get(i)).isCloseTo(expected.get(i), Percentage.withPercentage(0.002));
            }
        }
        assertThat(Objects.requireNonNull(SweepResult.read(out()).answer()).sentence())
                .isEqualTo(
                        Objects.requireNonNull(SweepResult.read(whole).answer()).sentence());
    }

    /** Killed while a trial of full tuning waits for the others, and again behind the rung. */
    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are sent by kill")
    void sweep_inRounds_killedInEach_endsAsIfNothingHadHappened() throws Exception {
        Path whole = folder.resolve("whole");
        List<Object> words =
                words("full", "--lrs", "1e-9,1e-3,3e-3", "--steps", 32, "--eval-every", 2, "--grow", "off");
        List<Object> undisturbed = new ArrayList<>(words);
        undisturbed.addAll(List.of("--out", whole));
        assertThat(VerbRun.of(undisturbed.toArray()).status()).isZero();
        words.addAll(List.of("--out", out()));
        String best = SweepResult.read(whole).trials().stream()
                .filter(trial -> trial.status() == SweepTrial.Status.FINISHED)
                .map(SweepTrial::name)
                .findFirst()
                .orElseThrow();
        kill(words, out().resolve("trials/lr-1e-3/events.jsonl"), 3);
        assertThat(out().resolve("trials/lr-1e-9/result.json"))
                .as("it waits")
                .content()
                .contains("interrupted");
        assertThat(out().resolve("trials/lr-3e-3")).doesNotExist();
        kill(List.of("sweep", "--resume", out()), out().resolve("trials/" + best + "/events.jsonl"), 16);
        assertThat(out().resolve("trials/lr-1e-9/result.json")).content().contains("stopped");
        VerbRun resumed = VerbRun.of("sweep", "--resume", out());
        assertThat(resumed.status()).as(resumed.err()).isZero();
        List<SweepTrial> expected = SweepResult.read(whole).trials();
        List<SweepTrial> trials = SweepResult.read(out()).trials();
        for (int i = 0; i < 3; i++) {
            assertThat(trials.get(i).status()).isEqualTo(expected.get(i).status());
            assertThat(trials.get(i).reason()).isEqualTo(expected.get(i).reason());
            assertThat(losses(out().resolve(trials.get(i).folder())))
                    .isEqualTo(losses(whole.resolve(expected.get(i).folder())));
        }
    }

    /** Starts a process and kills it as soon as a file has so many lines. */
    private void kill(List<Object> words, Path file, int lines) throws Exception {
        Process child = Child.start(
                folder.resolve("log"),
                List.of(),
                Main.class,
                words.stream().map(String::valueOf).toList());
        long deadline = System.nanoTime() + 60_000_000_000L;
        while ((!Files.exists(file) || Files.readAllLines(file).size() < lines) && child.isAlive()) {
            assertThat(System.nanoTime()).as("the child trains").isLessThan(deadline);
            Thread.sleep(2);
        }
        assertThat(child.isAlive()).as("it was killed, it did not end").isTrue();
        child.toHandle().destroyForcibly();
        child.waitFor();
    }

    @Test
    void sweep_seeds_areTrialsOfOneRate() {
        VerbRun run = VerbRun.of(words(
                        "lora",
                        "--lrs",
                        "1e-3,1e-2",
                        "--seeds",
                        2,
                        "--grow",
                        "off",
                        "--prune",
                        "off",
                        "--out",
                        out(),
                        "--json")
                .toArray());
        assertThat(run.status()).as(run.err()).isZero();
        JsonNode json = run.json();
        List<String> names = new ArrayList<>();
        json.path("trials").forEach(trial -> names.add(trial.path("name").asText()));
        assertThat(names).containsExactly("lr-1e-3-s42", "lr-1e-3-s43", "lr-1e-2-s42", "lr-1e-2-s43");
        assertThat(json.path("answer").path("seeds").asInt()).isEqualTo(2);
    }

    @Test
    void sweep_ranks_keepTheRateTimesTheScale() throws IOException {
        VerbRun run = VerbRun.of(words(
                        "lora",
                        "--vary",
                        "lora-rank",
                        "--values",
                        "2,4,8",
                        "--lr",
                        "3e-3",
                        "--prune",
                        "off",
                        "--out",
                        out())
                .toArray());
        assertThat(run.status()).as(run.err()).isZero();
        List<SweepTrial> trials = SweepResult.read(out()).trials();
        assertThat(trials).extracting(SweepTrial::name).containsExactly("lora-rank-2", "lora-rank-4", "lora-rank-8");
        assertThat(trials).allMatch(trial -> trial.lr() == 3e-3);
        ObjectMapper json = new ObjectMapper();
        for (SweepTrial trial : trials) {
            Path checkpoint;
            try (Stream<Path> all = Files.list(out().resolve(trial.folder()).resolve("checkpoints"))) {
                checkpoint = all.findFirst().orElseThrow();
            }
            JsonNode config =
                    json.readTree(checkpoint.resolve("adapter_config.json").toFile());
            assertThat(config.path("lora_alpha").asDouble() / config.path("r").asDouble())
                    .isEqualTo(2);
        }
        assertThat(run.err()).contains("alpha follows the rank");
    }

    @Test
    void sweep_mixtures_trainOnTheFilesWithTheirWeights() {
        Path more = SmallCheckpoint.rows(folder.resolve("more.jsonl"), 12, 33);
        List<Object> words = words(
                "lora",
                "--vary",
                "data",
                "--values",
                "1:0,1:1",
                "--lr",
                "3e-3",
                "--steps",
                8,
                "--prune",
                "off",
                "--out",
                out());
        words.addAll(List.of("--data", more));
        VerbRun run = VerbRun.of(words.toArray());
        assertThat(run.status()).as(run.err()).isZero();
        assertThat(SweepResult.read(out()).trials())
                .extracting(SweepTrial::name)
                .containsExactly("data-1-0", "data-1-1");
        assertThat(run.out()).contains("data mixture");
    }

    /** Validation rows that the shorter length cuts have other tokens, so their losses say nothing about the length. */
    @Test
    void sweep_lengths_areComparedWhereNoValidationRowIsCut() {
        VerbRun cut = VerbRun.of(words(
                        "lora",
                        "--vary",
                        "max-length",
                        "--values",
                        "16,400",
                        "--lr",
                        "3e-3",
                        "--prune",
                        "off",
                        "--out",
                        out())
                .toArray());
        assertThat(cut.status()).isEqualTo(2);
        assertThat(cut.err()).contains("trained tokens of validation", "--metric rouge-l");
        assertThat(out()).doesNotExist();
        VerbRun whole = VerbRun.of(words(
                        "lora",
                        "--vary",
                        "max-length",
                        "--values",
                        "300,400",
                        "--lr",
                        "3e-3",
                        "--prune",
                        "off",
                        "--out",
                        out())
                .toArray());
        assertThat(whole.status()).as(whole.err()).isZero();
        assertThat(SweepResult.read(out()).trials())
                .extracting(SweepTrial::name)
                .containsExactly("max-length-300", "max-length-400");
    }

    @Test
    void sweep_weights_areOneScore() {
        VerbRun run = VerbRun.of(words(
                        "lora",
                        "--lrs",
                        "1e-4,1e-2",
                        "--weights",
                        "rouge-l=0.5,loss=0.5",
                        "--val-generate",
                        4,
                        "--max-new-tokens",
                        16,
                        "--grow",
                        "off",
                        "--prune",
                        "off",
                        "--out",
                        out())
                .toArray());
        assertThat(run.status()).as(run.err()).isZero();
        SweepResult result = SweepResult.read(out());
        assertThat(result.metric().name()).isEqualTo("score");
        assertThat(result.trials()).allMatch(trial -> trial.metrics().getOrDefault("score", -1.0) >= 0);
        assertThat(Objects.requireNonNull(result.answer()).sentence()).contains("judged by rouge-l x 0.5, loss x 0.5");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--lrs 1e-3,0.001|1e-3 is given twice",
                "--lrs 0|rates above 0",
                "--lrs -1e-3,nan|rates above 0",
                "--metric rouge-l|a metric without texts",
                "--metric macro-f1|accuracy",
                "--weights people=1|beside it",
                "--vary lora-rank|give --values",
                "--vary lora-rank --values 4,x|a whole number above 0",
                "--vary data --values 1:1|a weight for each of the 1 data files",
                "--values 4|the rates are sweep.lrs",
                "--prune law --metric bleu-4 --val-generate 4|halving, median, auto, off",
                "--share hdfs://machine:8020/sweeps/a|is used by nothing",
                "--on local[2] --nproc 2 --share hdfs://machine:8020/a|trials of 2 processes read the run's folder",
            })
    void sweep_wrongRequest_isRefusedWithWhatIsAllowed(String flags, String said) {
        List<Object> words = words("lora", "--out", out());
        replaced(words, List.of(flags.split(" ")));
        VerbRun run = VerbRun.of(words.toArray());
        assertThat(run.status()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(said);
        assertThat(out()).doesNotExist();
    }

    @Test
    void sweep_withoutValidation_isRefused() {
        VerbRun run = VerbRun.of("sweep", "--model", files.model(), "--data", files.rows(), "--out", out());
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("give --val");
    }

    /** Of all updates, then of all evaluations. */
    private static List<Double> losses(Path run) {
        List<Double> losses = new ArrayList<>();
        EventReader.read(run).events(StepEvent.class).forEach(step -> losses.add(step.loss()));
        EventReader.read(run).events(EvalEvent.class).forEach(eval -> losses.add(eval.loss()));
        return losses;
    }

    private static Map<String, Long> sizes(Path folder) throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                if (!file.getFileName().toString().startsWith("report.")) {
                    sizes.put(folder.relativize(file).toString(), Files.size(file));
                }
            }
        }
        return sizes;
    }
}
