package dev.stride.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The one place where messages become ids, for training, for evaluation and for chat alike.
 *
 * <p><b>ChatGLM3</b> (build_single_message of tokenization_chatglm.py): {@code [gMASK] sop}, then each message as its role's id, the ids of metadata +
 * newline, and the ids of the content; header and content are encoded apart, so each begins with the dummy prefix. A
 * prompt ends in a bare {@code <|assistant|>}, an example in end of sequence; nothing stands between turns. Trained
 * (2.4): a token is trained when the token before it belongs to a message that the {@link LabelRule} trains. So the
 * {@code <|assistant|>} after a question is not trained, and the token that ends an answer (the next role, or end of
 * sequence) is.
 *
 * <p><b>ChatGLM2</b>: {@code [gMASK] sop}, then one text of numbered rounds. Only user and assistant messages in turn, with
 * no metadata. Trained: the last answer and end of sequence. Earlier answers are part of the round text, where
 * they share pieces with what surrounds them, and are not trained.
 *
 * <p>Nothing is cut here but what {@link #evaluationTurns} says; see {@link Truncation}.
 */
public final class ChatTemplate {
    private final Tokenizer tokenizer;

    /** A template over a vocabulary, in the form of the vocabulary's family. */
    public ChatTemplate(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /**
     * Ids of the prefix tokens, all messages, and a bare assistant id: what the model continues. In ChatGLM2 the last
     * message must be the user's, and the text ends where the answer begins.
     *
     * @throws dev.stride.config.UserException where the family cannot express the messages
     */
    public int[] prompt(List<Message> messages) {
        IntList ids = prefix();
        if (tokenizer.family() == Family.CHATGLM2) {
            ids.addAll(tokenizer.encode(RoundText.ofPrompt(messages)));
            return ids.toArray();
        }
        for (Message message : messages) {
            append(message, ids);
        }
        ids.add(tokenizer.roleId(Role.ASSISTANT));
        return ids.toArray();
    }

    /**
     * The whole conversation as a training example, not truncated. In ChatGLM2 the last message must be the
     * assistant's.
     *
     * @throws dev.stride.config.UserException where the family cannot express the messages
     */
    public TokenizedExample example(List<Message> messages, LabelRule rule) {
        return tokenizer.family() == Family.CHATGLM2 ? roundsExample(messages, rule) : roleExample(messages, rule);
    }

    /**
     * One turn for each answer of a conversation, each with the messages before it as input.
     *
     * <p>The input holds at most {@code maxInputLength} ids, in ChatGLM3 one more for the bare assistant id; the target at
     * most {@code maxOutputLength}, cut from the right. With {@link Truncation#RIGHT_CUT} a longer input loses its newest
     * text, and in ChatGLM3 no further message is looked at once the ids before it reach the limit: both as the reference
     * does it, so a long conversation may give no turn at all. With {@link Truncation#KEEP_END} every answer has a turn
     * and a longer input loses its oldest text. The input limit is at least {@link Truncation#MIN_TOKENS}, the output limit
     * at least 1.
     *
     * @throws dev.stride.config.UserException where the family cannot express the messages
     */
    public List<EvaluationTurn> evaluationTurns(
            List<Message> messages, int maxInputLength, int maxOutputLength, Truncation truncation) {
        if (maxOutputLength < 1) {
            throw new IllegalArgumentException("an output limit of " + maxOutputLength + " tokens; at least 1");
        }
        List<EvaluationTurn> turns = new ArrayList<>();
        if (tokenizer.family() == Family.CHATGLM2) {
            RoundText.requireRounds(messages);
            for (int end = 2; end <= messages.size(); end += 2) {
                int[] input = prompt(messages.subList(0, end - 1));
                IntList target = new IntList();
                target.addAll(tokenizer.encode(RoundText.answer(messages.subList(0, end))));
                turns.add(turn(truncation.cut(input, maxInputLength), target, maxOutputLength));
            }
            return turns;
        }
        IntList ids = prefix();
        for (Message message : messages) {
            if (truncation == Truncation.RIGHT_CUT && ids.size() >= maxInputLength) {
                break;
            }
            if (message.role() == Role.ASSISTANT) {
                IntList input = new IntList();
                input.addAll(truncation.cut(ids.toArray(), maxInputLength));
                input.add(tokenizer.roleId(Role.ASSISTANT));
                IntList target = new IntList();
                appendBody(message, target);
                turns.add(turn(input.toArray(), target, maxOutputLength));
            }
            append(message, ids);
        }
        return turns;
    }

    private EvaluationTurn turn(int[] input, IntList target, int maxOutputLength) {
        target.add(tokenizer.eosId());
        int length = Math.min(target.size(), maxOutputLength);
        return new EvaluationTurn(input, Arrays.copyOf(target.toArray(), length));
    }

    private TokenizedExample roleExample(List<Message> messages, LabelRule rule) {
        IntList ids = prefix();
        IntList labels = new IntList();
        labels.addAll(TokenizedExample.IGNORE_INDEX, TokenizedExample.IGNORE_INDEX);
        boolean previousTrained = false;
        for (Message message : messages) {
            append(message, ids);
            while (labels.size() < ids.size()) {
                labels.add(previousTrained ? ids.get(labels.size()) : TokenizedExample.IGNORE_INDEX);
                previousTrained = rule.trains(message);
            }
        }
        ids.add(tokenizer.eosId());
        labels.add(previousTrained ? tokenizer.eosId() : TokenizedExample.IGNORE_INDEX);
        return new TokenizedExample(ids.toArray(), labels.toArray());
    }

    private TokenizedExample roundsExample(List<Message> messages, LabelRule rule) {
        String answer = RoundText.answer(messages);
        boolean trained = rule.trains(messages.get(messages.size() - 1));
        IntList ids = new IntList();
        ids.addAll(prompt(messages.subList(0, messages.size() - 1)));
        IntList labels = new IntList();
        while (labels.size() < ids.size()) {
            labels.add(TokenizedExample.IGNORE_INDEX);
        }
        ids.addAll(tokenizer.encode(answer));
        ids.add(tokenizer.eosId());
        while (labels.size() < ids.size()) {
            labels.add(trained ? ids.get(labels.size()) : TokenizedExample.IGNORE_INDEX);
        }
        return new TokenizedExample(ids.toArray(), labels.toArray());
    }

    private IntList prefix() {
        IntList ids = new IntList();
        ids.addAll(tokenizer.prefixIds());
        return ids;
    }

    private void append(Message message, IntList ids) {
        ids.add(tokenizer.roleId(message.role()));
        appendBody(message, ids);
    }

    private void appendBody(Message message, IntList ids) {
        ids.addAll(tokenizer.encode(message.metadata() + "\n"));
        ids.addAll(tokenizer.encode(message.content()));
    }
}
