package dev.stride.config;

/** Whose rules a checkpoint follows where its config.json does not tell. */
public enum ModelFamily implements Word {
    /** As config.json says. */
    AUTO("auto"),
    CHATGLM2("chatglm2"),
    CHATGLM3("chatglm3");

    private final String word;

    ModelFamily(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
