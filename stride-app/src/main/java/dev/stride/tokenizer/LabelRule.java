package dev.stride.tokenizer;

/** Which roles' messages are trained (finetune_hf.py); {@link Message#trained} can only take away from it. */
public enum LabelRule {
    /** Assistant messages only. */
    LEGACY,
    /** Every role but system and user, so observation text too: the official demo's rule of February 2024. */
    DEMO;

    /** Whether the tokens of this message count as trained. */
    boolean trains(Message message) {
        return message.trained()
                && switch (message.role()) {
                    case SYSTEM, USER -> false;
                    case ASSISTANT -> true;
                    case OBSERVATION -> this == DEMO;
                };
    }
}
