package dev.stride.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.tokenizer.ToolConversations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the text of an answer as it comes (modeling_chatglm.py, process_response).
 *
 * <p>An answer is turns with {@code <|assistant|>} between them; the first line of each is its metadata. Without metadata the
 * rest is words for the user: stripped, and {@code [[训练时间]]} is replaced by 2023年. With metadata it is a call where tools
 * were announced, else code. Answers of ChatGLM2, and a turn without a line break, are words as a whole.
 *
 * <p>What {@link #feed} gives can be shown at once: the words of the answer, in parts; turns of words are joined by a line
 * break. Calls and code are in {@link #turns} when their turn is over. One reader is for one answer and one thread.
 */
public final class AnswerReader {
    private static final String NEXT_TURN = "<|assistant|>";
    private static final String TRAINING_DATE = "[[训练时间]]";
    private static final String TRAINING_YEAR = "2023年";

    private final boolean headers;
    private final boolean tools;
    private final List<AnswerTurn> turns = new ArrayList<>();
    private final StringBuilder turn = new StringBuilder(); // the current turn as written
    private int shown; // of the current turn's words, without leading space and with the date put in
    private boolean anyWords;

    AnswerReader(boolean headers, boolean tools) {
        this.headers = headers;
        this.tools = tools;
    }

    /** Takes the next part of the text and gives the words that can be shown; often nothing. */
    public String feed(String text) {
        turn.append(text);
        StringBuilder out = new StringBuilder();
        int next = headers ? turn.indexOf(NEXT_TURN) : -1;
        while (next >= 0) {
            String rest = turn.substring(next + NEXT_TURN.length());
            turn.setLength(next);
            end(out);
            turn.append(rest);
            next = turn.indexOf(NEXT_TURN);
        }
        show(out, false);
        return out.toString();
    }

    /** The end of the text: the words that were held back. */
    public String finish() {
        StringBuilder out = new StringBuilder();
        end(out);
        return out.toString();
    }

    /** The turns that are over. */
    public List<AnswerTurn> turns() {
        return List.copyOf(turns);
    }

    private void end(StringBuilder out) {
        show(out, true);
        String all = turn.toString();
        int line = headers ? all.indexOf('\n') : -1;
        String metadata = line < 0 ? "" : all.substring(0, line);
        String content = all.substring(line + 1);
        if (metadata.isBlank()) {
            String stripped = content.strip();
            turns.add(new AnswerTurn.Text(
                    stripped.replace(TRAINING_DATE, TRAINING_YEAR), AnswerTurn.written(metadata, stripped)));
        } else {
            turns.add(called(metadata, content));
        }
        turn.setLength(0);
        shown = 0;
    }

    private AnswerTurn called(String metadata, String content) {
        Optional<ObjectNode> arguments = tools ? ToolConversations.arguments(content) : Optional.empty();
        String name = metadata.strip();
        return arguments.isPresent()
                ? new AnswerTurn.Call(name, arguments.get(), AnswerTurn.written(metadata, content))
                : new AnswerTurn.Code(name, content, AnswerTurn.written(metadata, content));
    }

    /** Adds what is new of the current turn's words. */
    private void show(StringBuilder out, boolean last) {
        int line = headers ? turn.indexOf("\n") : -1;
        if (line < 0 && headers && !last) {
            return; // it may still turn out to be metadata
        }
        if (line > 0 && !turn.substring(0, line).isBlank()) {
            return;
        }
        String words = turn.substring(line + 1);
        int end = last ? words.length() : words.length() - beginning(words);
        String safe = words.substring(0, end).strip().replace(TRAINING_DATE, TRAINING_YEAR);
        if (safe.length() > shown) {
            if (shown == 0 && anyWords) {
                out.append('\n');
            }
            out.append(safe, shown, safe.length());
            shown = safe.length();
            anyWords = true;
        }
    }

    /** Characters at the end that may become a mark: the next turn's or the date's. */
    private int beginning(String words) {
        return Math.max(Held.beginning(words, TRAINING_DATE), headers ? Held.beginning(words, NEXT_TURN) : 0);
    }
}
