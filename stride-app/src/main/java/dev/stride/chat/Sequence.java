package dev.stride.chat;

import dev.stride.model.TokenChooser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way: its tokens, where they lie in the pool, and what was told of it. Used by the engine's thread alone
 * once it was queued.
 */
final class Sequence {
    private final ChatRequest request;
    private final ServedBase base;
    private final @Nullable AdapterSlot adapter;
    private final ChatAnswer answer;
    private final TextStream text;
    private final SplittableRandom random;
    private final LongSupplier clock;
    private final long asked;
    private final int promptLength;
    private int[] ids; // prompt, then chosen tokens
    private int length;
    private int start = Places.NONE;
    private int computed;
    private int cached;
    private long begun;
    private long firstToken;
    private @Nullable ChatEnd end;

    Sequence(
            ChatRequest request,
            ServedBase base,
            @Nullable AdapterSlot adapter,
            ChatAnswer answer,
            LongSupplier clock) {
        this.request = request;
        this.base = base;
        this.adapter = adapter;
        this.answer = answer;
        this.clock = clock;
        this.asked = clock.getAsLong();
        this.text = new TextStream(base.tokenizer().newDecoder(), request.stops());
        this.random = new SplittableRandom(request.sampling().seed());
        this.ids = request.promptIds();
        this.length = ids.length;
        this.promptLength = ids.length;
    }

    ServedBase base() {
        return base;
    }

    @Nullable
    AdapterSlot adapter() {
        return adapter;
    }

    ChatAnswer answer() {
        return answer;
    }

    /** Places that it needs until its end. */
    int places() {
        return promptLength + request.sampling().maxNewTokens();
    }

    /** The first of its places. */
    int start() {
        return start;
    }

    /** Gives it its places. */
    void place(int first) {
        start = first;
    }

    /** Tokens whose keys and values are in the pool, from the first. */
    int computed() {
        return computed;
    }

    /** Tokens that are known but not computed. */
    int pending() {
        return length - computed;
    }

    int promptLength() {
        return promptLength;
    }

    int cached() {
        return cached;
    }

    int newTokens() {
        return length - promptLength;
    }

    /** Whether a part of the prompt is still to be computed, beside the one token that every pass takes. */
    boolean isReading() {
        return computed < promptLength;
    }

    boolean hasBegun() {
        return begun != 0;
    }

    boolean isEnded() {
        return end != null;
    }

    /** How it has ended; null while it goes on. */
    @Nullable
    ChatEnd end() {
        return end;
    }

    /** The tokens from the first one that is not computed. */
    int[] next(int count) {
        return Arrays.copyOfRange(ids, computed, computed + count);
    }

    /** The tokens that are computed. */
    int[] computedIds() {
        return Arrays.copyOf(ids, computed);
    }

    /** Equal tokens at the beginning of the prompt and of others; at least one of the prompt is left to be computed. */
    int commonWith(int[] others, int count) {
        int most = Math.min(count, promptLength - 1);
        int differs = Arrays.mismatch(ids, 0, most, others, 0, most);
        return differs < 0 ? most : differs;
    }

    /** The same with another sequence's known tokens, as many as it has computed or will have read. */
    int commonWith(Sequence other, int count) {
        return commonWith(other.ids, Math.min(count, other.length));
    }

    /** The first pass comes; so many tokens need not be computed. */
    void begin(int reused) {
        begun = clock.getAsLong();
        cached = reused;
        computed = reused;
    }

    /** Nothing of it is trusted to be in the pool. */
    void forgetComputed() {
        computed = 0;
    }

    void advance(int count) {
        computed += count;
    }

    /** How its next token is chosen. */
    TokenChooser.Row row() {
        return new TokenChooser.Row(request.sampling(), random, penalties(), request.topLogprobs());
    }

    /** Takes the chosen token and tells it; true where the answer has ended with it. */
    boolean accept(TokenChooser.Choice choice) {
        if (firstToken == 0) {
            firstToken = clock.getAsLong();
        }
        if (length == ids.length) {
            ids = Arrays.copyOf(ids, Math.min(places(), 2 * length + 16));
        }
        ids[length++] = choice.id();
        boolean stop = request.sampling().stopIds().contains(choice.id());
        String shown = stop ? "" : text.feed(choice.id());
        boolean full = newTokens() == request.sampling().maxNewTokens();
        if (stop || full) {
            shown += text.finish();
        }
        answer.add(new ChatPiece(shown, List.of(token(choice))));
        if (stop || text.isStopped()) {
            end(ChatEnd.Reason.STOP, "");
        } else if (full) {
            end(ChatEnd.Reason.LENGTH, "");
        }
        return isEnded();
    }

    /** Ends it; a text that was held back is part of it. */
    void end(ChatEnd.Reason why, String message) {
        String rest = text.finish();
        if (!rest.isEmpty()) {
            answer.add(new ChatPiece(rest, List.of()));
        }
        long now = clock.getAsLong();
        end = new ChatEnd(
                why,
                message,
                text.text(),
                Arrays.copyOfRange(ids, promptLength, length),
                promptLength,
                cached,
                Duration.ofNanos((begun == 0 ? now : begun) - asked),
                Duration.ofNanos((firstToken == 0 ? now : firstToken) - asked),
                Duration.ofNanos(now - asked));
    }

    private Map<Integer, Float> penalties() {
        if (!request.hasPenalties()) {
            return Map.of();
        }
        Map<Integer, Float> penalties = new HashMap<>();
        for (int i = promptLength; i < length; i++) {
            penalties.merge(
                    ids[i],
                    (float) (request.presencePenalty() + request.frequencyPenalty()),
                    (held, first) -> held + (float) request.frequencyPenalty());
        }
        return penalties;
    }

    private static ChatPiece.Token token(TokenChooser.Choice choice) {
        List<ChatPiece.Alternative> top = new ArrayList<>();
        for (int i = 0; i < choice.topIds().length; i++) {
            top.add(new ChatPiece.Alternative(choice.topIds()[i], choice.topLogprobs()[i]));
        }
        return new ChatPiece.Token(choice.id(), choice.logprob(), top);
    }
}
