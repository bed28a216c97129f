package dev.stride.tokenizer;

/** Which roles' tokens are trained (chatglm3.md 2.4 and 2.5). */
public enum LabelRule {
    /** Assistant messages only. */
    LEGACY,
    /** Every role but system and user, so observation text too: the official demo's rule of February 2024. */
    DEMO
}
