package dev.stride.voice;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what a speaker says. */
final class Said implements Speaker.Listener {
    private static final String DONE = "done";

    private final Map<Integer, Double> millis = new TreeMap<>();
    private final List<Pcm> chunks = new ArrayList<>();
    private final BlockingQueue<Object> ends = new LinkedBlockingQueue<>();

    @Override
    public synchronized void sound(int piece, Pcm chunk) {
        millis.merge(piece, chunk.millis(), Double::sum);
        chunks.add(chunk);
        notifyAll();
    }

    @Override
    public void done() {
        ends.add(DONE);
    }

    @Override
    public void failed(EngineFailure failure) {
        ends.add(failure);
    }

    synchronized Map<Integer, Double> millis() {
        return new TreeMap<>(millis);
    }

    synchronized Pcm all() {
        return Tones.join(chunks.toArray(new Pcm[0]));
    }

    synchronized void awaitSound() throws InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        while (chunks.isEmpty()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("no sound within a minute, " + ends);
            }
            wait(1_000);
        }
    }

    void awaitDone() throws InterruptedException {
        Object end = end();
        if (!DONE.equals(end)) {
            throw new AssertionError("not done but " + end);
        }
    }

    EngineFailure failure() throws InterruptedException {
        Object end = end();
        if (end instanceof EngineFailure failure) {
            return failure;
        }
        throw new AssertionError("no failure but " + end + " and " + millis());
    }

    boolean hasEnded(int millis) throws InterruptedException {
        return ends.poll(millis, TimeUnit.MILLISECONDS) != null;
    }

    private Object end() throws InterruptedException {
        Object end = ends.poll(60, TimeUnit.SECONDS);
        if (end == null) {
            throw new AssertionError("no end within a minute; sound " + millis());
        }
        return end;
    }
}
