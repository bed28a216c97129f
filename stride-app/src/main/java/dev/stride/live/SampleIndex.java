package dev.stride.live;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.experiment.RunBranch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.TreeSet;

/** Where in {@code samples.jsonl} the texts of each step are; they are read when somebody asks for them. */
final class SampleIndex implements LineTail.Reader {
    private static final JsonFactory JSON = new JsonFactory();
    private static final ObjectMapper TREES = new ObjectMapper();

    private final Path path;
    private final LineTail tail;
    private int size;
    private long[] steps = new long[0];
    private long[] offsets = new long[0];
    private int[] lengths = new int[0];

    SampleIndex(Path path, Path root) {
        this.path = path;
        this.tail = new LineTail(path, root, this);
    }

    /** Reads what is new; returns whether there was anything. */
    boolean poll(long atMost) {
        return tail.poll(atMost);
    }

    boolean hasMore() {
        return tail.hasMore();
    }

    @Override
    public void line(long number, long offset, byte[] bytes, int from, int to) {
        long step = step(bytes, from, to);
        if (step < 0) {
            return;
        }
        if (size == steps.length) {
            int capacity = Math.max(16, size + size / 2);
            steps = Arrays.copyOf(steps, capacity);
            offsets = Arrays.copyOf(offsets, capacity);
            lengths = Arrays.copyOf(lengths, capacity);
        }
        steps[size] = step;
        offsets[size] = offset;
        lengths[size] = to - from;
        size++;
    }

    /** The step of a line; -1 where there is none. */
    private static long step(byte[] bytes, int from, int to) {
        try (JsonParser parser = JSON.createParser(bytes, from, to - from)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return -1;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                JsonToken value = parser.nextToken();
                if (key.equals("step")) {
                    return value == JsonToken.VALUE_NUMBER_INT ? parser.getLongValue() : -1;
                }
                parser.skipChildren();
            }
            return -1;
        } catch (IOException notASample) {
            return -1;
        }
    }

    @Override
    public void tooLong(long number) {
        // a text of a megabyte is not shown
    }

    @Override
    public void restarted() {
        size = 0;
    }

    /** How many texts there are. */
    int size() {
        return size;
    }

    /** The last step with texts; -1 where there is none. */
    long lastStep() {
        return size == 0 ? -1 : steps[size - 1];
    }

    /** All steps with texts, in their order. */
    ArrayNode steps() {
        TreeSet<Long> all = new TreeSet<>();
        for (int i = 0; i < size; i++) {
            all.add(steps[i]);
        }
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        all.forEach(list::add);
        return list;
    }

    /** The texts of a step, at most so many of them; of the last step where it is negative. */
    ObjectNode read(long step, int limit) {
        long wanted = step < 0 ? lastStep() : step;
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("step", wanted);
        ArrayNode rows = answer.putArray("rows");
        int total = 0;
        if (size > 0) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                for (int i = 0; i < size; i++) {
                    if (steps[i] == wanted) {
                        total++;
                        if (rows.size() < limit) {
                            add(rows, channel, i);
                        }
                    }
                }
            } catch (IOException e) {
                // the run was deleted while somebody looked at it
                answer.put("problem", FileSight.reason(e));
            }
        }
        return answer.put("total", total);
    }

    private void add(ArrayNode rows, FileChannel channel, int i) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(lengths[i]);
        long at = offsets[i];
        while (bytes.hasRemaining()) {
            int read = channel.read(bytes, at);
            if (read <= 0) {
                return;
            }
            at += read;
        }
        JsonNode line = TREES.readTree(bytes.array());
        ObjectNode row = rows.addObject()
                .put("branch", line.path("branch").asText(RunBranch.MAIN))
                .put("prompt", line.path("prompt").asText())
                .put("reference", line.path("reference").asText())
                .put("text", line.path("prediction").asText());
        row.set("scores", line.path("scores").isObject() ? line.path("scores") : TREES.createObjectNode());
    }
}
