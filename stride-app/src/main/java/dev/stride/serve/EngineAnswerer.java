package dev.stride.serve;

import dev.stride.chat.AnswerReader;
import dev.stride.chat.ChatAnswer;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.ChatEngine;
import dev.stride.chat.ChatPiece;
import dev.stride.chat.ChatRefusal;
import dev.stride.chat.ChatRequest;
import dev.stride.chat.ServedModel;
import dev.stride.config.UserException;
import dev.stride.model.Sampling;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import dev.stride.voice.Answerer;
import dev.stride.voice.CallLine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * A served model as the one who thinks in a call. What no longer fits into the model's context is left out from the oldest line
 * on, so that a call can go on for as long as it likes.
 */
final class EngineAnswerer implements Answerer {
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final int MOST_TOKENS = 1024;
    private static final int ROOM = 256; // tokens that an answer must have

    private final ChatEngine engine;
    private final ServedModel model;
    private final ChatDefaults defaults;
    private final Supplier<String> system;
    private final Executor threads;

    /**
     * @param system the system message as of the moment of an answer; empty for none
     * @param threads one waits for each answer
     */
    EngineAnswerer(
            ChatEngine engine, ServedModel model, ChatDefaults defaults, Supplier<String> system, Executor threads) {
        this.engine = engine;
        this.model = model;
        this.defaults = defaults;
        this.system = system;
        this.threads = threads;
    }

    @Override
    public Running answer(List<CallLine> lines, Listener listener) {
        ChatAnswer answer;
        try {
            int[] prompt = prompt(lines);
            int most = Math.min(
                    model.contextLength() - prompt.length,
                    defaults.maxTokens() > 0 ? defaults.maxTokens() : MOST_TOKENS);
            answer = engine.submit(ChatRequest.of(
                    model.name(),
                    prompt,
                    new Sampling(
                            defaults.temperature(),
                            defaults.topK(),
                            defaults.topP(),
                            most,
                            model.form().stopIds(),
                            ThreadLocalRandom.current().nextLong())));
        } catch (ChatRefusal | UserException e) {
            listener.failed(String.valueOf(e.getMessage()));
            return () -> {};
        }
        threads.execute(() -> tell(answer, listener));
        return answer::cancel;
    }

    private void tell(ChatAnswer answer, Listener listener) {
        AnswerReader reader = model.form().newReader(false);
        try {
            while (!answer.isDone()) {
                for (ChatPiece piece : answer.take(LOOK)) {
                    say(reader.feed(piece.text()), listener);
                }
            }
            say(reader.finish(), listener);
            ChatEnd end = answer.await();
            if (end.reason() == ChatEnd.Reason.FAILED || end.reason() == ChatEnd.Reason.CLOSED) {
                listener.failed(end.message());
            } else {
                listener.done();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answer.cancel();
            listener.failed("the server ends");
        }
    }

    private static void say(String text, Listener listener) {
        if (!text.isEmpty()) {
            listener.text(text);
        }
    }

    /** The newest lines that leave room for an answer; at least the last one. */
    private int[] prompt(List<CallLine> lines) {
        String told = system.get();
        int[] prompt = prompt(told, lines);
        if (leavesRoom(prompt)) {
            return prompt;
        }
        int least = 1;
        int most = lines.size() - 1; // fewer lines are fewer tokens, so the first that fits is searched by halves
        while (least < most) {
            int from = (least + most) / 2;
            if (leavesRoom(prompt(told, lines.subList(from, lines.size())))) {
                most = from;
            } else {
                least = from + 1;
            }
        }
        return prompt(told, lines.subList(most, lines.size()));
    }

    private boolean leavesRoom(int[] prompt) {
        return prompt.length + ROOM <= model.contextLength();
    }

    private int[] prompt(String told, List<CallLine> lines) {
        List<Message> messages = new ArrayList<>();
        if (!told.isEmpty()) {
            messages.add(Message.of(Role.SYSTEM, told));
        }
        for (CallLine line : lines) {
            messages.add(Message.of(line.role() == CallLine.Role.USER ? Role.USER : Role.ASSISTANT, line.text()));
        }
        return model.form().prompt(messages, null);
    }
}
