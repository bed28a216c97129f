package dev.stride.data;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The answers of a classification data set and how many rows have each. The answer is that of the last assistant message,
 * so a data set of conversations has labels as a table has.
 *
 * @param counts label to rows, in the order first seen
 */
public record LabelSet(Map<String, Integer> counts) {
    public LabelSet {
        counts = Collections.unmodifiableMap(new LinkedHashMap<>(counts));
    }

    /** The labels of a data set. */
    public static LabelSet of(DataSet data) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Example example : data.examples()) {
            counts.merge(example.answer(), 1, Integer::sum);
        }
        return new LabelSet(counts);
    }

    /** The labels alone. */
    public Set<String> labels() {
        return counts.keySet();
    }

    /**
     * Refuses validation data with a label that these training labels do not have: no training could teach it.
     *
     * @throws UserException with each unknown label, the row where it stands first and how many rows have it
     */
    public void requireAllOf(DataSet validation) {
        Map<String, String> firstPlaces = new LinkedHashMap<>();
        for (Example example : validation.examples()) {
            if (!counts.containsKey(example.answer())) {
                firstPlaces.putIfAbsent(example.answer(), example.source());
            }
        }
        if (firstPlaces.isEmpty()) {
            return;
        }
        Map<String, Integer> rows = of(validation).counts();
        List<Problem> problems = new ArrayList<>();
        firstPlaces.forEach((label, place) -> {
            if (problems.size() < DataReader.SHOWN) {
                problems.add(Problem.of(place, "'" + label + "' (" + rows.get(label) + " rows)", shown()));
            }
        });
        throw new UserException(
                "The validation data has " + firstPlaces.size() + " labels that the training data does not have:",
                problems);
    }

    private String shown() {
        String first = String.join(
                ", ", counts.keySet().stream().limit(DataReader.SHOWN).toList());
        return counts.size() > DataReader.SHOWN
                ? first + " and " + (counts.size() - DataReader.SHOWN) + " more"
                : first;
    }
}
