package dev.stride.samples;

import java.util.List;

/**
 * A list of things of one kind with what is known of each.
 *
 * @param name how templates call it
 * @param columns the names of the columns; the first is what {@code {name}} alone means
 * @param rows the things
 */
record Table(String name, List<String> columns, List<List<String>> rows) {
    Table {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }
}
