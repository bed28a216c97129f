package dev.stride.experiment;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A trial of a sweep as other tools show it.
 *
 * @param name of it and of its folder
 * @param group that further seeds of the same value share
 * @param state how it stands
 * @param numbers settings that are numbers, by name
 * @param words settings that are not
 * @param metrics the last score of each name, by {@code eval/<name>}
 * @param startMillis when it began, in milliseconds since 1970
 * @param endMillis when it ended or was last written to
 * @param events what happened in it
 */
public record TrialSummary(
        String name,
        String group,
        State state,
        Map<String, Double> numbers,
        Map<String, String> words,
        Map<String, Double> metrics,
        long startMillis,
        long endMillis,
        List<RunEvent> events) {
    /** How a trial stands, in the kinds that other tools know. */
    public enum State {
        RUNNING,
        /** All its updates were made. */
        SUCCEEDED,
        FAILED,
        /** It was ended early by a rule or a person. */
        ENDED
    }

    public TrialSummary {
        numbers = OrderedNumbers.copy(numbers);
        words = Collections.unmodifiableMap(new LinkedHashMap<>(words));
        metrics = OrderedNumbers.copy(metrics);
        events = List.copyOf(events);
    }
}
