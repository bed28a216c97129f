package dev.stride.data;

/** Why one row cannot be an example; the reader of the file adds where it stands. */
final class RowFault extends Exception {
    private static final long serialVersionUID = 1L;
    private final BadRow.Kind kind;
    private final String expected;

    RowFault(BadRow.Kind kind, String what, String expected) {
        // a row in a million-row file may be bad: no stack trace, it would be the same each time
        super(what, null, false, false);
        this.kind = kind;
        this.expected = expected;
    }

    BadRow at(String where, String raw) {
        return new BadRow(kind, where, what(), expected, raw);
    }

    String expected() {
        return expected;
    }

    String what() {
        return String.valueOf(getMessage());
    }
}
