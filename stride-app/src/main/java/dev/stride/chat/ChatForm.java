package dev.stride.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.tokenizer.ChatTemplate;
import dev.stride.tokenizer.Family;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import dev.stride.tokenizer.Tokenizer;
import dev.stride.tokenizer.ToolConversations;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How a family of models writes conversations: messages to prompt ids, with the formatter of training, and the text of an
 * answer to what was said in it.
 */
public final class ChatForm {
    private final Tokenizer tokenizer;
    private final ChatTemplate template;

    /** The form of a vocabulary's family. */
    public ChatForm(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.template = new ChatTemplate(tokenizer);
    }

    /** Whether tools can be announced to models of this family. */
    public boolean hasTools() {
        return tokenizer.family() == Family.CHATGLM3;
    }

    /**
     * The ids that the model continues with its next answer.
     *
     * @param messages a system message may be the first
     * @param tools an array of tools, which the system message announces behind its own text, or behind the reference's
     *     sentence where there is none; null or empty for none
     * @throws dev.stride.config.UserException where the family cannot express the messages
     */
    public int[] prompt(List<Message> messages, @Nullable JsonNode tools) {
        if (tools == null || tools.isEmpty()) {
            return template.prompt(messages);
        }
        boolean hasSystem = !messages.isEmpty() && messages.get(0).role() == Role.SYSTEM;
        List<Message> announced = new ArrayList<>();
        announced.add(
                hasSystem
                        ? ToolConversations.systemMessage(messages.get(0).content(), tools)
                        : ToolConversations.systemMessage(tools));
        announced.addAll(hasSystem ? messages.subList(1, messages.size()) : messages);
        return template.prompt(announced);
    }

    /** The ids that end an answer. */
    public Set<Integer> stopIds() {
        return IntStream.of(tokenizer.stopIds()).boxed().collect(Collectors.toUnmodifiableSet());
    }

    /**
     * What was said in the whole text of an answer, in order; at least one turn.
     *
     * @param tools whether tools were announced, so that a turn with metadata is a call
     */
    public List<AnswerTurn> turns(String text, boolean tools) {
        AnswerReader reader = newReader(tools);
        reader.feed(text);
        reader.finish();
        return reader.turns();
    }

    /** A reader of an answer's text as it comes. */
    public AnswerReader newReader(boolean tools) {
        return new AnswerReader(hasTools(), tools);
    }
}
