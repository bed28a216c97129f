package dev.stride.tokenizer;

import java.util.List;

/** The one place where messages become ids, for training, for evaluation and for chat alike. */
public final class ChatTemplate {
    /** A template over a vocabulary. */
    public ChatTemplate(Tokenizer tokenizer) {
        throw new UnsupportedOperationException("being built: " + tokenizer);
    }

    /** Ids of the prefix tokens, all messages, and a bare assistant id: what the model continues. */
    public int[] prompt(List<Message> messages) {
        throw new UnsupportedOperationException("" + messages);
    }

    /** The whole conversation as a training example, not truncated. */
    public TokenizedExample example(List<Message> messages, LabelRule rule) {
        throw new UnsupportedOperationException("" + messages + rule);
    }
}
