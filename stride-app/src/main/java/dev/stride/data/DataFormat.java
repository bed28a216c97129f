package dev.stride.data;

import dev.stride.config.UserException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What one row of a data file means. It is recognised from the file's content unless it is given. */
public enum DataFormat {
    /**
     * {@code {"conversations": [{"role", "content"}, ...], "tools"}} of ChatGLM3; roles system, user, assistant,
     * observation and tool (name, parameters, observation); a message may carry {@code "loss": false}.
     */
    CHATGLM3("{\"conversations\": [{\"role\": .., \"content\": ..}, ..]}"),
    /** {@code {"messages": [{"role", "content"}, ...]}} of OpenAI, with tool_calls and the tool messages that answer them. */
    OPENAI("{\"messages\": [{\"role\": .., \"content\": ..}, ..]}"),
    /** {@code {"conversations": [{"from", "value"}, ...]}}. */
    SHAREGPT("{\"conversations\": [{\"from\": .., \"value\": ..}, ..]}"),
    /** {@code {"instruction", "input", "output", "history", "system"}}; the user says instruction, newline, input. */
    ALPACA("{\"instruction\": .., \"input\": .., \"output\": ..}"),
    /** A column with the prompt and one with the response, as content and summary in AdvertiseGen. */
    COLUMNS("{\"prompt\": .., \"response\": ..}"),
    /** A text and its label; the label is the answer. */
    LABELS("{\"text\": .., \"label\": ..}"),
    /** A folder of source files, cut into code and its continuation. */
    SOURCE("a folder of source files"),
    /** Plain text that is trained whole: one assistant message. */
    TEXT("{\"text\": ..} or a .txt file");

    private final String shape;

    DataFormat(String shape) {
        this.shape = shape;
    }

    /** The word that stands for the format on the command line and in settings. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The format of a word, in any case. */
    public static DataFormat parse(String word) {
        for (DataFormat format : values()) {
            if (format.word().equals(word.toLowerCase(Locale.ROOT))) {
                return format;
            }
        }
        throw new UserException("format '" + word + "' is not known; allowed: "
                + Arrays.stream(values()).map(DataFormat::word).collect(Collectors.joining(", ")));
    }

    /** One line of each format, for an error message. */
    static List<String> shapes() {
        return Arrays.stream(values())
                .map(format -> format.word() + "  " + format.shape)
                .toList();
    }
}
