package dev.stride.cli;

import dev.stride.config.Numbers;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import dev.stride.sweep.SweepListener;
import dev.stride.train.TrainCallback;
import java.util.HashMap;
import java.util.Map;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A sweep's progress for people: one bar over the updates of all trials on a terminal, plain lines elsewhere. */
final class SweepDisplay implements SweepListener, AutoCloseable {
    private final Console console;
    private final int logEvery;
    private final Map<String, Long> planned = new HashMap<>();
    private final Map<String, Long> made = new HashMap<>();
    private @Nullable ProgressBar bar;

    SweepDisplay(Console console, int logEvery) {
        this.console = console;
        this.logEvery = logEvery;
    }

    @Override
    public synchronized TrainCallback trial(String name, long totalSteps) {
        planned.put(name, totalSteps);
        if (!console.live()) {
            return new ProgressDisplay(console, name, totalSteps, logEvery);
        }
        return new TrainCallback() {
            @Override
            public void event(RunEvent event) {
                live(name, event);
            }

            @Override
            public void progress(String what, long done, long total) {
                message(name + " " + what + " " + done + "/" + total);
            }
        };
    }

    @Override
    public synchronized void say(String sentence) {
        if (bar != null) {
            console.err().print("\r\033[K");
        }
        console.say(sentence);
    }

    private synchronized void live(String name, RunEvent event) {
        if (event instanceof StepEvent step) {
            made.put(name, step.step());
            message(name + " loss " + Numbers.fixed(step.loss(), 4) + " lr " + ProgressDisplay.rate(step));
        } else if (event instanceof EvalEvent eval) {
            say(name + "  " + ProgressDisplay.evaluation(eval));
        } else if (event instanceof VerdictEvent verdict) {
            say(name + "  step " + verdict.step() + ": " + verdict.monitor() + ": " + verdict.action() + ": "
                    + verdict.reason());
        }
    }

    private synchronized void message(String text) {
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName("sweep")
                    .setInitialMax(1)
                    .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                    .setUpdateIntervalMillis(200)
                    .setConsumer(new ConsoleProgressBarConsumer(console.err()))
                    .build();
        }
        bar.maxHint(planned.values().stream().mapToLong(Long::longValue).sum());
        bar.stepTo(made.values().stream().mapToLong(Long::longValue).sum());
        bar.setExtraMessage(" " + text);
    }

    @Override
    public synchronized void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
