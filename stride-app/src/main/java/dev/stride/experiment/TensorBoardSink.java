package dev.stride.experiment;

import java.nio.file.Path;
import java.time.InstantSource;

/**
 * Writes TensorBoard's event files, without TensorFlow.
 *
 * <p>Scalars: {@code train/loss}, {@code train/grad_norm}, {@code train/tokens_per_second}, {@code lr/<group>},
 * {@code eval/loss} and {@code eval/<score>}. Texts: {@code samples/<n>} for the n-th sample of a step, and
 * {@code events/<type>} for verdicts, skips, notes and branches. Saves are not shown. A run that was told what it is as a
 * whole is a row of the HParams table.
 *
 * <p>Values are float32, as TensorBoard keeps them; the exact ones are in {@code events.jsonl}.
 */
public final class TensorBoardSink implements EventSink {
    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SIMPLE = 2;
    private static final int VALUE_TENSOR = 8;
    private static final int VALUE_METADATA = 9;
    private static final int TENSOR_DTYPE = 1;
    private static final int TENSOR_STRING = 8;
    private static final int DT_STRING = 7;
    private static final int METADATA_PLUGIN = 1;
    private static final int METADATA_DATA_CLASS = 4;
    private static final int DATA_CLASS_TENSOR = 2;

    private final TensorBoardFile file;
    private long sampleStep = -1;
    private int sampleIndex;

    /**
     * Begins a new file in the folder, with a session start at {@code lastStep + 1}: there TensorBoard forgets what
     * older files say of later steps. The first file has one too, because TensorBoard takes the first session start that
     * it sees for the beginning of the run, and only the following ones for a restart.
     *
     * @param folder is made where absent
     * @param lastStep the last update that the state of the run contains; 0 for a new run
     * @param clock for the wall time of each event
     */
    public TensorBoardSink(Path folder, long lastStep, InstantSource clock) {
        this.file = new TensorBoardFile(folder, clock);
        file.startSession(lastStep + 1);
    }

    @Override
    public void write(RunEvent event) {
        if (event instanceof StepEvent step) {
            ProtoBytes summary = new ProtoBytes();
            scalar(summary, "train/loss", step.loss());
            step.lr().forEach((group, rate) -> scalar(summary, "lr/" + group, rate));
            scalar(summary, "train/grad_norm", step.gradNorm());
            scalar(summary, "train/tokens_per_second", step.tokensPerSecond());
            file.append(step.step(), summary);
        } else if (event instanceof EvalEvent eval) {
            ProtoBytes summary = new ProtoBytes();
            scalar(summary, "eval/loss", eval.loss());
            eval.scores().forEach((name, score) -> scalar(summary, "eval/" + name, score));
            file.append(eval.step(), summary);
        } else if (event instanceof VerdictEvent verdict) {
            appendText(
                    verdict.step(),
                    "events/verdict",
                    verbatim(verdict.monitor() + ": " + verdict.action() + "\n" + verdict.reason()));
        } else if (event instanceof SkipEvent skip) {
            appendText(skip.step(), "events/skip", verbatim(skip.reason()));
        } else if (event instanceof NoteEvent note) {
            appendText(note.step(), "events/note", verbatim(note.text()));
        } else if (event instanceof BranchEvent branch) {
            appendText(branch.step(), "events/branch", verbatim(branch.branch() + "\n" + branch.reason()));
        }
    }

    @Override
    public void write(SampleRecord sample) {
        if (sample.step() != sampleStep) {
            sampleStep = sample.step();
            sampleIndex = 0;
        }
        sampleIndex++;
        appendText(
                sample.step(),
                "samples/" + sampleIndex,
                "**prompt**\n\n" + verbatim(sample.prompt())
                        + "\n\n**prediction**\n\n" + verbatim(sample.prediction())
                        + "\n\n**reference**\n\n" + verbatim(sample.reference()));
    }

    /** The settings, and once the run is over how it ended, for the HParams table; the scores are the scalars. */
    @Override
    public void write(TrialSummary run) {
        file.append(0, run.state() == TrialSummary.State.RUNNING ? HParamsTable.began(run) : HParamsTable.ended(run));
    }

    @Override
    public void flush() {
        file.flush();
    }

    @Override
    public void close() {
        file.close();
    }

    /** The text plugin renders Markdown; four spaces before each line show it as it is. */
    private static String verbatim(String text) {
        return "    " + text.replace("\n", "\n    ");
    }

    static void scalar(ProtoBytes summary, String tag, double value) {
        summary.message(SUMMARY_VALUE, new ProtoBytes().text(VALUE_TAG, tag).float32(VALUE_SIMPLE, (float) value));
    }

    private void appendText(long step, String tag, String markdown) {
        ProtoBytes plugin = new ProtoBytes().text(1, "text");
        ProtoBytes metadata =
                new ProtoBytes().message(METADATA_PLUGIN, plugin).whole(METADATA_DATA_CLASS, DATA_CLASS_TENSOR);
        // no shape: a scalar string
        ProtoBytes tensor = new ProtoBytes()
                .whole(TENSOR_DTYPE, DT_STRING)
                .message(2, new ProtoBytes())
                .text(TENSOR_STRING, markdown);
        file.append(
                step,
                new ProtoBytes()
                        .message(
                                SUMMARY_VALUE,
                                new ProtoBytes()
                                        .text(VALUE_TAG, tag)
                                        .message(VALUE_TENSOR, tensor)
                                        .message(VALUE_METADATA, metadata)));
    }
}
