package dev.stride.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The trials of a sweep as TensorBoard's HParams table: the columns in an event file of the folder itself, and for each
 * trial a folder with its settings, its state and its scores of validation. The messages are those of the plugin's
 * {@code plugin_data.proto} and {@code api.proto}.
 *
 * <p>Written anew each time, so that a sweep that goes on has no row twice.
 */
public final class HParamsTable {
    private static final String PLUGIN = "hparams";
    private static final String EXPERIMENT_TAG = "_hparams_/experiment";
    private static final String START_TAG = "_hparams_/session_start_info";
    private static final String END_TAG = "_hparams_/session_end_info";

    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_TENSOR = 8;
    private static final int VALUE_METADATA = 9;
    private static final int TENSOR_DTYPE = 1;
    private static final int TENSOR_SHAPE = 2;
    private static final int DT_FLOAT = 1;
    private static final int METADATA_PLUGIN = 1;
    private static final int METADATA_DATA_CLASS = 4;
    private static final int DATA_CLASS_TENSOR = 2;
    private static final int PLUGIN_NAME = 1;
    private static final int PLUGIN_CONTENT = 2;

    private static final int DATA_EXPERIMENT = 2;
    private static final int DATA_START = 3;
    private static final int DATA_END = 4;
    private static final int EXPERIMENT_CREATED = 3;
    private static final int EXPERIMENT_HPARAMS = 4;
    private static final int EXPERIMENT_METRICS = 5;
    private static final int EXPERIMENT_NAME = 6;
    private static final int INFO_NAME = 1;
    private static final int INFO_TYPE = 4;
    private static final int TYPE_STRING = 1;
    private static final int TYPE_FLOAT64 = 3;
    private static final int METRIC_NAME = 1;
    private static final int METRIC_DISPLAY = 3;
    private static final int METRIC_TAG = 2;
    private static final int START_HPARAMS = 1;
    private static final int START_GROUP = 4;
    private static final int START_TIME = 5;
    private static final int END_STATUS = 1;
    private static final int END_TIME = 2;
    private static final int MAP_KEY = 1;
    private static final int MAP_VALUE = 2;
    private static final int NUMBER_VALUE = 2;
    private static final int STRING_VALUE = 3;

    private HParamsTable() {}

    /**
     * Writes the table.
     *
     * @param folder for TensorBoard's files of the sweep; event files in it are replaced
     * @param name of the sweep
     * @param clock for the wall times of the events
     * @throws UncheckedIOException naming what cannot be written
     */
    public static void write(Path folder, String name, List<TrialSummary> trials, InstantSource clock) {
        clear(folder);
        try (TensorBoardFile file = new TensorBoardFile(folder, clock)) {
            file.append(0, summary(EXPERIMENT_TAG, DATA_EXPERIMENT, experiment(name, trials)));
        }
        for (TrialSummary trial : trials) {
            Path own = folder.resolve(trial.name());
            clear(own);
            try (TensorBoardFile file = new TensorBoardFile(own, clock)) {
                file.append(0, began(trial));
                scores(file, trial);
                if (trial.state() != TrialSummary.State.RUNNING) {
                    file.append(0, ended(trial));
                }
            }
        }
    }

    /** A trial's settings as a summary. */
    static ProtoBytes began(TrialSummary trial) {
        return summary(START_TAG, DATA_START, start(trial));
    }

    /** How a trial ended as a summary. */
    static ProtoBytes ended(TrialSummary trial) {
        return summary(END_TAG, DATA_END, end(trial));
    }

