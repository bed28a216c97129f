package dev.stride.cli;

import dev.stride.tokenizer.TokenRow;
import dev.stride.train.Preparation;
import java.io.PrintStream;
import java.util.List;

/** Shows what a row becomes. */
final class Examples {
    private static final int SHOWN = 48;

    private Examples() {}

    /** Prints the first training row as token, id and label. */
    static void printFirst(PrintStream out, Preparation preparation) {
        List<TokenRow> rows = preparation.firstExample();
        out.println("First row (" + preparation.train().tokens().source(0) + ") as token -> label:");
        rows.stream().limit(SHOWN).forEach(row -> out.println("  " + row.toLine()));
        if (rows.size() > SHOWN) {
            out.println("  ... " + (rows.size() - SHOWN) + " more tokens");
        }
    }
}
