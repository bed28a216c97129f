package dev.stride.voice;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** An answer of an engine that makes one piece after the other, each by a process or a request of its own. */
final class PieceSession implements Speaker.Session {
    /** Makes the sound of one piece; it returns when the piece is whole. */
    interface Maker {
        /**
         * Speaks a piece.
         *
         * @param sound takes the chunks
         * @param stop is told how to break this off from another thread
         */
        void speak(String text, Consumer<Pcm> sound, Stop stop) throws IOException, InterruptedException;
    }

    /** How to break off what is being done. */
    static final class Stop {
        private static final Runnable NOW = () -> {};
        private final AtomicReference<Runnable> action = new AtomicReference<>();

        /** Says how; if it was to be stopped already, it is stopped at once. */
        void by(Runnable how) {
            if (action.getAndUpdate(old -> old == NOW ? NOW : how) == NOW) {
                how.run();
            }
        }

        void now() {
            Runnable how = action.getAndSet(NOW);
            if (how != null) {
                how.run();
            }
        }
    }

    private record Piece(int index, String text) {}

    private static final Piece END = new Piece(-1, "");

    private final String engine;
    private final Maker maker;
    private final OneEnd listener;
    private final BlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();
    private final Stop stop = new Stop();

    PieceSession(String engine, Maker maker, Speaker.Listener listener, Executor threads) {
        this.engine = engine;
        this.maker = maker;
        this.listener = new OneEnd(listener);
        try {
            threads.execute(this::work);
        } catch (RejectedExecutionException e) {
            this.listener.failed(new EngineFailure(engine, engine + " has been closed", false));
        }
    }

    @Override
    public void say(int piece, String text) {
        pieces.add(new Piece(piece, text));
    }

    @Override
    public void finish() {
        pieces.add(END);
    }

    @Override
    public void cancel() {
        listener.cancel();
        pieces.add(END);
        stop.now();
    }

    private void work() {
        try {
            while (true) {
                Piece piece = pieces.take();
                if (listener.isOver()) {
                    return;
                }
                if (piece.equals(END)) {
                    listener.done();
                    return;
                }
                maker.speak(piece.text(), chunk -> listener.sound(piece.index(), chunk), stop);
            }
        } catch (IOException | UncheckedIOException e) {
            listener.failed(new EngineFailure(engine, engine + ": " + e.getMessage(), true));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            listener.failed(new EngineFailure(engine, engine + " has been closed", false));
        } catch (RuntimeException e) {
            listener.failed(new EngineFailure(engine, engine + " failed: " + e, false));
        }
    }
}
