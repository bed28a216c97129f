package dev.stride.live;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.experiment.RunEvent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The lines of {@code events.jsonl} as {@link RunRows rows}; a line that cannot be understood is counted and named. */
final class EventLines implements LineTail.Reader {
    /** So many damaged lines are named. */
    static final int MAX_NAMED = 20;

    private static final int MAX_MESSAGE = 200;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String file;
    private final StepLine step = new StepLine();
    private RunRows rows = new RunRows();
    private final List<String> damaged = new ArrayList<>();
    private long numDamaged;
    private int generation;

    /** No lines yet of a file of this name. */
    EventLines(String file) {
        this.file = file;
    }

    @Override
    public void line(long number, long offset, byte[] bytes, int from, int to) {
        if (isBlank(bytes, from, to)) {
            return;
        }
        try {
            if (step.read(bytes, from, to)) {
                rows.add(step);
            } else {
                JsonNode json = JSON.readTree(bytes, from, to - from);
                rows.add(RunEvent.fromJson(json));
            }
        } catch (JsonProcessingException e) {
            damaged(number, "not JSON");
        } catch (IOException e) {
            damaged(number, "not a text in UTF-8");
        } catch (IllegalArgumentException | ArithmeticException e) {
            damaged(number, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void tooLong(long number) {
        damaged(number, "longer than " + LineTail.MAX_LINE + " bytes");
    }

    @Override
    public void restarted() {
        generation += 1 + rows.cuts();
        rows = new RunRows();
        damaged.clear();
        numDamaged = 0;
    }

    private void damaged(long number, String what) {
        numDamaged++;
        if (damaged.size() < MAX_NAMED) {
            String text = what.length() > MAX_MESSAGE ? what.substring(0, MAX_MESSAGE) + "..." : what;
            damaged.add(file + ":" + number + ": " + text);
        }
    }

    private static boolean isBlank(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    RunRows rows() {
        return rows;
    }

    /** The first damaged lines as {@code events.jsonl:17: what is wrong}. */
    List<String> damaged() {
        return List.copyOf(damaged);
    }

    /** How many lines are damaged. */
    long numDamaged() {
        return numDamaged;
    }

    /** Grows whenever records that were read are no longer there. */
    int generation() {
        return generation + rows.cuts();
    }
}
