package dev.stride.serve;

import dev.stride.chat.ChatEnd;
import dev.stride.chat.EngineStatus;
import java.util.List;
import java.util.Locale;

/** What an engine does, for Prometheus. */
final class EngineMetrics {
    private EngineMetrics() {}

    static String of(EngineStatus status) {
        PrometheusText text = new PrometheusText();
        gauge(text, "stride_chat_answering", "Requests that are answered now.", status.answering());
        gauge(text, "stride_chat_waiting", "Requests that wait.", status.waiting());
        gauge(text, "stride_chat_cache_tokens", "Tokens that the cache can hold.", status.cacheTokens());
        gauge(text, "stride_chat_cache_held_tokens", "Those of running answers.", status.cacheTokensHeld());
        gauge(text, "stride_chat_cache_kept_tokens", "Those of ended answers.", status.cacheTokensKept());
        counter(text, "stride_chat_prompt_tokens_total", "Tokens of prompts.", status.promptTokens());
        counter(text, "stride_chat_cached_tokens_total", "Those not computed again.", status.cachedTokens());
        counter(text, "stride_chat_new_tokens_total", "Tokens that were chosen.", status.newTokens());
        counter(text, "stride_chat_passes_total", "Forward passes.", status.passes());
        text.counter("stride_chat_answers_total", "Answers by the reason of their end.");
        for (ChatEnd.Reason reason : ChatEnd.Reason.values()) {
            text.sample(
                    "stride_chat_answers_total",
                    List.of("reason", reason.name().toLowerCase(Locale.ROOT)),
                    status.ended().getOrDefault(reason, 0L));
        }
        return text.toString();
    }

    private static void gauge(PrometheusText text, String name, String help, double value) {
        text.gauge(name, help);
        text.sample(name, List.of(), value);
    }

    private static void counter(PrometheusText text, String name, String help, double value) {
        text.counter(name, help);
        text.sample(name, List.of(), value);
    }
}
