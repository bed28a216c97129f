package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.SmallCheckpoint;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.LiveState;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRequest;
import dev.stride.experiment.RunRequest.Action;
import dev.stride.experiment.RunRequests;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What people ask of a run while it trains, at moments that the tests choose: the run's clock for requests moves on by a
 * second at each look. The validation rows are unlike the ones that are learnt, so their loss falls first and then rises.
 */
class RequestsTest {
    private static final int UPDATES = 12;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path model;
    private static Path rows;
    private static Path validation;

    @BeforeAll
    static void write() throws IOException {
        model = SmallCheckpoint.PLAIN.writeBelow(shared);
        rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 12, 3);
        validation = Files.writeString(
                shared.resolve("validation.jsonl"),
                row("when", "never, says the owl") + row("who", "zoe quizzed five jumpy wizards"));
    }

    private static String row(String prompt, String answer) {
        return "{\"conversations\":[{\"role\":\"user\",\"content\":\"" + prompt
                + "\"},{\"role\":\"assistant\",\"content\":\"" + answer + "\"}]}\n";
    }

    private static List<String> words(String... more) {
        List<String> words = new ArrayList<>(List.of(
                "--model",
                model.toString(),
                "--data",
                rows.toString(),
                "--val",
                validation.toString(),
                "--method",
                "lora",
                "--lora-rank",
                "4",
                "--lora-alpha",
                "8",
                "--lora-targets",
                "all",
                "--lora-dropout",
                "0.1",
                "--precision",
                "fp32",
                "--lr",
                "1e-2",
                "--warmup",
                "2",
                "--batch",
                "4",
                "--steps",
                Integer.toString(UPDATES),
                "--eval-every",
                "4",
                "--guard",
                "diverged=off,grad-norm=off,grad-norm-z=off,early-stop=off",
                "--val-generate",
                "0",
                "--save-every",
                "100",
                "--self-test",
                "off",
                "--threads",
                "1"));
        for (int i = 0; i < more.length; i += 2) {
            int at = words.indexOf(more[i]);
            if (at >= 0) {
                words.subList(at, at + 2).clear();
            }
            words.addAll(List.of(more[i], more[i + 1]));
        }
        return words;
    }

    private static void ask(Path run, Action action, String text) {
        RunRequests.ask(run, new RunRequest(action, text, "page", Instant.parse("2026-11-24T18:00:00Z")));
    }

    /** Somebody who looks on. */
    private interface Watcher extends TrainCallback {
        @Override
        void event(RunEvent event);
    }

    private static RunResult run(
            List<String> words, Path run, boolean resume, TrainCallback callback, BooleanSupplier interrupted) {
        try (TrainingRun training = new TrainingRun(Runs.prepare(words), TrainCallback.NONE)) {
            AtomicLong clock = new AtomicLong();
            training.nanos(() -> clock.addAndGet(1_000_000_000));
            return resume ? training.resume(run, callback, interrupted) : training.train(run, callback, interrupted);
        }
    }

    private static RunResult run(List<String> words, Path run, Watcher watcher) {
        return run(words, run, false, watcher, () -> false);
    }

    private static RunResult resume(List<String> words, Path run) {
        return run(words, run, true, TrainCallback.NONE, () -> false);
    }

    private static Watcher asking(Path run, long step, Action action, String text) {
        return event -> {
            if (event instanceof StepEvent && event.step() == step) {
                ask(run, action, text);
            }
        };
    }

    private static List<String> requests(Path run) {
        try (Stream<Path> files = Files.list(run.resolve("requests"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static <T extends RunEvent> List<T> events(Path run, Class<T> kind) {
        return Runs.events(run).stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    private static List<String> notes(Path run) {
        return events(run, NoteEvent.class).stream().map(NoteEvent::text).toList();
    }

    /** Planned rates, those after an update times a factor. */
    private static List<Map<String, Double>> rates(List<String> words, long after, double factor) {
        Preparation preparation = Runs.prepare(words);
        LrController controller = new LrController(
                preparation.plan().schedule(), preparation.plan().groups());
        List<Map<String, Double>> rates = new ArrayList<>();
        for (long step = 1; step <= UPDATES; step++) {
            Map<String, Double> all = new java.util.LinkedHashMap<>(controller.rates(step));
            double times = step > after ? factor : 1;
            all.replaceAll((group, rate) -> rate * times);
            rates.add(all);
        }
        return rates;
    }

    private static List<Map<String, Double>> logged(Path run) {
        return Runs.steps(run).stream().map(StepEvent::lr).toList();
    }

    @Test
    void halve_theLoggedRatesAreThePlannedOnesTimesAHalf_bitForBit() {
        Path run = folder.resolve("run");
        RunResult result = run(words(), run, asking(run, 5, Action.HALVE, "too wild"));
        assertThat(result.status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(logged(run)).isEqualTo(rates(words(), 5, 0.5)).hasSize(UPDATES);
        List<VerdictEvent> verdicts = events(run, VerdictEvent.class);
        assertThat(verdicts).hasSize(1);
        VerdictEvent verdict = verdicts.get(0);
        assertThat(verdict.step()).isEqualTo(5);
        assertThat(verdict.monitor()).isEqualTo("person");
        assertThat(verdict.action()).isEqualTo("reduce-lr");
        double planned = Objects.requireNonNull(rates(words(), 99, 1).get(5).get("decay"));
        assertThat(verdict.reason())
                .contains("a person (page)")
                .contains("update 6 has " + dev.stride.config.Numbers.text(planned / 2) + " instead of "
                        + dev.stride.config.Numbers.text(planned))
                .endsWith("In their words: too wild");
        assertThat(Runs.saves(run)).contains(5L);
        assertThat(requests(run)).isEmpty();
    }

    /** The optimizer makes what a run that was planned at half the rate makes: same losses, same bytes. */
    @Test
    void halve_beforeTheFirstUpdate_trainsAsARunOfHalfTheRate() {
        Path halved = folder.resolve("halved");
        AtomicLong asked = new AtomicLong();
        run(words("--schedule", "constant", "--warmup", "0"), halved, false, TrainCallback.NONE, () -> {
            if (asked.getAndIncrement() == 0) {
                ask(halved, Action.HALVE, "");
            }
            return false;
        });
        Path half = folder.resolve("half");
        run(
                words("--schedule", "constant", "--warmup", "0", "--lr", "5e-3"),
                half,
                false,
                TrainCallback.NONE,
                () -> false);
        assertThat(logged(halved)).isEqualTo(logged(half)).hasSize(UPDATES);
        assertThat(Runs.steps(halved)).extracting(StepEvent::loss).isEqualTo(losses(half));
        for (String file : List.of("adapter_model.safetensors", "optimizer.safetensors")) {
            assertThat(Runs.content(halved, UPDATES).get(file))
                    .isNotNull()
                    .isEqualTo(Runs.content(half, UPDATES).get(file));
        }
    }

    private static List<Double> losses(Path run) {
        return Runs.steps(run).stream().map(StepEvent::loss).toList();
    }

    @Test
    void halve_twice_isAQuarter_andSurvivesADeath() {
        Path run = folder.resolve("run");
        Watcher watcher = event -> {
            if (event instanceof StepEvent && event.step() == 5) {
                ask(run, Action.HALVE, "");
                ask(run, Action.HALVE, "");
            }
            if (event instanceof StepEvent && event.step() == 7) {
                throw new IllegalStateException("died");
            }
        };
        assertThatThrownBy(() -> run(words(), run, watcher)).hasMessage("died");
        assertThat(resume(words(), run).status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(logged(run)).isEqualTo(rates(words(), 5, 0.25));
        assertThat(events(run, VerdictEvent.class)).hasSize(2);
    }

    /** Where a process dies while a request is being done: the log and the rate must say the same afterwards. */
    enum Moment {
        /** Nothing was done: the next process refuses. */
        BEFORE_SAVING(false),
        /** Done but not told. */
        BEFORE_TELLING(true),
        /** Told, but the request still lies there. */
        BEFORE_DELETING(true);

        private final boolean halves;

        Moment(boolean halves) {
            this.halves = halves;
        }
    }

    @ParameterizedTest
    @EnumSource
    void halve_whereAProcessDiesOnTheWay_isDoneAndToldOnceOrNotAtAll(Moment moment) {
        Path run = folder.resolve("run");
        TrainCallback dying = new TrainCallback() {
            private boolean asked;

            @Override
            public void event(RunEvent event) {
                if (event instanceof StepEvent && event.step() == 5) {
                    ask(run, Action.HALVE, "");
                    asked = true;
                }
                die(event instanceof SaveEvent && event.step() == 5, Moment.BEFORE_TELLING);
                die(event instanceof VerdictEvent, Moment.BEFORE_DELETING);
            }

            @Override
            public void progress(String what, long done, long total) {
                die(asked && what.equals("saving"), Moment.BEFORE_SAVING);
            }

            private void die(boolean now, Moment at) {
                if (now && at == moment) {
                    throw new IllegalStateException("died");
                }
            }
        };
        assertThatThrownBy(() -> run(words(), run, false, dying, () -> false)).hasMessage("died");
        assertThat(requests(run)).hasSize(1);
        assertThat(resume(words(), run).status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(requests(run)).isEmpty();
        assertThat(logged(run)).isEqualTo(rates(words(), 5, moment.halves ? 0.5 : 1));
        assertThat(events(run, VerdictEvent.class)).hasSize(moment.halves ? 1 : 0);
        assertThat(notes(run)).hasSize(moment.halves ? 0 : 1).allMatch(note -> note.contains("is refused"));
    }

    @Test
    void halve_moreOftenThanMakesSense_isRefusedAndTheRunGoesOn() {
        Path run = folder.resolve("run");
        Watcher watcher = event -> {
            if (event instanceof StepEvent && event.step() == 2) {
                for (int i = 0; i < 32; i++) {
                    ask(run, Action.HALVE, "");
                }
            }
        };
        assertThat(run(words(), run, watcher).status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(logged(run)).isEqualTo(rates(words(), 2, Math.pow(0.5, 30)));
        assertThat(notes(run)).hasSize(2).allMatch(note -> note.contains("not halved"));
    }

    @Test
    void stop_savesAndEndsInterrupted_andGoesOnAsIfNothingHadHappened() {
        Path whole = folder.resolve("whole");
        run(words(), whole, event -> {});
        Path run = folder.resolve("run");
        RunResult stopped = run(words(), run, asking(run, 6, Action.STOP, "look at it first"));
        assertThat(stopped.status()).isEqualTo(RunResult.Status.INTERRUPTED);
        assertThat(stopped.steps()).isEqualTo(6);
        assertThat(stopped.reason())
                .startsWith("stopped by a person (page) after step 6")
                .contains("look at it first");
        List<RunEvent> events = Runs.events(run);
        assertThat(events.get(events.size() - 1)).isEqualTo(new VerdictEvent(6, "person", "stop", stopped.reason()));
        assertThat(Runs.saves(run)).contains(6L);
        assertThat(requests(run)).isEmpty();
        assertThat(resume(words(), run).status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(notes(run)).containsExactly("The run goes on, which a person had stopped.");
        assertThat(numbers(run)).isEqualTo(numbers(whole)).hasSizeGreaterThan(UPDATES);
        assertThat(Runs.content(run, UPDATES)).isEqualTo(Runs.content(whole, UPDATES));
    }

    /** Updates and evaluations, without times. */
    private static List<String> numbers(Path run) {
        return Runs.numbers(run).stream()
                .filter(line -> line.contains("\"type\":\"step\"") || line.contains("\"type\":\"eval\""))
                .toList();
    }

    @Test
    void stop_inAnEvaluation_leavesIt_andItIsMadeLater() {
        Path run = folder.resolve("run");
        TrainCallback watcher = new TrainCallback() {
            private long step;

            @Override
            public void event(RunEvent event) {
                step = event.step();
            }

            @Override
            public void progress(String what, long done, long total) {
                if (what.equals("validation loss") && step == 8) {
                    RunRequests.ask(run, new RunRequest(Action.NOTE, "others wait", "page", Instant.ofEpochMilli(1)));
                    RunRequests.ask(run, new RunRequest(Action.STOP, "", "page", Instant.ofEpochMilli(2)));
                }
            }
        };
        RunResult stopped = run(words(), run, false, watcher, () -> false);
        assertThat(stopped.status()).isEqualTo(RunResult.Status.INTERRUPTED);
        assertThat(stopped.steps()).isEqualTo(8);
        assertThat(events(run, EvalEvent.class)).extracting(EvalEvent::step).containsExactly(4L);
        assertThat(notes(run)).containsExactly("Note of a person (page): others wait");
        assertThat(resume(words(), run).status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(events(run, EvalEvent.class)).extracting(EvalEvent::step).containsExactly(4L, 8L, 12L);
    }

    @Test
    void stop_refusesWhatWaitsBehindIt_beforeItIsTold() {
        Path run = folder.resolve("run");
        Watcher watcher = event -> {
            if (event instanceof StepEvent && event.step() == 3) {
                for (int i = 1; i <= 3; i++) {
                    RunRequests.ask(
                            run,
                            new RunRequest(i == 1 ? Action.STOP : Action.HALVE, "", "page", Instant.ofEpochMilli(i)));
                }
            }
        };
        run(words(), run, watcher);
        assertThat(requests(run)).isEmpty();
        assertThat(notes(run)).hasSize(2).allMatch(note -> note.contains("halve the rate is refused: the run was"));
        assertThat(events(run, VerdictEvent.class)).singleElement().matches(VerdictEvent::isPersonsStop);
    }

    /** A rate that is cut where the loss no longer falls sees no evaluation that somebody asked for. */
    @Test
    void evaluate_isMadeAtOnce_andChangesNothingElse() {
        List<String> words = words("--schedule", "plateau", "--plateau-patience", "1", "--eval-every", "2");
        Path without = folder.resolve("without");
        run(words, without, event -> {});
        Path run = folder.resolve("run");
        Watcher watcher = event -> {
            if (event instanceof StepEvent && event.step() % 2 == 1) {
                ask(run, Action.EVALUATE, "");
            }
        };
        RunResult result = run(words, run, watcher);
        List<EvalEvent> asked =
                events(run, EvalEvent.class).stream().filter(EvalEvent::asked).toList();
        assertThat(asked).extracting(EvalEvent::step).containsExactly(1L, 3L, 5L, 7L, 9L, 11L);
        assertThat(events(without, VerdictEvent.class)).as("cuts of the rate").isNotEmpty();
        assertThat(events(run, VerdictEvent.class)).isEqualTo(events(without, VerdictEvent.class));
        assertThat(numbers(run).stream().filter(line -> !line.contains("\"asked\"")))
                .isEqualTo(numbers(without));
        double lowest = events(run, EvalEvent.class).stream()
                .mapToDouble(EvalEvent::loss)
                .min()
                .orElseThrow();
        assertThat(Objects.requireNonNull(result.best()).value()).isEqualTo(lowest);
        assertThat(notes(run)).hasSize(6).allMatch(note -> note.startsWith("An evaluation is made now"));
        assertThat(requests(run)).isEmpty();
    }

    @Test
    void evaluate_whereTheModelWasJustEvaluated_isRefused() {
        Path run = folder.resolve("run");
        Watcher watcher = event -> {
            if (event instanceof EvalEvent && event.step() == 4) {
                ask(run, Action.EVALUATE, "");
            }
        };
        run(words(), run, watcher);
        assertThat(events(run, EvalEvent.class)).extracting(EvalEvent::step).containsExactly(4L, 8L, 12L);
        assertThat(notes(run)).singleElement().asString().contains("evaluated after update 4 already");
        assertThat(requests(run)).isEmpty();
    }

    @Test
    void evaluate_survivesAnInterruption() {
        Path run = folder.resolve("run");
        AtomicLong evaluating = new AtomicLong();
        TrainCallback watcher = new TrainCallback() {
            @Override
            public void event(RunEvent event) {
                if (event instanceof StepEvent && event.step() == 3) {
                    ask(run, Action.EVALUATE, "");
                }
            }

            @Override
            public void progress(String what, long done, long total) {
                evaluating.addAndGet(what.equals("validation loss") ? 1 : 0);
            }
        };
        assertThat(run(words(), run, false, watcher, () -> evaluating.get() > 0).status())
                .isEqualTo(RunResult.Status.INTERRUPTED);
        assertThat(evaluating.get()).isPositive();
        assertThat(events(run, EvalEvent.class)).isEmpty();
        assertThat(requests(run)).as("the state knows of it").isEmpty();
        assertThat(resume(words(), run).status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(events(run, EvalEvent.class)).extracting(EvalEvent::step).containsExactly(3L, 4L, 8L, 12L);
        assertThat(events(run, EvalEvent.class))
                .extracting(EvalEvent::asked)
                .containsExactly(true, false, false, false);
    }

    @Test
    void note_isAnEventWithItsText() {
        Path run = folder.resolve("run");
        run(words(), run, asking(run, 2, Action.NOTE, "变热\nnow " + "x".repeat(3000)));
        assertThat(events(run, NoteEvent.class))
                .containsExactly(new NoteEvent(
                        2, "Note of a person (page): 变热 now " + "x".repeat(1993) + " (cut: 2000 of 3007 characters)"));
        assertThat(requests(run)).isEmpty();
    }

    /** An old "stop" must not end the run that is gone on with. */
    @Test
    void whatLiesThereFromBefore_isRefusedWithANote() throws IOException {
        Path run = folder.resolve("run");
        run(words(), run, false, TrainCallback.NONE, Runs.after(0));
        for (Action action : Action.values()) {
            ask(run, action, "old");
        }
        Files.writeString(run.resolve("requests/broken.json"), "{");
        assertThat(resume(words(), run).status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(notes(run)).hasSize(5);
        assertThat(notes(run).stream().filter(note -> note.contains("is refused: it is from before")))
                .hasSize(4)
                .allMatch(note -> note.endsWith("In their words: old"));
        assertThat(requests(run)).containsExactly("broken.json.refused");
        assertThat(logged(run)).isEqualTo(rates(words(), 99, 1));
    }

    @Test
    void whatIsAskedInTheLastMoment_isRefusedWithANote() {
        Path run = folder.resolve("run");
        Watcher watcher = event -> {
            if (event instanceof SaveEvent && event.step() == UPDATES) {
                ask(run, Action.STOP, "");
            }
        };
        assertThat(run(words(), run, watcher).status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(notes(run)).singleElement().asString().contains("is refused: the run has ended");
        assertThat(requests(run)).isEmpty();
    }

    @Test
    void whatCannotBeUnderstood_isNamedAndMovedAside() {
        Path run = folder.resolve("run");
        Watcher watcher = event -> {
            if (event instanceof StepEvent && event.step() == 3) {
                try {
                    Files.createDirectories(run.resolve("requests"));
                    Files.writeString(run.resolve("requests/a.json"), "{\"action\":\"explode\"}");
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        };
        assertThat(run(words(), run, watcher).status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(notes(run))
                .singleElement()
                .asString()
                .contains("requests/a.json")
                .contains("'explode'");
        assertThat(requests(run)).containsExactly("a.json.refused");
    }

    @Test
    void liveState_endsWithTheRun_andItsFailureIsANoteAndNoMore() throws IOException {
        Path run = folder.resolve("run");
        run(words(), run, event -> {});
        LiveState last = Objects.requireNonNull(LiveState.read(run));
        assertThat(last.ended()).isTrue();
        assertThat(last.step()).isEqualTo(UPDATES);
        assertThat(last.plannedSteps()).isEqualTo(UPDATES);
        assertThat(last.pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(last.host()).isNotBlank();
        assertThat(last.secondsLeft()).isZero();
        assertThat(last.tokensPerSecond()).isPositive();
        assertThat(last.peak()).isGreaterThanOrEqualTo(last.resident()).isGreaterThan(50L << 20);
        assertThat(last.device()).isNull();

        Path other = folder.resolve("other");
        run(words(), other, false, TrainCallback.NONE, Runs.after(0));
        Files.delete(other.resolve("live.json"));
        Files.createDirectories(other.resolve("live.json/in the way"));
        RunResult result = run(words(), other, true, TrainCallback.NONE, () -> {
            // the state is written in another thread; without a wait the run may be over sooner
            for (int i = 0; i < 50 && notes(other).isEmpty(); i++) {
                sleep();
            }
            return false;
        });
        assertThat(result.status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(notes(other))
                .singleElement()
                .asString()
                .contains("live.json")
                .contains("The run goes on.");
    }

    private static void sleep() {
        try {
            Thread.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
