package dev.stride.samples;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The people, places and numbers of one text: the first use of a slot draws, later uses repeat it, so that a text speaks
 * of the same things throughout.
 */
final class Scene {
    private static final int MAX_DRAWS = 1000;
    private final Random random;
    private final Map<String, List<String>> rows = new LinkedHashMap<>();

    Scene(Random random) {
        this.random = random;
    }

    /** The row of a table for a name as {@code city} or {@code city2}; other names of one table get other rows. */
    List<String> row(String name, Table table) {
        List<String> known = rows.get(name);
        if (known != null) {
            return known;
        }
        for (int i = 0; i < MAX_DRAWS; i++) {
            List<String> row = table.rows().get(random.nextInt(table.rows().size()));
            if (!rows.containsValue(row)) {
                rows.put(name, row);
                return row;
            }
        }
        throw new IllegalStateException("the table " + table.name() + " has too few rows for one text");
    }

    /** Sets a row before the text is made. */
    void set(String name, List<String> row) {
        rows.put(name, row);
    }

    /** The number for a name, drawn between two bounds, both included. */
    String number(String name, int low, int high) {
        return rows.computeIfAbsent(name, n -> List.of(Integer.toString(low + random.nextInt(high - low + 1))))
                .get(0);
    }

    /** A number that was drawn before. */
    String knownNumber(String name, String template) {
        List<String> number = rows.get(name);
        if (number == null) {
            throw new IllegalStateException("{" + name + "} is used before it has bounds in: " + template);
        }
        return number.get(0);
    }

    /** A fresh choice among so many. */
    int choice(int size) {
        return random.nextInt(size);
    }

    /** Everything that was drawn for slots, as one string. */
    String key() {
        return rows.toString();
    }
}
