package dev.stride.config;

/** What differs between the trials of a sweep. */
public enum SweptSetting implements Word {
    LR("lr", "optimizer.lr"),
    LORA_RANK("lora-rank", "lora.rank"),
    MAX_LENGTH("max-length", "data.max_length"),
    DATA("data", "data.train");

    private final String word;
    private final String path;

    SweptSetting(String word, String path) {
        this.word = word;
        this.path = path;
    }

    @Override
    public String word() {
        return word;
    }

    /** The knob that differs. */
    public String path() {
        return path;
    }
}
