package dev.stride.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatAnswer;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.ChatEngine;
import dev.stride.chat.ChatPiece;
import dev.stride.chat.ChatRefusal;
import dev.stride.chat.ChatRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The answers of one call on their way to its client, whole or as they come.
 *
 * <p>A client that left is found out by writing to it. So there is something to write when there is nothing to tell: a comment
 * in a stream, and white space before a whole answer, which JSON allows. Then every answer of the call is cancelled.
 */
final class ApiAnswers {
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration LOOK_AT_SEVERAL = Duration.ofMillis(10);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String RETRY_SECONDS = "1";

    private final ApiCall call;
    private final Duration quiet;
    private final String id;
    private final long created;
    private final String fingerprint;
    private final List<ChatAnswer> answers = new ArrayList<>();
    private final List<ApiShape.Choice> choices = new ArrayList<>();

    private ApiAnswers(ApiCall call, Duration quiet, long created, String version) {
        this.call = call;
        this.quiet = quiet;
        this.created = created;
        this.fingerprint = "stride-" + version;
        byte[] bytes = new byte[12];
        RANDOM.nextBytes(bytes);
        this.id = call.shape().idPrefix() + HexFormat.of().formatHex(bytes);
    }

    /**
     * Asks the engine.
     *
     * @param quiet the longest time in which nothing is written
     * @throws Wrong where it takes one of the requests not; then it has none
     */
    static ApiAnswers ask(ChatEngine engine, ApiCall call, Duration quiet, InstantSource clock, String version)
            throws Wrong {
        int asked = call.requests().size();
        if (asked > engine.capacity()) {
            throw new Wrong(
                    400,
                    asked + " answers were asked for at once; allowed: " + engine.capacity()
                            + ", those that are answered and wait",
                    Map.of(),
                    "n",
                    "invalid_value");
        }
        ApiAnswers answers = new ApiAnswers(call, quiet, clock.instant().getEpochSecond(), version);
        try {
            for (ChatRequest request : call.requests()) {
                answers.answers.add(engine.submit(request));
                answers.choices.add(call.shape().choice(answers.choices.size()));
            }
            return answers;
        } catch (ChatRefusal e) {
            answers.cancel();
            throw refused(e);
        }
    }

    /** The ends of all answers; where one is not over, it is not among them. */
    List<ChatEnd> ends() {
        return answers.stream().flatMap(answer -> answer.end().stream()).toList();
    }

