package dev.stride.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** What is known of the runs that served models come from, as it is now: a run may still train. */
public interface RunFiles {
    /** No model comes from a run. */
    RunFiles NONE = new RunFiles() {
        @Override
        public @Nullable ObjectNode chart(String model) {
            return null;
        }

        @Override
        public String briefing(String model) {
            return "";
        }
    };

    /** The run's rate, loss and facts for the page; null where the model comes from no run. */
    @Nullable
    ObjectNode chart(String model);

    /** What a model in a call is told of its own run, in Chinese and English; empty where it comes from none. */
    String briefing(String model);
}
