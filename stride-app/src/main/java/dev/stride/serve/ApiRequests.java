package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEngine;
import dev.stride.chat.ChatForm;
import dev.stride.chat.ChatRefusal;
import dev.stride.chat.ChatRequest;
import dev.stride.chat.ServedModel;
import dev.stride.config.UserException;
import dev.stride.data.OpenAiConversation;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads the bodies of OpenAI's {@code /v1/chat/completions} and {@code /v1/completions} as strictly as can be: what is not
 * understood is refused and never dropped.
 */
final class ApiRequests {
    private static final int MOST_PROMPTS = 64;
    private static final Set<String> IDLE = Set.of(
            "user",
            "metadata",
            "store",
            "service_tier",
            "safety_identifier",
            "prompt_cache_key",
            "parallel_tool_calls");
    private static final Set<String> NOTHING = Set.of("{}");
    private static final Map<String, Set<String>> ABSENT_IN_CHAT = Map.of(
            "logit_bias", NOTHING,
            "response_format", Set.of("{\"type\":\"text\"}"),
            "functions", Set.of("[]"),
            "function_call", Set.of("\"none\""),
            "modalities", Set.of("[\"text\"]"),
            "audio", Set.of(),
            "prediction", Set.of(),
            "reasoning_effort", Set.of(),
            "verbosity", Set.of(),
            "web_search_options", Set.of());
    private static final Map<String, Set<String>> ABSENT_IN_TEXT =
            Map.of("logit_bias", NOTHING, "echo", Set.of("false"), "suffix", Set.of("\"\""), "best_of", Set.of("1"));

    private final ChatEngine engine;
    private final ChatDefaults defaults;
    private final Map<String, String> aliases; // other names of models, each with the model's own
    private final boolean lenient;

    ApiRequests(ChatEngine engine, ChatSettings settings) {
        this.engine = engine;
        this.defaults = settings.defaults();
        this.aliases = settings.aliases();
        this.lenient = settings.lenient();
    }

    /** The call of {@code /v1/chat/completions}. */
    ApiCall chat(JsonNode body) throws Wrong {
        ApiFields fields = fields(
                body, used("messages", "tools", "tool_choice", "logprobs", "top_logprobs"), IDLE, ABSENT_IN_CHAT);
        String name = fields.text("model");
        boolean stream = fields.truth("stream");
        boolean usage = ApiCall.usage(fields);
        ApiSampling sampling = ApiSampling.read(fields, defaults);
        boolean logprobs = fields.truth("logprobs");
        OptionalLong top = fields.whole("top_logprobs", 0, ChatRequest.MOST_LOGPROBS);
        if (top.isPresent() && !logprobs) {
            fields.problem("top_logprobs", Long.toString(top.getAsLong()), "only where logprobs is true");
        }
        List<Message> messages = messages(fields);
        ArrayNode tools = tools(fields);
        fields.check();
        ServedModel model = model(name);
        ChatForm form = model.form();
        if (!tools.isEmpty() && !form.hasTools()) {
            throw wrong("tools", "ChatGLM2 cannot be told of tools; allowed: no tools");
        }
        int[] prompt;
        try {
            prompt = form.prompt(messages, tools);
        } catch (UserException e) {
            throw wrong("messages", String.valueOf(e.getMessage()));
        }
        int told = logprobs ? (int) top.orElse(0) : ChatRequest.NO_LOGPROBS;
        return new ApiCall(
                model,
                name,
                sampling.requests(model, prompt, told, "messages"),
                new ChatShape(model, !tools.isEmpty(), logprobs),
                stream,
                usage);
    }

    /** The call of {@code /v1/completions}. */
    ApiCall text(JsonNode body) throws Wrong {
        ApiFields fields = fields(body, used("prompt", "logprobs"), IDLE, ABSENT_IN_TEXT);
        String name = fields.text("model");
        boolean stream = fields.truth("stream");
        boolean usage = ApiCall.usage(fields);
        ApiSampling sampling = ApiSampling.read(fields, defaults);
        OptionalLong logprobs = fields.whole("logprobs", 0, ChatRequest.MOST_LOGPROBS);
        List<JsonNode> prompts = prompts(fields);
        fields.check();
        ServedModel model = model(name);
        int told = (int) logprobs.orElse(ChatRequest.NO_LOGPROBS);
        List<ChatRequest> requests = new ArrayList<>();
        for (JsonNode prompt : prompts) {
            requests.addAll(sampling.requests(model, ids(model.tokenizer(), prompt), told, "prompt"));
        }
        return new ApiCall(
                model, name, requests, new TextShape(model.tokenizer(), logprobs.isPresent()), stream, usage);
    }