    /** Writes them; returns when they are over. */
    void write(Reply reply) throws IOException, Wrong {
        try {
            if (call.stream()) {
                stream(reply.events(Map.of()));
            } else {
                whole(reply);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the server ends");
        } finally {
            cancel();
        }
    }

    private void whole(Reply reply) throws IOException, Wrong, InterruptedException {
        @Nullable OutputStream out = null;
        long told = System.nanoTime();
        while (!isDone()) {
            for (int i = 0; i < answers.size(); i++) {
                for (ChatPiece piece : answers.get(i).take(look())) {
                    choices.get(i).feed(piece);
                }
            }
            if (System.nanoTime() - told > quiet.toNanos()) {
                out = out == null ? reply.begin(200, Answer.JSON, Map.of()) : out;
                out.write(' ');
                out.flush();
                told = System.nanoTime();
            }
        }
        for (int i = 0; i < answers.size(); i++) {
            ChatEnd end = end(i);
            if (isBad(end)) {
                if (out != null) {
                    throw new IOException(end.message()); // the status was sent: nothing but a broken answer is left
                }
                throw broken(end);
            }
            choices.get(i).finish(end.reason());
        }
        ObjectNode node = head(call.shape().object());
        ArrayNode list = node.putArray("choices");
        choices.forEach(choice -> list.add(choice.whole()));
        node.set("usage", usage());
        if (out == null) {
            reply.send(Answer.json(node));
        } else {
            out.write(node.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    private void stream(EventStream out) throws IOException, InterruptedException {
        boolean[] ended = new boolean[answers.size()];
        StringBuilder text = new StringBuilder();
        for (ApiShape.Choice choice : choices) {
            add(text, choice.begin());
        }
        long told = 0;
        int left = answers.size();
        while (left > 0) {
            for (int i = 0; i < answers.size(); i++) {
                ChatAnswer answer = answers.get(i);
                for (ChatPiece piece :
                        ended[i] ? List.<ChatPiece>of() : answer.take(text.isEmpty() ? look() : Duration.ZERO)) {
                    add(text, choices.get(i).feed(piece));
                }
                if (!ended[i] && answer.isDone()) {
                    ended[i] = true;
                    left--;
                    if (isBad(end(i))) {
                        add(
                                text,
                                Wrong.apiError(end(i).message(), broken(end(i)).status(), "", ""));
                        out.send(text.toString());
                        return;
                    }
                    add(text, choices.get(i).finish(end(i).reason()));
                }
            }
            if (text.isEmpty() && System.nanoTime() - told > quiet.toNanos()) {
                text.append(":\n\n");
            }
            if (!text.isEmpty() && left > 0) {
                out.send(text.toString());
                text.setLength(0);
                told = System.nanoTime();
            }
        }
        if (call.usage()) {
            ObjectNode last = head(call.shape().streamObject());
            last.putArray("choices");
            last.set("usage", usage());
            add(text, last);
        }
        out.send(text + "data: [DONE]\n\n");
    }

    private void add(StringBuilder text, List<ObjectNode> told) {
        for (ObjectNode choice : told) {
            ObjectNode chunk = head(call.shape().streamObject());
            chunk.putArray("choices").add(choice);
            if (call.usage()) {
                chunk.putNull("usage");
            }
            add(text, chunk);
        }
    }

    private static void add(StringBuilder text, ObjectNode node) {
        text.append("data: ").append(node).append("\n\n");
    }

    private ObjectNode head(String object) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", object)
                .put("created", created)
                .put("model", call.shownName())
                .put("system_fingerprint", fingerprint);
    }

    /** A prompt counts once, however many answers it has, as OpenAI counts. */
    private ObjectNode usage() {
        long prompt = 0;
        long cached = 0;
        long fresh = 0;
        int @Nullable [] before = null;
        for (int i = 0; i < answers.size(); i++) {
            ChatEnd end = end(i);
            int[] ids = call.requests().get(i).promptIds();
            if (before == null || !java.util.Arrays.equals(before, ids)) {
                prompt += end.promptTokens();
                cached += end.cachedTokens();
            }
            before = ids;
            fresh += end.newTokens();
        }
        ObjectNode usage = JsonNodeFactory.instance
                .objectNode()
                .put("prompt_tokens", prompt)
                .put("completion_tokens", fresh)
                .put("total_tokens", prompt + fresh);
        usage.putObject("prompt_tokens_details").put("cached_tokens", cached);
        return usage;
    }

    private ChatEnd end(int index) {
        return Objects.requireNonNull(answers.get(index).end().orElse(null));
    }

    private Duration look() {
        Duration most = answers.size() == 1 ? LOOK : LOOK_AT_SEVERAL;
        return most.compareTo(quiet) < 0 ? most : quiet;
    }

    private boolean isDone() {
        return answers.stream().allMatch(ChatAnswer::isDone);
    }

    private void cancel() {
        answers.stream().filter(answer -> answer.end().isEmpty()).forEach(ChatAnswer::cancel);
    }

    private static boolean isBad(ChatEnd end) {
        return end.reason() != ChatEnd.Reason.STOP && end.reason() != ChatEnd.Reason.LENGTH;
    }

    private static Wrong broken(ChatEnd end) {
        boolean closing = end.reason() == ChatEnd.Reason.CLOSED;
        return new Wrong(
                closing ? 503 : 500,
                end.message(),
                closing ? Map.of("Retry-After", RETRY_SECONDS) : Map.of(),
                "",
                closing ? "closing" : "model_failed");
    }

    private static Wrong refused(ChatRefusal refusal) {
        String message = String.valueOf(refusal.getMessage());
        Map<String, String> later = Map.of("Retry-After", RETRY_SECONDS);
        return switch (refusal.reason()) {
            case INVALID -> new Wrong(400, message, Map.of(), "", "invalid_value");
            case TOO_LONG -> new Wrong(400, message, Map.of(), "messages", "context_length_exceeded");
            case UNKNOWN_MODEL -> new Wrong(404, message, Map.of(), "model", "model_not_found");
            case BUSY -> new Wrong(429, message, later, "", "rate_limit_exceeded");
            case CLOSING -> new Wrong(503, message, later, "", "closing");
        };
    }
}
