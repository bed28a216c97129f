package dev.stride.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * One token of an example beside its label, to be shown to people before a run.
 *
 * @param position the token's place in the example, from 0
 * @param piece the token's name, see {@link Tokenizer#piece}
 * @param id the token's id
 * @param label its label: the id, or {@link TokenizedExample#IGNORE_INDEX} where it is not trained
 */
public record TokenRow(int position, String piece, int id, int label) {
    /** All tokens of an example in order. */
    public static List<TokenRow> of(TokenizedExample example, Tokenizer tokenizer) {
        List<TokenRow> rows = new ArrayList<>();
        for (int i = 0; i < example.length(); i++) {
            int id = example.inputIds()[i];
            rows.add(new TokenRow(i, tokenizer.piece(id), id, example.labels()[i]));
        }
        return rows;
    }

    /** One line of a table: position, id, label, and the piece last, because its width on a screen varies. */
    public String toLine() {
        return "%5d %6d -> %6d  %s".formatted(position, id, label, piece);
    }
}
