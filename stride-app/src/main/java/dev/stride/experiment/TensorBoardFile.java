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
 * One event file of TensorBoard, being written. It is a row of records: length as u64, masked CRC-32C of those 8 bytes,
 * the bytes of one {@code Event} message, masked CRC-32C of them; all little-endian. The mask is
 * {@code rotr(crc, 15) + 0xa282ead8}.
 */
final class TensorBoardFile implements AutoCloseable {
    static final String PREFIX = "events.out.tfevents.";
    private static final int EVENT_WALL_TIME = 1;
    private static final int EVENT_STEP = 2;
    private static final int EVENT_FILE_VERSION = 3;
    private static final int EVENT_SUMMARY = 5;
    private static final int EVENT_SESSION_LOG = 7;
    private static final int SESSION_START = 1;

    private final Path file;
    private final FileChannel channel;
    private final InstantSource clock;

    /**
     * Begins a new file in the folder, whose name comes after those of the files that are there.
     *
     * @param folder is made where absent
     * @param clock for the wall time of each event
     */
    TensorBoardFile(Path folder, InstantSource clock) {
        this.clock = clock;
        try {
            Files.createDirectories(folder);
            this.file = folder.resolve(nextName(eventFiles(folder)));
            this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.APPEND);
            record(event(0).text(EVENT_FILE_VERSION, "brain.Event:2"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot begin an event file in " + folder + ": " + e.getMessage(), e);
        }
    }

    /** Makes TensorBoard forget what older files say of this step and later ones. */
    void startSession(long step) {
        appendEvent(event(step).message(EVENT_SESSION_LOG, new ProtoBytes().whole(1, SESSION_START)));
    }

    /** One {@code Summary} message at a step. */
    void append(long step, ProtoBytes summary) {
        appendEvent(event(step).message(EVENT_SUMMARY, summary));
    }

    void flush() {
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

    private ProtoBytes event(long step) {
        Instant now = clock.instant();
        ProtoBytes event = new ProtoBytes().float64(EVENT_WALL_TIME, now.getEpochSecond() + now.getNano() * 1e-9);
        return step == 0 ? event : event.whole(EVENT_STEP, step);
    }

    private void appendEvent(ProtoBytes event) {
        try {
            record(event);
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

    static List<String> eventFiles(Path folder) throws IOException {
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
