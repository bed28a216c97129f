package dev.stride.voice;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One answer on its way to the ear: the model's text, its pieces, their sound, and how much of that was played. Sound is
 * given out only a little ahead of the moment in which it is played. Used by the call's own thread alone.
 */
final class Mouth {
    /** What comes of it, in the call's own thread. */
    interface Listener {
        void sound(int piece, Pcm sound);

        void failed(EngineFailure failure);
    }

    private static final int CHUNK_MILLIS = 60;
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final double LATE_PLAYER = 2_000;
    private static final double PLAYER_REST = 20; // a player's resampler keeps its last samples for a next piece
    private static final int ECHO_PIECES = 4;

    private record Chunk(int piece, Pcm sound) {}

    private final List<Speaker> speakers;
    private final String voice;
    private final int ahead;
    private final Consumer<Runnable> owner;
    private final Listener listener;
    private final SpeechText cutter;
    private final HeardText heard = new HeardText();
    private final List<SpeechPiece> pieces = new ArrayList<>();
    private final Deque<Chunk> waiting = new ArrayDeque<>();

    private int engine;
    private int attempt;
    private Speaker.@Nullable Session session;
    private boolean textWhole;
    private boolean soundWhole;
    private int spokenPieces;
    private long lastProgress;
    private double given;
    private double playEnd;
    private double reported = -1;
    private double reportedAt;

    Mouth(CallParts parts, Consumer<Runnable> owner, Listener listener, long nanos) {
        speakers = parts.speakers();
        voice = parts.voice();
        ahead = parts.aheadMillis();
        cutter = new SpeechText(parts.lengths());
        this.owner = owner;
        this.listener = listener;
        lastProgress = nanos;
        open();
    }

    /** Takes the next text; says whether there is a piece to speak by now. */
    boolean text(String fragment, long nanos) {
        heard.text(fragment);
        say(cutter.feed(fragment), nanos);
        return !pieces.isEmpty();
    }

    /** The model has said everything. */
    void finishText(long nanos) {
        say(cutter.finish(), nanos);
        textWhole = true;
        if (session != null) {
            session.finish();
        }
        if (pieces.isEmpty() || session == null) {
            soundWhole = true;
            heard.finish();
        }
    }

    /** What the player says about itself; one that is held says the same again and again. */
    void played(double millis, long nanos) {
        reported = Math.max(reported, millis);
        reportedAt = nanos / 1e6;
    }

    String text() {
        return heard.text();
    }

    /** What is heard now or was a moment ago, for telling an echo. */
    String ours() {
        int last = waiting.isEmpty()
                ? spokenPieces
                : Math.min(spokenPieces, waiting.peek().piece() + 1);
        StringBuilder text = new StringBuilder();
        for (SpeechPiece piece : pieces.subList(Math.max(0, last - ECHO_PIECES), last)) {
            text.append(piece.text()).append(' ');
        }
        return text.toString();
    }

    /** Milliseconds of the answer that were played: the player's word, or what the clock says. */
    double playedMillis(long nanos) {
        double byClock = given - Math.max(0, playEnd - nanos / 1e6);
        return reported < 0 ? byClock : Math.min(reported, given);
    }

    /** What of the model's text was heard. */
    String heardText(double played) {
        if (given == 0) {
            // where nobody speaks, what was shown was read
            return session == null ? heard.text() : "";
        }
        return heard.heard(played);
    }

    /** Gives out the sound whose time has come; says whether the answer is over. */
    boolean tick(long nanos) {
        double now = nanos / 1e6;
        while (!waiting.isEmpty() && (ahead == 0 || playEnd - now < ahead && !isStandingStill())) {
            Chunk chunk = waiting.remove();
            given += chunk.sound().millis();
            playEnd = Math.max(now, playEnd) + chunk.sound().millis();
            lastProgress = nanos;
            listener.sound(chunk.piece(), chunk.sound());
        }
        if (session != null && !soundWhole && waiting.isEmpty()) {
            boolean owed = !pieces.isEmpty() && (textWhole || spokenPieces < pieces.size());
            if (owed && nanos - Math.max(lastProgress, (long) (playEnd * 1e6)) > PATIENCE_NANOS) {
                String name = speakers.get(engine).name();
                failed(new EngineFailure(name, name + ": no sound came for 10 seconds", true), nanos);
            }
        }
        return textWhole && soundWhole && waiting.isEmpty() && isPlayedOut(now);
    }

    /** Whether the player has more than enough: it is held, or there is nobody any more. */
    private boolean isStandingStill() {
        return reported >= 0 && given - reported > ahead + LATE_PLAYER;
    }

    private boolean isPlayedOut(double now) {
        return reported < 0
                ? now >= playEnd
                : reported + PLAYER_REST >= given || now >= Math.max(playEnd, reportedAt) + LATE_PLAYER;
    }

    void cancel() {
        attempt++;
        waiting.clear();
        if (session != null) {
            session.cancel();
        }
    }

    private void open() {
        int mine = ++attempt;
        if (engine >= speakers.size()) {
            session = null;
            return;
        }
        session = speakers.get(engine).open(voice, new Speaker.Listener() {
            @Override
            public void sound(int piece, Pcm chunk) {
                later(mine, () -> take(piece, chunk));
            }

            @Override
            public void done() {
                later(mine, () -> {
                    soundWhole = true;
                    heard.finish();
                });
            }

            @Override
            public void failed(EngineFailure failure) {
                later(mine, () -> Mouth.this.failed(failure, lastProgress));
            }
        });
    }

    private void later(int mine, Runnable work) {
        owner.accept(() -> {
            if (attempt == mine) {
                work.run();
            }
        });
    }

    private void say(List<SpeechPiece> more, long nanos) {
        if (!more.isEmpty()) {
            lastProgress = nanos;
        }
        for (SpeechPiece piece : more) {
            pieces.add(piece);
            heard.piece(piece);
            if (session != null) {
                session.say(piece.index(), piece.text());
            }
        }
    }

    private void take(int piece, Pcm chunk) {
        spokenPieces = Math.max(spokenPieces, Math.min(piece + 1, pieces.size()));
        heard.sound(piece, chunk.millis());
        int step = chunk.rate() * CHUNK_MILLIS / 1_000;
        short[] all = chunk.samples();
        for (int at = 0; at < all.length; at += step) {
            short[] part = Arrays.copyOfRange(all, at, Math.min(all.length, at + step));
            waiting.add(new Chunk(piece, new Pcm(part, chunk.rate())));
        }
    }

    private void failed(EngineFailure failure, long nanos) {
        if (session != null) {
            session.cancel();
        }
        lastProgress = nanos;
        listener.failed(failure);
        engine++;
        open();
        if (session != null) {
            // the piece in which the other one failed is not said twice
            for (SpeechPiece piece : pieces.subList(spokenPieces, pieces.size())) {
                session.say(piece.index(), piece.text());
            }
            if (textWhole) {
                session.finish();
            }
        } else if (textWhole) {
            soundWhole = true;
            heard.finish();
        }
    }
}
