package dev.stride.voice;

/** One turn that is heard by a service behind a websocket: its sound goes up in packets until the turn or the service ends it. */
abstract class SocketTurn implements Recognizer.Session, FrameSocket.Receiver {
    final OneResult listener;
    private final int packet;
    private final TurnSound sound = new TurnSound();
    private volatile boolean finished;

    /** @param packet samples that go up at a time, or more */
    SocketTurn(Recognizer.Listener listener, int packet) {
        this.listener = new OneResult(listener);
        this.packet = packet;
    }

    /** The line to the service. */
    abstract FrameSocket socket();

    /** Sends a packet on its way. */
    abstract void send(Pcm part);

    /** Sends what is left, which may be nothing, and says that the turn is over. */
    abstract void sendLast(Pcm rest);

    /** Whether the turn is over, so that the service's last words may come. */
    final boolean isFinished() {
        return finished;
    }

    @Override
    public final void feed(short[] samples) {
        if (listener.isOver() || finished) {
            return;
        }
        sound.add(samples);
        if (sound.length() >= packet) {
            send(sound.take());
        }
    }

    @Override
    public final void finish() {
        if (listener.isOver() || finished) {
            return;
        }
        finished = true;
        sendLast(sound.take());
    }

    @Override
    public final void cancel() {
        if (listener.cancel()) {
            socket().close();
        }
    }
}
