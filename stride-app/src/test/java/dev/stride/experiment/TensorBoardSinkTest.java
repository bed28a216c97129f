package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardSinkTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1_750_000_000, 500_000_000));

    /** Where the first event stands, after the version and the session start. */
    private static final int FIRST = 2;

    @TempDir
    Path folder;

    /** One field of a message as it lies on the wire. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Field(int number, long value, byte[] bytes) {
        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static List<Field> fields(byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        List<Field> fields = new ArrayList<>();
        while (in.hasRemaining()) {
            long key = varint(in);
            int number = (int) (key >>> 3);
            switch ((int) (key & 7)) {
                case 0 -> fields.add(new Field(number, varint(in), new byte[0]));
                case 1 -> fields.add(new Field(number, in.getLong(), new byte[0]));
                case 2 -> {
                    byte[] bytes = new byte[(int) varint(in)];
                    in.get(bytes);
                    fields.add(new Field(number, 0, bytes));
                }
                case 5 -> fields.add(new Field(number, in.getInt(), new byte[0]));
                default -> throw new AssertionError("kind " + (key & 7));
            }
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        int shift = 0;
        byte b;
        do {
            b = in.get();
            value |= (b & 0x7fL) << shift;
            shift += 7;
        } while (b < 0);
        return value;
    }

    private static Field field(List<Field> fields, int number) {
        return fields.stream().filter(f -> f.number() == number).findFirst().orElseThrow();
    }

    private static long step(List<Field> event) {
        return event.stream()
                .filter(f -> f.number() == 2)
                .mapToLong(Field::value)
                .findFirst()
                .orElse(0);
    }

    /** The events of a file; every length and checksum is checked with a CRC of our own, bit by bit. */
    private static List<List<Field>> events(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<List<Field>> events = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = new byte[8];
            in.get(length);
            assertThat(in.getInt()).isEqualTo(maskedCrcBitByBit(length));
            byte[] data = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            in.get(data);
            assertThat(in.getInt()).isEqualTo(maskedCrcBitByBit(data));
            events.add(fields(data));
        }
        return events;
    }

    private static int maskedCrcBitByBit(byte[] bytes) {
        int crc = ~0;
        for (byte b : bytes) {
            crc ^= b & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 1) != 0 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
            }
        }
        crc = ~crc;
        return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
    }

    private static Map<String, Float> scalars(List<Field> event) {
        Map<String, Float> scalars = new LinkedHashMap<>();
        for (Field value : fields(field(event, 5).bytes())) {
            assertThat(value.number()).isEqualTo(1);
            List<Field> inner = fields(value.bytes());
            scalars.put(field(inner, 1).text(), Float.intBitsToFloat((int)
                    field(inner, 2).value()));
        }
        return scalars;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static StepEvent update(long step) {
        Map<String, Double> rates = new LinkedHashMap<>();
        rates.put("decay", 2e-5);
        rates.put("no_decay", 1e-5);
        return new StepEvent(step, 3.25, rates, 1.5, 10, 0.1, 100, 0.5);
    }

    @Test
    void crc_ofTheStandardCheckText() {
        // CRC-32C of "123456789" is e3069283; rotated right by 15 it is 2507c60d, and the sum is c78ab0e5
        assertThat(TensorBoardFile.maskedCrc("123456789".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(0xc78ab0e5)
                .isEqualTo(maskedCrcBitByBit("123456789".getBytes(StandardCharsets.US_ASCII)));
    }

    /**
     * The first version began a session only on resume. TensorBoard takes the first session start that it sees for the
     * beginning of the run, so it forgot nothing and drew both versions of the steps made twice.
     */
    @Test
    void newFile_beginsWithItsVersionAndASession() throws IOException {
        new TensorBoardSink(folder, 0, CLOCK).close();
        assertThat(files()).hasSize(1);
        assertThat(files().get(0).getFileName()).hasToString("events.out.tfevents.1750000000.stride");
        List<List<Field>> events = events(files().get(0));
        assertThat(events).hasSize(2);
        assertThat(field(events.get(0), 3).text()).isEqualTo("brain.Event:2");
        assertThat(Double.longBitsToDouble(field(events.get(0), 1).value())).isEqualTo(1_750_000_000.5);
        assertSessionStart(events.get(1), 1);
    }

    @Test
    void step_becomesFiveScalars() throws IOException {
        try (EventSink sink = new TensorBoardSink(folder, 0, CLOCK)) {
            sink.write(update(300));
        }
        List<Field> event = events(files().get(0)).get(FIRST);
        assertThat(step(event)).isEqualTo(300);
        assertThat(scalars(event))
                .containsExactly(
                        Map.entry("train/loss", 3.25f),
                        Map.entry("lr/decay", 2e-5f),
                        Map.entry("lr/no_decay", 1e-5f),
                        Map.entry("train/grad_norm", 1.5f),
                        Map.entry("train/tokens_per_second", 100f));
    }

    @Test
    void eval_becomesOneScalarForEachScore() throws IOException {
        try (EventSink sink = new TensorBoardSink(folder, 0, CLOCK)) {
            sink.write(new EvalEvent(0, 3.5, 10, Map.of("bleu-4", 0.0325), 1));
        }
        List<Field> event = events(files().get(0)).get(FIRST);
        assertThat(step(event)).isZero();
        assertThat(scalars(event)).containsExactly(Map.entry("eval/loss", 3.5f), Map.entry("eval/bleu-4", 0.0325f));
    }

    @Test
    void samples_areNumberedAnewAtEachStep() throws IOException {
        try (EventSink sink = new TensorBoardSink(folder, 0, CLOCK)) {
            for (long step : new long[] {5, 5, 10}) {
                sink.write(new SampleRecord(step, "问", "# not a heading\nline", "答", Map.of()));
            }
        }
        List<List<Field>> events = events(files().get(0));
        List<String> tags = new ArrayList<>();
        for (List<Field> event : events.subList(FIRST, events.size())) {
            List<Field> value = fields(fields(field(event, 5).bytes()).get(0).bytes());
            tags.add(step(event) + " " + field(value, 1).text());
            List<Field> tensor = fields(field(value, 8).bytes());
            assertThat(field(tensor, 1).value()).as("DT_STRING").isEqualTo(7);
            assertThat(field(tensor, 8).text())
                    .isEqualTo("**prompt**\n\n    问\n\n**prediction**\n\n    # not a heading\n    line"
                            + "\n\n**reference**\n\n    答");
            List<Field> plugin =
                    fields(field(fields(field(value, 9).bytes()), 1).bytes());
            assertThat(field(plugin, 1).text()).isEqualTo("text");
        }
        assertThat(tags).containsExactly("5 samples/1", "5 samples/2", "10 samples/1");
    }

    @Test
    void wordsOfEvents_becomeTexts_andSavesDoNot() throws IOException {
        try (EventSink sink = new TensorBoardSink(folder, 0, CLOCK)) {
            sink.write(new VerdictEvent(3, "grad-norm", "stop", "too high"));
            sink.write(new SkipEvent(4, "NaN"));
            sink.write(new NoteEvent(5, "hello"));
            sink.write(new SaveEvent(5, "checkpoints/step-000005"));
        }
        List<List<Field>> events = events(files().get(0));
        assertThat(events).hasSize(FIRST + 3);
        List<String> tags = new ArrayList<>();
        for (List<Field> event : events.subList(FIRST, events.size())) {
            tags.add(field(fields(fields(field(event, 5).bytes()).get(0).bytes()), 1)
                    .text());
        }
        assertThat(tags).containsExactly("events/verdict", "events/skip", "events/note");
    }

    @Test
    void run_isARowOfTheHParamsTable_thatEndsWithIt() throws IOException {
        TrialSummary begun = new TrialSummary(
                "a",
                "a",
                TrialSummary.State.RUNNING,
                Map.of("lr", 1e-3),
                Map.of("method", "lora"),
                Map.of(),
                5000,
                5000,
                List.of());
        TrialSummary over = new TrialSummary(
                "a",
                "a",
                TrialSummary.State.SUCCEEDED,
                Map.of("lr", 1e-3),
                Map.of("method", "lora"),
                Map.of(),
                5000,
                9000,
                List.of());
        try (EventSink sink = new TensorBoardSink(folder, 0, CLOCK)) {
            sink.write(begun);
            sink.write(update(1));
            sink.write(over);
        }
        List<List<Field>> events = events(files().get(0));
        assertThat(events).hasSize(FIRST + 3);
        List<Field> start = session(events.get(FIRST), "_hparams_/session_start_info", 3);
        Map<String, Object> settings = new java.util.LinkedHashMap<>();
        start.stream().filter(field -> field.number() == 1).forEach(entry -> {
            List<Field> pair = fields(entry.bytes());
            Field value = fields(field(pair, 2).bytes()).get(0);
            settings.put(
                    field(pair, 1).text(),
                    value.number() == 2 ? (Object) Double.longBitsToDouble(value.value()) : value.text());
        });
        assertThat(settings).isEqualTo(Map.of("lr", 1e-3, "method", "lora"));
        assertThat(field(start, 4).text()).as("group").isEqualTo("a");
        assertThat(Double.longBitsToDouble(field(start, 5).value())).as("start").isEqualTo(5);
        List<Field> end = session(events.get(FIRST + 2), "_hparams_/session_end_info", 4);
        assertThat(field(end, 1).value()).as("SUCCESS").isEqualTo(1);
        assertThat(Double.longBitsToDouble(field(end, 2).value())).as("end").isEqualTo(9);
    }

    /** What the metadata of an event's only value hold for the HParams plugin. */
    private static List<Field> session(List<Field> event, String tag, int kind) {
        List<Field> value = fields(fields(field(event, 5).bytes()).get(0).bytes());
        assertThat(field(value, 1).text()).isEqualTo(tag);
        List<Field> plugin = fields(field(fields(field(value, 9).bytes()), 1).bytes());
        assertThat(field(plugin, 1).text()).isEqualTo("hparams");
        return fields(field(fields(field(plugin, 2).bytes()), kind).bytes());
    }

    @Test
    void resume_beginsASecondFileWithASessionStartAtTheNextStep() throws IOException {
        try (EventSink sink = new TensorBoardSink(folder, 0, CLOCK)) {
            sink.write(update(1));
        }
        // the clock went back by an hour: the new file's name must still come last
        new TensorBoardSink(folder, 500, InstantSource.offset(CLOCK, java.time.Duration.ofHours(-1))).close();
        assertThat(files()).hasSize(2);
        assertThat(files().get(1).getFileName()).hasToString("events.out.tfevents.1750000001.stride");
        List<List<Field>> events = events(files().get(1));
        assertThat(events).hasSize(2);
        assertThat(field(events.get(0), 3).text()).isEqualTo("brain.Event:2");
        assertSessionStart(events.get(1), 501);
    }

    private static void assertSessionStart(List<Field> event, long step) {
        assertThat(step(event)).isEqualTo(step);
        assertThat(field(fields(field(event, 7).bytes()), 1).value())
                .as("SessionLog.START")
                .isEqualTo(1);
    }
}
