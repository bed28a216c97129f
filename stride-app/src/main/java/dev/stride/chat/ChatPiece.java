package dev.stride.chat;

import java.util.List;

/**
 * What came since the last piece of an answer.
 *
 * @param text can be shown at once: whole characters, and nothing that might still become a stop text. The texts of all
 *     pieces together are the answer's text; one may be empty
 * @param tokens that were chosen since, the stop token included; with probabilities where they were asked for
 */
public record ChatPiece(String text, List<Token> tokens) {
    public ChatPiece {
        tokens = List.copyOf(tokens);
    }

    /**
     * A chosen token.
     *
     * @param id its id
     * @param logprob the logarithm of its probability under the model, before temperature and penalties; NaN where it was not
     *     asked for
     * @param top the most probable tokens, the best first; empty where they were not asked for
     */
    public record Token(int id, double logprob, List<Alternative> top) {
        public Token {
            top = List.copyOf(top);
        }
    }

    /** A token that could have been chosen, and the logarithm of its probability. */
    public record Alternative(int id, double logprob) {}
}
