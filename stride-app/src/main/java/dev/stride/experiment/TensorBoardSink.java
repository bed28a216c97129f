package dev.stride.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Writes TensorBoard's event files, without TensorFlow.
 *
 * <p>Scalars: {@code train/loss}, {@code train/grad_norm}, {@code train/tokens_per_second}, {@code lr/<group>},
 * {@code eval/loss} and {@code eval/<score>}. Texts: {@code samples/<n>} for the n-th sample of a step, and
 * {@code events/<type>} for verdicts, skips, notes and branches. Saves are not shown.
 *
 * <p>A file is a row of records: length as u64, masked CRC-32C of those 8 bytes, the bytes of one {@code Event} message,
 * masked CRC-32C of them; all little-endian. The mask is {@code rotr(crc, 15) + 0xa282ead8}. Values are float32, as
 * TensorBoard keeps them; the exact ones are in {@code events.jsonl}.
 */
public final class TensorBoardSink implements EventSink {
    private static final String PREFIX = "events.out.tfevents.";
    private static final int EVENT_WALL_TIME = 1;
    private static final int EVENT_STEP = 2;
    private static final int EVENT_FILE_VERSION = 3;
    private static final int EVENT_SUMMARY = 5;
    private static final int EVENT_SESSION_LOG = 7;
    private static final int SESSION_START = 1;
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

    private final Path file;
    private final FileChannel channel;
    private final InstantSource clock;
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
        this.clock = clock;
        try {
            Files.createDirectories(folder);
            List<String> older = eventFiles(folder);
            this.file = folder.resolve(nextName(older));
            this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.APPEND);
            record(event(0).text(EVENT_FILE_VERSION, "brain.Event:2"));
            record(event(lastStep + 1).message(EVENT_SESSION_LOG, new ProtoBytes().whole(1, SESSION_START)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot begin an event file in " + folder + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void write(RunEvent event) {
        if (event instanceof StepEvent step) {
            ProtoBytes summary = new ProtoBytes();
            scalar(summary, "train/loss", step.loss());
            step.lr().forEach((group, rate) -> scalar(summary, "lr/" + group, rate));
            scalar(summary, "train/grad_norm", step.gradNorm());
            scalar(summary, "train/tokens_per_second", step.tokensPerSecond());
            append(step.step(), summary);
        } else if (event instanceof EvalEvent eval) {
            ProtoBytes summary = new ProtoBytes();
            scalar(summary, "eval/loss", eval.loss());
            eval.scores().forEach((name, score) -> scalar(summary, "eval/" + name, score));
            append(eval.step(), summary);
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

    @Override
    public void flush() {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot sync " + file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        if (!channel.isOpen()) {
            return;
        }
        flush();
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + file + ": " + e.getMessage(), e);
        }
    }

    static int maskedCrc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }

    /** The text plugin renders Markdown; four spaces before each line show it as it is. */
    private static String verbatim(String text) {
        return "    " + text.replace("\n", "\n    ");
    }

    private static void scalar(ProtoBytes summary, String tag, double value) {
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
        append(
                step,
                new ProtoBytes()
                        .message(
                                SUMMARY_VALUE,
                                new ProtoBytes()
                                        .text(VALUE_TAG, tag)
                                        .message(VALUE_TENSOR, tensor)
                                        .message(VALUE_METADATA, metadata)));
    }

    private ProtoBytes event(long step) {
        Instant now = clock.instant();
        ProtoBytes event = new ProtoBytes().float64(EVENT_WALL_TIME, now.getEpochSecond() + now.getNano() * 1e-9);
        return step == 0 ? event : event.whole(EVENT_STEP, step);
    }

    private void append(long step, ProtoBytes summary) {
        try {
            record(event(step).message(EVENT_SUMMARY, summary));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot append to " + file + ": " + e.getMessage(), e);
        }
    }

    /** One record is one write, so that a kill leaves at most the last record torn; readers drop such a one. */
    private void record(ProtoBytes event) throws IOException {
        byte[] data = event.toByteArray();
        byte[] length = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(data.length)
                .array();
        ByteBuffer frame = ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(length)
                .putInt(maskedCrc(length))
                .put(data)
                .putInt(maskedCrc(data));
        AtomicFile.append(channel, frame.array());
    }

    private static List<String> eventFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> name.startsWith(PREFIX))
                    .sorted()
                    .toList();
        }
    }

    /** TensorBoard reads files in the order of their names, so this one must come last even if the clock went back. */
    private String nextName(List<String> older) {
        long seconds = clock.instant().getEpochSecond();
        for (String name : older) {
            String number = name.substring(PREFIX.length()).split("\\.")[0];
            if (number.matches("\\d{1,18}")) {
                seconds = Math.max(seconds, Long.parseLong(number) + 1);
            }
        }
        return String.format(Locale.ROOT, "%s%010d.stride", PREFIX, seconds);
    }
}
