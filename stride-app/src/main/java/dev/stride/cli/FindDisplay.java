package dev.stride.cli;

import dev.stride.train.TrainCallback;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A range test's progress: a bar with pass, rate and loss on a terminal, a line every so many updates elsewhere. */
final class FindDisplay implements TrainCallback, AutoCloseable {
    private static final int EVERY = 25;
    private static final String LOADING = "loading";

    private final Console console;
    private @Nullable ProgressBar bar;

    FindDisplay(Console console) {
        this.console = console;
    }

    @Override
    public void progress(String what, long done, long total) {
        if (what.startsWith(LOADING)) {
            return;
        }
        if (console.live()) {
            if (bar == null) {
                bar = new ProgressBarBuilder()
                        .setTaskName("find")
                        .setInitialMax(total)
                        .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                        .setUpdateIntervalMillis(200)
                        .setConsumer(new ConsoleProgressBarConsumer(console.err()))
                        .build();
            }
            bar.stepTo(done);
            bar.setExtraMessage(" " + what);
        } else if (done % EVERY == 0 || done == total) {
            console.say(what);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
