package dev.stride.serve;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Request;

/** Ends connections whose next request has not come whole in time, however busily its bytes trickle in. */
final class LateRequests implements Connection.Listener {
    private final long limit;
    private final Map<Connection, Long> since = new ConcurrentHashMap<>();
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "stride-serve-late");
        thread.setDaemon(true);
        return thread;
    });

    LateRequests(Duration limit) {
        this.limit = limit.toNanos();
    }

    void start() {
        long look = Math.max(1, TimeUnit.NANOSECONDS.toMillis(limit) / 10);
        watch.scheduleWithFixedDelay(this::look, look, look, TimeUnit.MILLISECONDS);
    }

    void stop() {
        watch.shutdownNow();
    }

    @Override
    public void onOpened(Connection connection) {
        // a websocket that a request has become has a connection of its own, from which no request is to come
        if (connection instanceof ConnectionMetaData) {
            since.put(connection, System.nanoTime());
        }
    }

    @Override
    public void onClosed(Connection connection) {
        since.remove(connection);
    }

    /** The request is there; its answer may take as long as it likes. */
    void whole(Request request) {
        since.remove(request.getConnectionMetaData().getConnection());
    }

    /** The connection waits for the next one. */
    void answered(Request request) {
        Connection connection = request.getConnectionMetaData().getConnection();
        if (connection.getEndPoint().isOpen()) {
            since.put(connection, System.nanoTime());
        }
    }

    private void look() {
        long now = System.nanoTime();
        since.forEach((connection, begun) -> {
            if (now - begun > limit && since.remove(connection, begun)) {
                connection.close();
            }
        });
    }
}
