package dev.stride.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Appends events to {@code events.jsonl}, generated texts to {@code samples.jsonl} and the losses of validation rows to
 * {@code rows.jsonl}, one JSON object a line. What does not belong to the main branch names its branch under the key
 * {@code branch}.
 */
public final class JsonlSink implements EventSink {
    private final Path eventsFile;
    private final Path samplesFile;
    private final Path rowsFile;
    private final FileChannel events;
    private final FileChannel samples;
    private final FileChannel rows;
    private String branch;

    /** Opens the files to append, in the middle of a branch; they are created where absent. */
    JsonlSink(Path eventsFile, Path samplesFile, Path rowsFile, String branch) {
        this.branch = branch;
        this.eventsFile = eventsFile;
        this.samplesFile = samplesFile;
        this.rowsFile = rowsFile;
        this.events = open(eventsFile);
        this.samples = open(samplesFile);
        this.rows = open(rowsFile);
    }

    @Override
    public void write(RunEvent event) {
        if (event instanceof BranchEvent start) {
            branch = start.branch();
        }
        append(events, eventsFile, stamped(event.toJson()));
    }

    @Override
    public void write(SampleRecord sample) {
        append(samples, samplesFile, stamped(sample.toJson()));
    }

    @Override
    public void write(RowLosses losses) {
        append(rows, rowsFile, stamped(losses.toJson()));
    }

    @Override
    public void flush() {
        force(events, eventsFile);
        force(samples, samplesFile);
        force(rows, rowsFile);
    }

    @Override
    public void close() {
        close(events, eventsFile);
        close(samples, samplesFile);
        close(rows, rowsFile);
    }

    private ObjectNode stamped(ObjectNode line) {
        return branch.equals(RunBranch.MAIN) ? line : line.put("branch", branch);
    }

    private static FileChannel open(Path file) {
        try {
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + file + ": " + e.getMessage(), e);
        }
    }

    /** One line is one write, so that a kill leaves at most the last line torn. */
    private static void append(FileChannel channel, Path file, ObjectNode line) {
        try {
            String text = JsonFields.JSON.writeValueAsString(line) + "\n";
            AtomicFile.append(channel, text.getBytes(StandardCharsets.UTF_8));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values cannot fail to print", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot append to " + file + ": " + e.getMessage(), e);
        }
    }

    private static void force(FileChannel channel, Path file) {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot sync " + file + ": " + e.getMessage(), e);
        }
    }

    private static void close(FileChannel channel, Path file) {
        if (!channel.isOpen()) {
            return;
        }
        force(channel, file);
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot close " + file + ": " + e.getMessage(), e);
        }
    }
}
