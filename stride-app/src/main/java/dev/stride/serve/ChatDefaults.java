package dev.stride.serve;

/**
 * What holds for a request that says nothing of it.
 *
 * @param temperature 0 for greedy
 * @param topP from above 0 to 1
 * @param topK 0 for all
 * @param maxTokens new tokens; 0 for what the context leaves
 */
public record ChatDefaults(double temperature, double topP, int topK, int maxTokens) {
    /** As ChatGLM3's own chat: temperature 0.8, top-p 0.8, and transformers' top-k 50. */
    public static final ChatDefaults REFERENCE = new ChatDefaults(0.8, 0.8, 50, 0);
}