    /**
     * What a name stands for.
     *
     * @throws Wrong with status 404 and the names that exist
     */
    ServedModel model(String name) throws Wrong {
        try {
            return engine.model(aliases.getOrDefault(name, name));
        } catch (ChatRefusal e) {
            String asked = ApiFields.shown(name);
            List<String> names = engine.models().stream().map(ServedModel::name).toList();
            throw new Wrong(
                    404,
                    "model: " + asked + "; allowed: " + String.join(", ", names)
                            + ". A program that has a name built in is served with --alias " + asked,
                    Map.of(),
                    "model",
                    "model_not_found");
        }
    }

    private ApiFields fields(JsonNode body, Set<String> used, Set<String> idle, Map<String, Set<String>> absent) {
        if (!lenient) {
            return new ApiFields(body, used, idle, absent);
        }
        ObjectNode known = JsonNodeFactory.instance.objectNode();
        body.properties().forEach(entry -> {
            String key = entry.getKey().equals("maxTokens") ? "max_tokens" : entry.getKey();
            if (used.contains(key) || idle.contains(key) || absent.containsKey(key)) {
                known.set(key, entry.getValue());
            }
        });
        return new ApiFields(known, used, idle, absent);
    }

    private static Set<String> used(String... more) {
        Set<String> used = new HashSet<>(ApiSampling.KEYS);
        used.addAll(ApiCall.STREAM_KEYS);
        used.addAll(List.of(more));
        return used;
    }

    private static List<Message> messages(ApiFields fields) {
        JsonNode given = fields.get("messages");
        if (!given.isArray() || given.isEmpty()) {
            fields.problem(
                    "messages",
                    given.isMissingNode()
                            ? "nothing"
                            : given.isArray() ? "[]" : given.getNodeType().name(),
                    "an array of at least one message");
            return List.of();
        }
        try {
            return OpenAiConversation.messages(given);
        } catch (UserException e) {
            fields.problem("messages", String.valueOf(e.getMessage()), "messages in OpenAI's form");
            return List.of();
        }
    }

    private static ArrayNode tools(ApiFields fields) {
        ArrayNode none = JsonNodeFactory.instance.arrayNode();
        JsonNode choice = fields.get("tool_choice");
        boolean without = choice.asText("").equals("none");
        if (!fields.isNull("tool_choice") && !without && !choice.asText("").equals("auto")) {
            fields.problem(
                    "tool_choice", choice.toString(), "auto or none: the model itself decides whether it calls a tool");
        }
        if (fields.isNull("tools")) {
            return none;
        }
        try {
            ArrayNode tools = OpenAiConversation.tools(fields.get("tools"));
            for (JsonNode tool : tools) {
                if (!tool.path("name").isTextual()) {
                    fields.problem("tools", tool.toString(), "tools of type function, each with a name");
                }
            }
            return without ? none : tools;
        } catch (UserException e) {
            fields.problem("tools", String.valueOf(e.getMessage()), "an array of functions");
            return none;
        }
    }

    /** Each prompt is a text or an array of token ids. */
    private static List<JsonNode> prompts(ApiFields fields) {
        JsonNode given = fields.get("prompt");
        List<JsonNode> prompts = new ArrayList<>();
        boolean several = given.isArray() && !given.isEmpty() && !given.get(0).isNumber();
        if (several) {
            given.forEach(prompts::add);
        } else {
            prompts.add(given);
        }
        boolean fit = prompts.size() <= MOST_PROMPTS && prompts.stream().allMatch(ApiRequests::isPrompt);
        if (!fit) {
            fields.problem(
                    "prompt",
                    given.isMissingNode() ? "nothing" : "something else",
                    "a text, an array of token ids, or an array of at most " + MOST_PROMPTS + " of these; none empty");
        }
        return prompts;
    }

    private static boolean isPrompt(JsonNode prompt) {
        if (prompt.isTextual()) {
            return true;
        }
        boolean ids = prompt.isArray() && !prompt.isEmpty();
        for (JsonNode id : prompt) {
            ids &= id.canConvertToExactIntegral() && id.canConvertToInt() && id.intValue() >= 0;
        }
        return ids;
    }

    /** A text's tokens behind the family's prefix; given ids as they are. */
    private static int[] ids(Tokenizer tokenizer, JsonNode prompt) {
        if (!prompt.isTextual()) {
            int[] ids = new int[prompt.size()];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = prompt.get(i).intValue();
            }
            return ids;
        }
        int[] prefix = tokenizer.prefixIds();
        int[] text = tokenizer.encode(prompt.textValue());
        int[] ids = java.util.Arrays.copyOf(prefix, prefix.length + text.length);
        System.arraycopy(text, 0, ids, prefix.length, text.length);
        return ids;
    }

    private static Wrong wrong(String param, String message) {
        return new Wrong(400, message, Map.of(), param, "invalid_value");
    }
}
