package dev.stride.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.AnswerReader;
import dev.stride.chat.AnswerTurn;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.ChatPiece;
import dev.stride.chat.ServedModel;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/**
 * Chat completions: words, and calls of tools where they were announced.
 *
 * @param model that answers
 * @param tools whether tools were announced
 * @param logprobs whether probabilities are told
 */
record ChatShape(ServedModel model, boolean tools, boolean logprobs) implements ApiShape {
    private static final SecureRandom RANDOM = new SecureRandom();

    @Override
    public String idPrefix() {
        return "chatcmpl-";
    }

    @Override
    public String object() {
        return "chat.completion";
    }

    @Override
    public String streamObject() {
        return "chat.completion.chunk";
    }

    @Override
    public Choice choice(int index) {
        return new Spoken(index, model.form().newReader(tools), new TokenText(model.tokenizer()), logprobs);
    }

    private static final class Spoken implements Choice {
        private final int index;
        private final AnswerReader reader;
        private final TokenText names;
        private final boolean logprobs;
        private final StringBuilder content = new StringBuilder();
        private final ArrayNode calls = JsonNodeFactory.instance.arrayNode();
        private final ArrayNode tokens = JsonNodeFactory.instance.arrayNode();
        private int turnsTold;
        private int tokensTold;
        private String reason = "";

        Spoken(int index, AnswerReader reader, TokenText names, boolean logprobs) {
            this.index = index;
            this.reader = reader;
            this.names = names;
            this.logprobs = logprobs;
        }

        @Override
        public List<ObjectNode> begin() {
            return List.of(chunk(delta().put("role", "assistant").put("content", "")));
        }

        @Override
        public List<ObjectNode> feed(ChatPiece piece) {
            if (logprobs) {
                piece.tokens().forEach(this::note);
            }
            List<ObjectNode> told = new ArrayList<>();
            say(reader.feed(piece.text()), told);
            turns(told);
            if (told.isEmpty() && tokens.size() > tokensTold) {
                told.add(chunk(delta().put("content", "")));
            }
            return told;
        }

        @Override
        public List<ObjectNode> finish(ChatEnd.Reason why) {
            List<ObjectNode> told = new ArrayList<>();
            say(reader.finish(), told);
            turns(told);
            boolean called =
                    !calls.isEmpty() && reader.turns().get(reader.turns().size() - 1) instanceof AnswerTurn.Call;
            reason = why == ChatEnd.Reason.LENGTH ? "length" : called ? "tool_calls" : "stop";
            ObjectNode last = chunk(delta());
            last.put("finish_reason", reason);
            told.add(last);
            return told;
        }

        @Override
        public ObjectNode whole() {
            ObjectNode choice = JsonNodeFactory.instance.objectNode().put("index", index);
            ObjectNode message = choice.putObject("message").put("role", "assistant");
            message.put("content", content.isEmpty() && !calls.isEmpty() ? null : content.toString());
            message.putNull("refusal");
            if (!calls.isEmpty()) {
                ArrayNode made = message.putArray("tool_calls");
                calls.forEach(call -> {
                    ObjectNode copy = call.deepCopy();
                    copy.remove("index");
                    made.add(copy);
                });
            }
            if (logprobs) {
                choice.putObject("logprobs").set("content", tokens);
            } else {
                choice.putNull("logprobs");
            }
            return choice.put("finish_reason", reason);
        }

        private void say(String words, List<ObjectNode> told) {
            if (!words.isEmpty()) {
                content.append(words);
                told.add(chunk(delta().put("content", words)));
            }
        }

        /** The turns that are over since: calls; what is code for nobody is told as it was written. */
        private void turns(List<ObjectNode> told) {
            List<AnswerTurn> turns = reader.turns();
            for (; turnsTold < turns.size(); turnsTold++) {
                AnswerTurn turn = turns.get(turnsTold);
                if (turn instanceof AnswerTurn.Call call) {
                    ObjectNode made = JsonNodeFactory.instance
                            .objectNode()
                            .put("index", calls.size())
                            .put("id", "call_" + id())
                            .put("type", "function");
                    made.putObject("function")
                            .put("name", call.name())
                            .put("arguments", call.arguments().toString());
                    calls.add(made);
                    ObjectNode delta = delta();
                    delta.putArray("tool_calls").add(made);
                    told.add(chunk(delta));
                } else if (turn instanceof AnswerTurn.Code code) {
                    say((content.isEmpty() ? "" : "\n") + code.name() + "\n" + code.content(), told);
                }
            }
        }

        private void note(ChatPiece.Token token) {
            ObjectNode node = names.put(tokens.addObject(), token.id(), token.logprob());
            ArrayNode top = node.putArray("top_logprobs");
            token.top().forEach(other -> names.put(top.addObject(), other.id(), other.logprob()));
        }

        private ObjectNode chunk(ObjectNode delta) {
            ObjectNode choice = JsonNodeFactory.instance.objectNode().put("index", index);
            choice.set("delta", delta);
            if (tokens.size() > tokensTold) {
                ArrayNode fresh = choice.putObject("logprobs").putArray("content");
                for (; tokensTold < tokens.size(); tokensTold++) {
                    fresh.add(tokens.get(tokensTold));
                }
            } else {
                choice.putNull("logprobs");
            }
            return choice.putNull("finish_reason");
        }

        private static ObjectNode delta() {
            return JsonNodeFactory.instance.objectNode();
        }

        private static String id() {
            byte[] bytes = new byte[12];
            RANDOM.nextBytes(bytes);
            return java.util.HexFormat.of().formatHex(bytes);
        }
    }
}
