package dev.stride.serve;

import dev.stride.chat.ChatEnd;
import java.time.Duration;
import java.util.List;

/** Is told each request that was answered, without a word of what was said in it. */
@FunctionalInterface
public interface ApiLog {
    /** In place of a status: the client left before the end of its answer. As nginx has it. */
    int CLIENT_LEFT = 499;

    /** Called in the request's thread. */
    void answered(Line line);

    /** What is told of a request. */
    final class Line {
        private final String method;
        private final String path;
        private String model = "";
        private List<ChatEnd> ends = List.of();
        private int status;
        private Duration total = Duration.ZERO;

        Line(String method, String path) {
            this.method = method;
            this.path = path;
        }

        void model(String name, List<ChatEnd> all) {
            model = name;
            ends = all;
        }

        Line ended(int code, long begun) {
            status = code;
            total = Duration.ofNanos(System.nanoTime() - begun);
            return this;
        }

        public String method() {
            return method;
        }

        public String path() {
            return path;
        }

        /** The status of HTTP, or {@link #CLIENT_LEFT}. */
        public int status() {
            return status;
        }

        /** The model that answered; empty where none did. */
        public String model() {
            return model;
        }

        /** How its answers ended. */
        public List<ChatEnd> ends() {
            return ends;
        }

        /** From the whole request to the end of its answer. */
        public Duration total() {
            return total;
        }
    }
}
