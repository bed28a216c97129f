package dev.stride.config;

/** How the rows of a data file are written. */
public enum DataFormat implements Word {
    /** Recognised from the file. */
    AUTO("auto"),
    /** Conversations of roles and contents, with tools. */
    CHATGLM3("chatglm3"),
    /** Messages. */
    OPENAI("openai"),
    SHAREGPT("sharegpt"),
    /** Instruction, input, output, history. */
    ALPACA("alpaca"),
    /** One column asks, another answers; data.columns names them. */
    COLUMNS("columns"),
    /** Text and label. */
    LABELS("labels"),
    /** A folder of source files. */
    SOURCE("source"),
    /** Plain text. */
    TEXT("text");

    private final String word;

    DataFormat(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