    private static void clear(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try {
            for (String file : TensorBoardFile.eventFiles(folder)) {
                Files.delete(folder.resolve(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot replace the event files in " + folder + ": " + e.getMessage(), e);
        }
    }

    private static ProtoBytes experiment(String name, List<TrialSummary> trials) {
        Set<String> numbers = new LinkedHashSet<>();
        Set<String> words = new LinkedHashSet<>();
        Set<String> metrics = new LinkedHashSet<>();
        for (TrialSummary trial : trials) {
            numbers.addAll(trial.numbers().keySet());
            words.addAll(trial.words().keySet());
            metrics.addAll(trial.metrics().keySet());
        }
        ProtoBytes experiment = new ProtoBytes();
        long created =
                trials.stream().mapToLong(TrialSummary::startMillis).min().orElse(0);
        experiment.float64(EXPERIMENT_CREATED, created / 1000.0);
        numbers.forEach(number -> experiment.message(EXPERIMENT_HPARAMS, info(number, TYPE_FLOAT64)));
        words.forEach(word -> experiment.message(EXPERIMENT_HPARAMS, info(word, TYPE_STRING)));
        for (String metric : metrics) {
            ProtoBytes tag = new ProtoBytes().text(METRIC_TAG, metric);
            experiment.message(
                    EXPERIMENT_METRICS,
                    new ProtoBytes().message(METRIC_NAME, tag).text(METRIC_DISPLAY, metric));
        }
        return experiment.text(EXPERIMENT_NAME, name);
    }

    private static ProtoBytes info(String name, int type) {
        return new ProtoBytes().text(INFO_NAME, name).whole(INFO_TYPE, type);
    }

    private static ProtoBytes start(TrialSummary trial) {
        ProtoBytes start = new ProtoBytes();
        trial.numbers()
                .forEach((name, value) ->
                        start.message(START_HPARAMS, entry(name, new ProtoBytes().float64(NUMBER_VALUE, value))));
        trial.words()
                .forEach((name, value) ->
                        start.message(START_HPARAMS, entry(name, new ProtoBytes().text(STRING_VALUE, value))));
        return start.text(START_GROUP, trial.group()).float64(START_TIME, trial.startMillis() / 1000.0);
    }

    private static ProtoBytes entry(String key, ProtoBytes value) {
        return new ProtoBytes().text(MAP_KEY, key).message(MAP_VALUE, value);
    }

    private static ProtoBytes end(TrialSummary trial) {
        // a trial that was pruned has done what was wanted of it
        int status = switch (trial.state()) {
            case SUCCEEDED, ENDED -> 1;
            case FAILED -> 2;
            case RUNNING -> 3;
        };
        return new ProtoBytes().whole(END_STATUS, status).float64(END_TIME, trial.endMillis() / 1000.0);
    }

    private static void scores(TensorBoardFile file, TrialSummary trial) {
        for (RunEvent event : trial.events()) {
            if (event instanceof EvalEvent eval) {
                ProtoBytes summary = new ProtoBytes();
                TensorBoardSink.scalar(summary, "eval/loss", eval.loss());
                eval.scores().forEach((name, score) -> TensorBoardSink.scalar(summary, "eval/" + name, score));
                file.append(eval.step(), summary);
            }
        }
    }

    /** A value that is empty but for what its metadata hold for the plugin; the data's version 0 is left out. */
    private static ProtoBytes summary(String tag, int field, ProtoBytes data) {
        ProtoBytes plugin = new ProtoBytes()
                .text(PLUGIN_NAME, PLUGIN)
                .message(PLUGIN_CONTENT, new ProtoBytes().message(field, data));
        ProtoBytes metadata =
                new ProtoBytes().message(METADATA_PLUGIN, plugin).whole(METADATA_DATA_CLASS, DATA_CLASS_TENSOR);
        // a shape of one dimension of size 0
        ProtoBytes shape = new ProtoBytes().message(2, new ProtoBytes());
        ProtoBytes tensor = new ProtoBytes().whole(TENSOR_DTYPE, DT_FLOAT).message(TENSOR_SHAPE, shape);
        return new ProtoBytes()
                .message(
                        SUMMARY_VALUE,
                        new ProtoBytes()
                                .text(VALUE_TAG, tag)
                                .message(VALUE_TENSOR, tensor)
                                .message(VALUE_METADATA, metadata));
    }
}
