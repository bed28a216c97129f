package dev.stride.voice;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Keeps what a recognizer says. */
final class Heard implements Recognizer.Listener {
    final List<String> partials = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Object> ends = new LinkedBlockingQueue<>();

    @Override
    public void partial(String text) {
        partials.add(text);
    }

    @Override
    public void result(String text) {
        ends.add(text);
    }

    @Override
    public void failed(EngineFailure failure) {
        ends.add(failure);
    }

    String result() throws InterruptedException {
        Object end = end();
        if (end instanceof String text) {
            return text;
        }
        throw new AssertionError("no result but " + end);
    }

    EngineFailure failure() throws InterruptedException {
        Object end = end();
        if (end instanceof EngineFailure failure) {
            return failure;
        }
        throw new AssertionError("no failure but " + end);
    }

    boolean hasEnded(int millis) throws InterruptedException {
        return ends.poll(millis, TimeUnit.MILLISECONDS) != null;
    }

    /** Feeds a sound in frames of 20 ms, all at once. */
    static void feed(Recognizer.Session session, Pcm sound) {
        Pcm at = sound.at(Pcm.SPEECH_RATE);
        for (int i = 0; i < at.samples().length; i += 320) {
            session.feed(java.util.Arrays.copyOfRange(at.samples(), i, Math.min(at.samples().length, i + 320)));
        }
    }

    private Object end() throws InterruptedException {
        Object end = ends.poll(60, TimeUnit.SECONDS);
        if (end == null) {
            throw new AssertionError("neither a result nor a failure within a minute; partials " + partials);
        }
        return end;
    }
}
