package dev.stride.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.ChatPiece;
import dev.stride.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Completions of a text, without any form of conversation.
 *
 * @param tokenizer of the model
 * @param logprobs whether probabilities are told
 */
record TextShape(Tokenizer tokenizer, boolean logprobs) implements ApiShape {
    @Override
    public String idPrefix() {
        return "cmpl-";
    }

    @Override
    public String object() {
        return "text_completion";
    }

    @Override
    public String streamObject() {
        return "text_completion";
    }

    @Override
    public Choice choice(int index) {
        return new Written(index, new TokenText(tokenizer), logprobs);
    }

    private static final class Written implements Choice {
        private final int index;
        private final TokenText names;
        private final boolean logprobs;
        private final StringBuilder text = new StringBuilder();
        private final List<ChatPiece.Token> tokens = new ArrayList<>();
        private int offset; // characters of the tokens before
        private String reason = "";

        Written(int index, TokenText names, boolean logprobs) {
            this.index = index;
            this.names = names;
            this.logprobs = logprobs;
        }

        @Override
        public List<ObjectNode> begin() {
            return List.of();
        }

        @Override
        public List<ObjectNode> feed(ChatPiece piece) {
            text.append(piece.text());
            if (logprobs) {
                tokens.addAll(piece.tokens());
            }
            boolean news =
                    !piece.text().isEmpty() || (logprobs && !piece.tokens().isEmpty());
            return news ? List.of(choice(piece.text(), piece.tokens())) : List.of();
        }

        @Override
        public List<ObjectNode> finish(ChatEnd.Reason why) {
            reason = why == ChatEnd.Reason.LENGTH ? "length" : "stop";
            return List.of(choice("", List.of()).put("finish_reason", reason));
        }

        @Override
        public ObjectNode whole() {
            offset = 0;
            return choice(text.toString(), tokens).put("finish_reason", reason);
        }

        private ObjectNode choice(String words, List<ChatPiece.Token> chosen) {
            ObjectNode choice =
                    JsonNodeFactory.instance.objectNode().put("index", index).put("text", words);
            if (!logprobs) {
                choice.putNull("logprobs");
                return choice.putNull("finish_reason");
            }
            ObjectNode node = choice.putObject("logprobs");
            ArrayNode texts = node.putArray("tokens");
            ArrayNode values = node.putArray("token_logprobs");
            ArrayNode top = node.putArray("top_logprobs");
            ArrayNode offsets = node.putArray("text_offset");
            for (ChatPiece.Token token : chosen) {
                String name = names.text(token.id());
                texts.add(name);
                values.add(token.logprob());
                ObjectNode best = top.addObject();
                token.top().forEach(other -> best.put(names.text(other.id()), other.logprob()));
                offsets.add(offset);
                offset += name.length();
            }
            return choice.putNull("finish_reason");
        }
    }
}
