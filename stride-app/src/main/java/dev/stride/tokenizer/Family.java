package dev.stride.tokenizer;

import java.util.List;

/**
 * A generation of ChatGLM: which special tokens stand behind the pieces and which chat form it reads. Both generations
 * share one vocabulary file (tokenization_chatglm.py).
 */
public enum Family {
    /** Five special tokens; conversations are plain text with numbered rounds. */
    CHATGLM2(List.of("[MASK]", "[gMASK]", "[sMASK]", "sop", "eop")),
    /** The same five and one token for each role. */
    CHATGLM3(List.of(
            "[MASK]",
            "[gMASK]",
            "[sMASK]",
            "sop",
            "eop",
            Role.SYSTEM.token(),
            Role.USER.token(),
            Role.ASSISTANT.token(),
            Role.OBSERVATION.token()));

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> specialTokens;

    Family(List<String> specialTokens) {
        this.specialTokens = specialTokens;
    }

    /** The names of the special tokens; their ids are numPieces, numPieces + 1 and so on, in this order. */
    public List<String> specialTokens() {
        return specialTokens;
    }
}
