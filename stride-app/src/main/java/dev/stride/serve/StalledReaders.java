package dev.stride.serve;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A watch over answers whose readers take nothing: a write that has waited too long is ended, and with it the connection.
 * A reader that is merely slow gets everything.
 */
final class StalledReaders {
    private final long limit;
    private final Map<Thread, Long> waiting = new ConcurrentHashMap<>();

    StalledReaders(Duration limit) {
        this.limit = limit.toNanos();
    }

    /** The stream, watched. */
    OutputStream watch(OutputStream out) {
        return new FilterOutputStream(out) {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                begin();
                try {
                    out.write(bytes, from, length);
                } finally {
                    end();
                }
            }

            @Override
            public void flush() throws IOException {
                begin();
                try {
                    out.flush();
                } finally {
                    end();
                }
            }

            @Override
            public void close() throws IOException {
                begin();
                try {
                    out.close();
                } finally {
                    end();
                }
            }
        };
    }

    /** Ends the writes that have waited too long by now; to be called now and then. */
    void look() {
        long now = System.nanoTime();
        for (Thread thread : waiting.keySet()) {
            // within the map's own lock: a write that ends meanwhile is not ended here
            waiting.computeIfPresent(thread, (writer, since) -> {
                if (now - since > limit) {
                    writer.interrupt();
                }
                return since;
            });
        }
    }

    private void begin() {
        waiting.put(Thread.currentThread(), System.nanoTime());
    }

    private void end() {
        waiting.remove(Thread.currentThread());
    }
}
