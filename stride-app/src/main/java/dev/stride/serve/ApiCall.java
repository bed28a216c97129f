package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.chat.ChatRequest;
import dev.stride.chat.ServedModel;
import java.util.List;

/**
 * A request for completions as it was understood.
 *
 * @param model that answers
 * @param shownName the model's name as it was asked for, which an answer repeats
 * @param requests to the engine, prompt after prompt and answer after answer
 * @param shape how an answer is written
 * @param stream whether it is told as it comes
 * @param usage whether a stream tells its usage at the end
 */
record ApiCall(
        ServedModel model,
        String shownName,
        List<ChatRequest> requests,
        ApiShape shape,
        boolean stream,
        boolean usage) {
    /** The keys about streams, which both calls have. */
    static final List<String> STREAM_KEYS = List.of("model", "stream", "stream_options");

    ApiCall {
        requests = List.copyOf(requests);
    }

    /** Whether {@code stream_options} asks for the usage. */
    static boolean usage(ApiFields fields) {
        if (fields.isNull("stream_options")) {
            return false;
        }
        JsonNode options = fields.get("stream_options");
        JsonNode usage = options.path("include_usage");
        if (!options.isObject() || !(usage.isBoolean() || usage.isMissingNode()) || !fields.truth("stream")) {
            fields.problem(
                    "stream_options", options.toString(), "{\"include_usage\": true} or false, where stream is true");
        }
        return usage.asBoolean(false);
    }
}
