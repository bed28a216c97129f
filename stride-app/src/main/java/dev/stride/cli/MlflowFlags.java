package dev.stride.cli;

import dev.stride.config.ShellWords;
import dev.stride.config.UserException;
import dev.stride.experiment.MlflowExport;
import dev.stride.experiment.MlflowSender;
import dev.stride.experiment.MlflowSource;
import dev.stride.experiment.MlflowTarget;
import dev.stride.experiment.RunEvent;
import dev.stride.sweep.SweepListener;
import dev.stride.train.TrainCallback;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options that name an MLflow server. They are no settings of a run: they change nothing of it, may differ whenever it
 * goes on, and are not in its {@code config.yaml}, where a password would stand.
 */
final class MlflowFlags {
    @Option(
            names = "--mlflow",
            paramLabel = "URL",
            description =
                    "Send to an MLflow server what the folder holds, for example http://127.0.0.1:5000; one that is"
                            + " away costs nothing, and gets the rest later. With --resume the server from before, unless given.")
    private @Nullable String url;

    @Option(
            names = "--mlflow-experiment",
            paramLabel = "NAME",
            description = "The experiment there. Default: the one from before, else " + MlflowTarget.EXPERIMENT + ".")
    private @Nullable String experiment;

    private final Map<String, String> environment;

    MlflowFlags() {
        this(System.getenv());
    }

    MlflowFlags(Map<String, String> environment) {
        this.environment = environment;
    }

    /** The server that was named, or null. */
    @Nullable
    MlflowTarget target() {
        if (url == null) {
            if (experiment != null) {
                throw new UserException("--mlflow-experiment " + experiment
                        + " names an experiment of no server: give --mlflow URL too");
            }
            return null;
        }
        return new MlflowTarget(url, experiment, environment);
    }

    /** The server that was named, else the one that a folder was sent to before, or null. */
    @Nullable
    MlflowTarget target(Path resumed) {
        if (url == null) {
            String before = MlflowTarget.serverOf(resumed);
            return before == null ? target() : new MlflowTarget(before, experiment, environment);
        }
        return target();
    }

    /** What was sent, in lines. */
    static void print(MlflowExport.Sent sent, Console console) {
        sent.notes().forEach(note -> console.say("mlflow: " + note));
        console.print(sent.server() + ": experiment " + sent.experiment() + " (" + sent.name() + "), run " + sent.run()
                + ", " + sent.metrics() + " new values");
    }

    /**
     * A sender that begins with the first event.
     *
     * @param target null: nothing is sent
     */
    Live live(@Nullable MlflowTarget target, Path folder, Supplier<List<MlflowSource>> sources, Console console) {
        if (target == null) {
            return new Live(null);
        }
        String later = "stride report " + ShellWords.quoted(folder.toString()) + " --mlflow " + target.server()
                + (experiment == null ? "" : " --mlflow-experiment " + ShellWords.quoted(experiment));
        String clear = console.live() ? "\r\033[K" : ""; // a bar that is being drawn
        return new Live(
                new MlflowSender(target, sources, MlflowSender.Times.USUAL, later, line -> console.say(clear + line)));
    }

    /** What goes on beside a training; nothing where no server was named. */
    static final class Live implements AutoCloseable {
        private final @Nullable MlflowSender sender;

        private Live(@Nullable MlflowSender sender) {
            this.sender = sender;
        }

        /** The folder is there, as it is where a run goes on. */
        void begin() {
            if (sender != null) {
                sender.begin();
            }
        }

        /** The same callback; its first event is in the folder, so that sending may begin. */
        TrainCallback beside(TrainCallback callback) {
            return sender == null
                    ? callback
                    : new TrainCallback() {
                        @Override
                        public void event(RunEvent event) {
                            begin();
                            callback.event(event);
                        }

                        @Override
                        public void progress(String what, long done, long total) {
                            callback.progress(what, done, total);
                        }
                    };
        }

        /** The same listener; when a trial begins, the sweep's folder is there. */
        SweepListener beside(SweepListener listener) {
            return sender == null
                    ? listener
                    : new SweepListener() {
                        @Override
                        public TrainCallback trial(String name, long totalSteps) {
                            begin();
                            return listener.trial(name, totalSteps);
                        }

                        @Override
                        public void say(String sentence) {
                            listener.say(sentence);
                        }
                    };
        }

        @Override
        public void close() {
            if (sender != null) {
                sender.close();
            }
        }
    }
}
