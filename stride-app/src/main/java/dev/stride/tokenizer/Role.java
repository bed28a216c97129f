package dev.stride.tokenizer;

/** Who speaks a message of a conversation; each role has one special token in ChatGLM3's vocabulary. */
public enum Role {
    SYSTEM,
    USER,
    ASSISTANT,
    OBSERVATION;

    /** The role's word in data files and in its special token, for example {@code assistant}. */
    public String word() {
        return switch (this) {
            case SYSTEM -> "system";
            case USER -> "user";
            case ASSISTANT -> "assistant";
            case OBSERVATION -> "observation";
        };
    }

    /** The role's special token, for example {@code <|assistant|>}. */
    public String token() {
        return "<|" + word() + "|>";
    }
}
