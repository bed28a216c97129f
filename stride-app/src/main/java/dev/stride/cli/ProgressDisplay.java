package dev.stride.cli;

import dev.stride.config.Numbers;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import dev.stride.train.Pace;
import dev.stride.train.TrainCallback;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A run's progress for people: a bar with loss, rate, tokens a second and time left on a terminal, plain lines every so
 * many updates elsewhere.
 */
final class ProgressDisplay implements TrainCallback, AutoCloseable {
    private static final Set<String> UP_TO_1 = Set.of("bleu-4", "accuracy", "macro-f1");

    private final Console console;
    private final String name;
    private final long totalSteps;
    private final int logEvery;
    private @Nullable ProgressBar bar;
    private Pace pace = Pace.NONE;

    /** A display of a run of {@code totalSteps} updates. */
    ProgressDisplay(Console console, String name, long totalSteps, int logEvery) {
        this.console = console;
        this.name = name;
        this.totalSteps = totalSteps;
        this.logEvery = logEvery;
    }

    @Override
    public void event(RunEvent event) {
        if (event instanceof StepEvent step) {
            step(step);
        } else if (event instanceof EvalEvent eval) {
            line(evaluation(eval));
        } else if (event instanceof SkipEvent skip) {
            line("step " + skip.step() + ": update not made: " + skip.reason());
        } else if (event instanceof VerdictEvent verdict) {
            line("step " + verdict.step() + ": " + verdict.monitor() + ": " + verdict.action() + ": "
                    + verdict.reason());
        } else if (event instanceof NoteEvent note) {
            line("note: " + note.text());
        } else if (event instanceof SaveEvent save && !console.live()) {
            line("step " + save.step() + ": saved " + save.path());
        }
    }

    @Override
    public void progress(String what, long done, long total) {
        if (console.live()) {
            bar().setExtraMessage(" " + what + " " + done + "/" + total);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }

    private void step(StepEvent step) {
        pace = pace.after(step, System.nanoTime());
        if (console.live()) {
            bar().stepTo(step.step());
            bar().setExtraMessage(String.format(
                    Locale.ROOT,
                    " loss %s  lr %s  %.0f tok/s",
                    Numbers.fixed(step.loss(), 4),
                    rate(step),
                    pace.tokensPerSecond()));
        } else if (step.step() == 1 || step.step() % logEvery == 0 || step.step() == totalSteps) {
            line(String.format(
                    Locale.ROOT,
                    "step %d/%d  loss %s  lr %s  grad norm %s  %.0f tok/s  left %s",
                    step.step(),
                    totalSteps,
                    Numbers.fixed(step.loss(), 4),
                    rate(step),
                    Numbers.fixed(step.gradNorm(), 3),
                    pace.tokensPerSecond(),
                    duration(pace.secondsLeft(totalSteps, System.nanoTime()))));
        }
    }

    /** The rates in scientific notation: one where all groups agree, the lowest and highest where they are many. */
    static String rate(StepEvent step) {
        TreeMap<Double, String> distinct = new TreeMap<>();
        step.lr().values().forEach(lr -> distinct.put(lr, lr == 0 ? "0" : String.format(Locale.ROOT, "%.3e", lr)));
        if (distinct.size() > 3) {
            return distinct.firstEntry().getValue() + ".."
                    + distinct.lastEntry().getValue();
        }
        return String.join("/", distinct.values());
    }

    /** Hours, minutes and seconds, for example {@code 1:02:03} or {@code 2:03}. */
    static String duration(double seconds) {
        long whole = Math.round(seconds);
        return whole >= 3600
                ? String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60);
    }

    /** An evaluation in a line. */
    static String evaluation(EvalEvent eval) {
        StringBuilder text = new StringBuilder(
                String.format(Locale.ROOT, "step %d: validation loss %s", eval.step(), Numbers.fixed(eval.loss(), 4)));
        // percentages have two decimals, what goes from 0 to 1 has four
        eval.scores()
                .forEach((key, value) -> text.append("  ")
                        .append(key)
                        .append(' ')
                        .append(Numbers.fixed(value, UP_TO_1.contains(key) ? 4 : 2)));
        return text.append(String.format(Locale.ROOT, "  (%.1f s)", eval.seconds()))
                .toString();
    }

    /** A line of its own, above the bar. */
    void line(String text) {
        if (bar != null) {
            console.err().print("\r\033[K");
        }
        console.say((name.isEmpty() ? "" : name + "  ") + text);
    }

    private ProgressBar bar() {
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName(name.isEmpty() ? "train" : name)
                    .setInitialMax(totalSteps)
                    .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                    .setUpdateIntervalMillis(200)
                    .setConsumer(new ConsoleProgressBarConsumer(console.err()))
                    .build();
        }
        return bar;
    }
}
